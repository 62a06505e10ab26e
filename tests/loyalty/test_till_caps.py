"""A day's work and no more: how much a person or a key looks up, redeems and takes back at a till in a day."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import ApiKey, AuditEntry, Identity, Store
from loyalty.models import Entry, Redemption, TillKeyDay, TillLookup
from loyalty.till import daily, lookups
from tests.customers import door
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import points, tills
from tests.loyalty.coupons import code, coupon
from tests.loyalty.gift_cards import issued

pytestmark = pytest.mark.django_db
BASKET = {"currency": "EUR", "lines": [{"sku": "MUG-1", "amount": "50.00"}]}
Call = Callable[..., Any]


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    caches["limits"].clear()
    yield
    caches["limits"].clear()


@pytest.fixture
def store() -> Store:
    return StoreFactory()


def caller(store: Store | None, kind: str = "till") -> Call:
    scopes = ["till", "coupons", "gift_cards", "points"]
    _key, secret = door.made(UserFactory(), kind, store=store, scopes=scopes)
    numbers = iter(range(1, 1000))

    def call(path: str, body: Any, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
        headers["Idempotency-Key"] = key or f"{path} {next(numbers)}"
        return Client(headers=headers).post(
            f"/api/v1/{path}", json.dumps(body), content_type="application/json"
        )

    return call


def sold(order: str) -> dict[str, Any]:
    return {"code": code(coupon()).text, "basket": BASKET, "order": order}


def test_a_person_looks_up_so_much_a_day(store, monkeypatch):
    monkeypatch.setattr(lookups, "MOST_A_DAY", 2)
    mara, text = tills.staff(store), code(coupon()).text
    till = Client()
    till.force_login(mara)
    for _time in range(2):
        assert "Herbst" in till.get(reverse("till"), {"q": text}, follow=True).content.decode()
    shown = till.get(reverse("till"), {"q": text}).content.decode()
    assert "You have looked up more today than a till does in a day. Go on in 1440 min." in shown
    TillLookup.objects.update(at=timezone.now() - lookups.DAY)
    assert "Herbst" in till.get(reverse("till"), {"q": text}, follow=True).content.decode()


def test_a_key_looks_up_so_much_a_day_whatever_it_finds(store, monkeypatch):
    monkeypatch.setattr(lookups, "MOST_A_DAY_BY_KEY", 2)
    call, query = caller(store), {"query": code(coupon()).text}
    assert [call("till/find", query).status_code for _time in range(3)] == [200, 200, 429]
    refused = call("till/find", query)
    assert refused.json()["reason"] == "This key has looked up as much as it may in a day."
    assert int(refused["Retry-After"]) == 24 * 3600
    assert caller(store)("till/find", query).status_code == 200


def test_a_tills_key_redeems_and_takes_back_so_often_a_day(store, settings):
    settings.TILL_KEY_CALLS_A_DAY = 4
    call, paid = caller(store), {"code": issued()[1], "amount": "1.00", "currency": "EUR", "order": "A1"}
    assert call("coupons/redeem", sold("A1"), "first").status_code == 200
    assert call("coupons/reverse", {"reference": "first"}).status_code == 200
    assert call("gift-cards/charge", paid, "paid").status_code == 200
    back = {"charge": "paid", "amount": "1.00", "currency": "EUR"}
    assert call("gift-cards/refund", back).status_code == 200
    assert AuditEntry.objects.get(action="till.day_full").detail["count"] == 4
    for path, body in (
        ("coupons/redeem", sold("A2")),
        ("coupons/reserve", sold("A2")),
        ("coupons/release", {"reference": "first"}),
        ("coupons/reverse", {"reference": "first"}),
        ("gift-cards/charge", paid),
        ("gift-cards/refund", back),
        ("till/undo", {"kind": "redemption", "id": 1, "staff": tills.staff(store).email}),
    ):
        refused = call(path, body)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many"), path
        assert 0 < int(refused["Retry-After"]) <= 24 * 3600 + 60
    assert (
        refused.json()["reason"]
        == "This key has redeemed, booked, taken back and signed up 4 times today: no more until tomorrow."
    )
    assert Redemption.objects.count() == 1
    assert call("coupons/check", {"code": code(coupon()).text, "basket": BASKET}).status_code == 200
    assert caller(store)("coupons/redeem", sold("A3")).status_code == 200


def test_a_call_that_is_repeated_gets_its_first_answer_and_is_not_counted(store, settings, monkeypatch):
    settings.TILL_KEY_CALLS_A_DAY = 1
    call, anna = caller(store), tills.shopper(store)
    Identity.objects.create(customer=anna, source=ApiKey.objects.get().source, number="K1")
    wish = sold("A1") | {"customer": "K1"}
    first = call("coupons/redeem", wish, "first")
    assert first.status_code == 200
    monkeypatch.setattr(lookups, "MOST_A_DAY_BY_KEY", 1)
    again = call("coupons/redeem", wish, "first")
    assert (again.status_code, again.json()) == (200, first.json())
    assert (TillKeyDay.objects.get().calls, TillLookup.objects.count()) == (1, 1)
    assert call("coupons/redeem", wish | {"order": "A2"}, "first").status_code == 429


def test_a_tills_key_books_points_within_the_same_limit(store, settings):
    program, anna = points.program(), tills.shopper(store)
    settings.TILL_KEY_CALLS_A_DAY = 4
    call = caller(store)
    Identity.objects.create(customer=anna, source=ApiKey.objects.get().source, number="K1")
    wish = {"customer": "K1", "points": program.second_person_above}
    assert call("points/earn", wish, "given").status_code == 200
    given = AuditEntry.objects.get(action="points.given_at_till")
    assert (given.detail["points"], given.subject_id) == (program.second_person_above, str(store.pk))
    spent = call("points/spend", wish | {"points": 5}).json()["booking"]
    assert call("points/reverse", {"booking": spent}).status_code == 200
    assert call("points/earn", wish | {"points": 5}).status_code == 200
    for path, body in (
        ("points/spend", wish),
        ("points/reverse", {"booking": spent}),
        ("points/holds", wish),
    ):
        assert (call(path, body).status_code, call("rewards/claims/1/cancel", {}).status_code) == (429, 429)
    assert call("points/earn", wish, "given").status_code == 200
    assert points.free(program, anna.pk, timezone.now()) == program.second_person_above + 5


def test_a_till_gives_no_more_points_than_one_person_alone_may(store):
    program, anna = points.program(), tills.shopper(store)
    till, server = caller(store), caller(None, "server")
    for source in ApiKey.objects.values_list("source", flat=True).distinct():
        Identity.objects.create(customer=anna, source=source, number="K1")
    wish = {"customer": "K1", "points": program.second_person_above + 1}
    refused = till("points/earn", wish).json()
    assert (refused["code"], refused["field"]) == ("too_many_points", "points")
    assert "at most 500 points at once" in refused["reason"]
    assert not Entry.objects.exists()
    assert server("points/earn", wish).status_code == 200
    assert not AuditEntry.objects.filter(action="points.given_at_till").exists()


def test_the_next_day_begins_at_midnight_in_the_store(store, settings):
    settings.TILL_KEY_CALLS_A_DAY = 1
    store.time_zone = "America/New_York"
    store.save()
    key, _secret = door.made(UserFactory(), "till", store=store)
    evening = datetime(2026, 11, 27, 4, 30, tzinfo=UTC)
    daily.count(key, evening)
    with pytest.raises(daily.DayFull) as full:
        daily.count(key, evening + timedelta(minutes=1))
    assert full.value.minutes == 30
    daily.count(key, evening + timedelta(hours=2))
    assert daily.forget(evening + timedelta(days=1)) == 0
    assert daily.forget(evening + timedelta(days=10)) == 2


def test_a_server_redeems_as_often_as_it_sells(settings):
    settings.TILL_KEY_CALLS_A_DAY = 1
    call = caller(None, "server")
    assert [call("coupons/redeem", sold(f"A{n}")).status_code for n in range(3)] == [200] * 3
    assert not TillKeyDay.objects.exists()


def test_a_till_takes_a_redemption_back_for_five_minutes_only(store):
    till, server = caller(store), caller(None, "server")
    for call, order in ((till, "A1"), (till, "A2"), (server, "A3")):
        assert call("coupons/redeem", sold(order), order).status_code == 200
    assert till("coupons/reverse", {"reference": "A1"}).json()["ended"] is True
    undone = AuditEntry.objects.get(action="coupon.undone")
    assert undone.detail["key"] == ApiKey.objects.get(kind="till").pk
    Redemption.objects.update(at=timezone.now() - timedelta(minutes=6))
    late = till("coupons/reverse", {"reference": "A2"})
    assert (late.status_code, late.json()["code"]) == (409, "redemption_late")
    assert Redemption.objects.get(order_key="A2").state == "redeemed"
    assert till("coupons/reverse", {"reference": "A1"}).json()["ended"] is False
    assert server("coupons/reverse", {"reference": "A3"}).json()["ended"] is True
