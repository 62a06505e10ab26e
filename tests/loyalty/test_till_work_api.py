"""What the page of the till does besides, done by a checkout's own system: signing up, today, withdrawing goodwill."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels.models import OptIn, Permission, Topic
from customers.models import AuditEntry, Customer, Store, User
from loyalty.coupons import redemptions
from loyalty.models import GoodwillIssue, GoodwillRequest, Redemption, TillLookup
from loyalty.till import goodwill, lookups
from tests.customers import door
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import tills
from tests.loyalty.coupons import basket, code, coupon, wish

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]


@pytest.fixture
def shop() -> tuple[Store, User]:
    return tills.somewhere()


@pytest.fixture
def store(shop: tuple[Store, User]) -> Store:
    return shop[0]


@pytest.fixture
def mara(shop: tuple[Store, User]) -> User:
    return shop[1]


@pytest.fixture
def call(store: Store) -> Call:
    return caller(store)


def caller(store: Store | None, kind: str = "till") -> Call:
    _key, secret = door.made(UserFactory(), kind, store=store, scopes=["till"])
    client = Client(headers={"Authorization": f"Bearer {secret}", "Accept-Language": "en"})

    def call(path: str, body: Any = None, key: str = "n1") -> Any:
        address, headers = f"/api/v1/till/{path}", {"Idempotency-Key": key}
        if body is None:
            return client.get(address)
        return client.post(address, json.dumps(body), content_type="application/json", headers=headers)

    return call


def nele(by: User, **fields: Any) -> dict[str, Any]:
    said = {"staff": by.email, "first_name": "Nele", "last_name": "Neu", "email": "nele@example.org"}
    return said | {"language": "de"} | fields


# --- Signing up ---


def test_a_new_customer_is_asked_by_mail_with_the_words_that_she_was_shown(store, call, mara):
    topic = Topic.objects.create(key="news", names={"de": "Neues", "en": "News"})
    assert call("topics").json() == {"topics": [{"key": "news", "names": topic.names}]}
    body = nele(mara, topic="news", wording="kiosk 3: Möchten Sie Post?", phone="0511 123456")
    first = call("customers", body)
    made = Customer.objects.get(email="nele@example.org")
    assert (first.status_code, first.json()["state"], first.json()["mail"]) == (201, "signed_up", True)
    assert first.json()["customer"] == str(made.key)
    assert (made.home_store, made.phone, made.acquisition_source) == (store, "+49511123456", "till")
    proof = OptIn.objects.get().evidence
    assert (proof["wording"], proof["staff"]) == ("kiosk 3: Möchten Sie Post?", mara.pk)
    assert (proof["form"], proof["store"]) == ("/api/v1/till/customers", store.number)
    assert not Permission.objects.filter(customer=made).exists()
    assert AuditEntry.objects.get(action="till.signed_up").user == mara
    assert call("customers", body).json() == first.json()
    assert OptIn.objects.count() == 1
    assert call("customers", body | {"last_name": "Alt"}).status_code == 409


def test_who_is_known_here_is_found_and_nothing_of_hers_is_changed(store, call, mara):
    anna = tills.shopper(store, email="nele@example.org", last_name="Otte")
    answer = call("customers", nele(mara))
    assert (answer.status_code, answer.json()["state"]) == (200, "known")
    assert answer.json()["customer"] == str(anna.key)
    anna.refresh_from_db()
    assert anna.last_name == "Otte"


def test_a_customer_of_another_store_stays_unseen_and_trying_it_out_becomes_slow(call, mara):
    tills.shopper(StoreFactory(), email="nele@example.org", last_name="Geheim")
    for number in range(lookups.MOST_UNKNOWN):
        answer = call("customers", nele(mara), f"n{number}")
        assert (answer.status_code, answer.json()["state"]) == (200, "elsewhere")
        assert "Geheim" not in answer.content.decode()
    assert call("customers", nele(mara), "again").status_code == 429
    assert Customer.objects.count() == 1


def test_a_tills_key_signs_up_so_many_a_day_and_each_is_counted(call, mara, settings):
    settings.TILL_KEY_CALLS_A_DAY = 2
    for number in range(2):
        body = nele(mara, email=f"nele{number}@example.org")
        assert [call("customers", body, f"n{number}").status_code for _time in range(2)] == [201, 201]
    refused = call("customers", nele(mara), "one more")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert list(TillLookup.objects.values_list("found", flat=True)) == [True, True]
    assert Customer.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"email": ""}, "email"),
        ({"email": "nonsense"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"last_name": ""}, "last_name"),
        ({"language": "xx"}, "language"),
        ({"topic": "nothing"}, "topic"),
        ({"topic": "news"}, "wording"),
        ({"staff": "nobody@example.org"}, "staff"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(call, mara, fields, field):
    Topic.objects.create(key="news", names={"de": "Neues"})
    answer = call("customers", nele(mara) | fields)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["reason"]
    assert not Customer.objects.exists()


def test_signing_up_needs_its_key_and_a_till(store, call, mara):
    assert call("customers", nele(mara), "").json()["code"] == "idempotency_key"
    assert caller(None, "server")("customers", nele(mara)).status_code == 403
    assert caller(None, "server")("today").status_code == 403


# --- Today ---


def test_today_tells_what_happened_in_this_store_and_what_can_be_undone(store, call, mara):
    at = timezone.now()
    row = redemptions.redeem(wish(code(coupon()).text, basket=basket(store=store.number)), at)
    redemptions.redeem(wish(code(coupon()).text, basket=basket(store=StoreFactory().number)), at)
    issue = goodwill.give(tills.wish(store), mara, at)
    undone = goodwill.give(tills.wish(store), mara, at)
    assert isinstance(issue, GoodwillIssue)
    assert isinstance(undone, GoodwillIssue)
    goodwill.undo(undone, mara, at)
    asked = goodwill.give(tills.wish(store, 5000), mara, at)
    call("customers", nele(mara))
    told = call("today").json()
    [redeemed] = told["redemptions"]
    assert (redeemed["id"], redeemed["coupon"], redeemed["state"]) == (row.pk, "Herbst", "redeemed")
    assert redeemed["undo_until"] == (row.at + timedelta(minutes=5)).isoformat()
    given = {each["id"]: each for each in told["goodwill"]}
    assert (given[issue.pk]["state"], given[issue.pk]["staff"]) == ("issued", str(mara))
    assert (given[undone.pk]["state"], given[undone.pk]["undo_until"]) == ("undone", None)
    [signed] = told["sign_ups"]
    assert signed["customer"] == str(Customer.objects.get(email="nele@example.org").key)
    [waits] = told["waiting"]
    assert (waits["request"], waits["amount"], told["more"]) == (asked.pk, 5000, False)


def test_what_is_over_is_not_today(store, call, mara):
    row = redemptions.redeem(wish(code(coupon()).text, basket=basket(store=store.number)), timezone.now())
    Redemption.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert call("today").json()["redemptions"] == []


# --- Goodwill that waits ---


def test_whoever_asked_withdraws_her_request_once_and_nobody_else(store, call, mara):
    asked = goodwill.give(tills.wish(store, 5000), mara, timezone.now())
    path, other = f"requests/{asked.pk}/withdraw", tills.staff(store)
    assert call(path, {"staff": other.email}).json()["code"] == "decided"
    assert caller(StoreFactory())(path, {"staff": mara.email}).status_code in (404, 422)
    assert GoodwillRequest.objects.get().state == "waiting"
    assert call(path, {"staff": mara.email}).json()["state"] == "withdrawn"
    assert call(path, {"staff": mara.email}).json()["state"] == "withdrawn"
    assert AuditEntry.objects.filter(action="goodwill.withdrawn").count() == 1
    assert call("requests/999/withdraw", {"staff": mara.email}).status_code == 404


def test_no_key_is_a_second_person(call, store, mara):
    asked = goodwill.give(tills.wish(store, 5000), mara, timezone.now())
    for verb in ("confirm", "refuse", "decide"):
        body = {"staff": tills.staff(store).email}
        assert call(f"requests/{asked.pk}/{verb}", body).status_code == 404
