"""A till's key is of one store: whom its own page would not find, no door of the API knows either."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from customers import people
from customers.models import ApiKey, AuditEntry, Customer, Origin, Store
from customers.tracking import keys
from loyalty.models import Entry, PointsPayment, Redemption, RewardClaim, TillLookup
from loyalty.referrals import codes
from loyalty.till import lookups
from tests.factories import OrderFactory, StoreFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.coupons import code, coupon
from tests.loyalty.referrals import member, publish
from tests.loyalty.rewards import pool, reward

pytestmark = pytest.mark.django_db
Call = Callable[..., Any]
SCOPES = ["points", "coupons", "issue_codes", "referrals", "till"]
BASKET = {"currency": "EUR", "lines": [{"sku": "MUG-1", "amount": "50.00"}]}
SOLD = {"code": "DANKE10", "basket": BASKET}
DOORS = [
    ("GET", "coupons/codes", {}, 422),
    ("POST", "coupons/check", SOLD, 422),
    ("POST", "coupons/reserve", SOLD | {"order": "A1"}, 422),
    ("POST", "coupons/redeem", SOLD | {"order": "A1"}, 422),
    ("POST", "coupons/POOL/issue", {}, 422),
    ("GET", "points", {}, 404),
    ("GET", "points/statement", {}, 404),
    ("POST", "points/earn", {"points": 5}, 404),
    ("POST", "points/spend", {"points": 5}, 404),
    ("POST", "points/holds", {"points": 5}, 404),
    ("POST", "rewards/REWARD/claims", {}, 404),
    ("POST", "referrals", {"code": "CODE"}, 422),
    ("POST", "referrals/code", {}, 422),
]


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    caches["limits"].clear()
    yield
    caches["limits"].clear()


@pytest.fixture
def store() -> Store:
    return StoreFactory()


def caller(kind: str = "till", store: Store | None = None) -> Call:
    key = ApiKey(name=kind, kind=kind, source="shop", scopes=SCOPES, store=store)
    secret = keys.make(key, UserFactory(), timezone.now())
    numbers = iter(range(1, 1000))

    def call(method: str, path: str, fields: dict[str, Any], customer: str = "") -> Any:
        said = fields | ({"customer": customer} if customer else {})
        headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
        if method == "GET":
            return Client(headers=headers).get(f"/api/v1/{path}", said)
        headers["Idempotency-Key"] = f"k{next(numbers)}"
        return Client(headers=headers).post(
            f"/api/v1/{path}", json.dumps(said), content_type="application/json"
        )

    return call


def numbered(number: str, store: Store | None) -> Customer:
    """Somebody at home in this store, known to the shop by this number."""
    made = people.record([people.Person(number)], timezone.now(), Origin.LIVE, "shop")[number].customer_id
    Customer.objects.filter(pk=made).update(home_store=store)
    return Customer.objects.get(pk=made)


@pytest.fixture
def shop(store: Store) -> dict[str, str]:
    """Anna, K1, is a customer of the store and has points; what the doors need, by the words of their paths."""
    anna, at, programme = numbered("K1", store), timezone.now(), points.program()
    points.give(programme, anna.pk, 500, at=at, ready=at)
    publish(programme)
    code(coupon(), "DANKE10")
    reward(programme, "money")
    return {
        "POOL": str(pool(3).pk),
        "REWARD": str(reward(programme).pk),
        "CODE": codes.of([member().pk], at).popitem()[1].text,
    }


def filled(said: Any, shop: dict[str, str]) -> Any:
    text = json.dumps(said)
    for word, value in shop.items():
        text = text.replace(word, value)
    return json.loads(text)


@pytest.mark.parametrize(("method", "path", "fields", "status"), DOORS)
def test_a_till_sees_nobody_of_another_store(shop, store, method, path, fields, status):
    path, fields = filled(path, shop), filled(fields, shop)
    elsewhere = caller(store=StoreFactory())
    answer = elsewhere(method, path, fields, "K1")
    unknown = elsewhere(method, path, fields, "NOBODY")
    assert (answer.status_code, answer.json()) == (status, unknown.json())
    assert (answer.json()["code"], answer.json()["reason"]) == (
        "customer",
        "There is no customer with this number.",
    )
    assert TillLookup.objects.filter(found=False).count() == 1  # she is no guess, "NOBODY" is
    assert Entry.objects.count() == 1
    for sees in (caller(store=store), caller("server")):
        assert sees(method, path, fields, "K1").status_code in (200, 201)


@pytest.mark.parametrize(("method", "path", "fields", "status"), DOORS)
def test_guesses_are_slow_at_each_door(shop, store, method, path, fields, status):
    path, fields, till = filled(path, shop), filled(fields, shop), caller(store=store)
    for number in range(lookups.MOST_UNKNOWN):
        assert till(method, path, fields, f"GUESS{number}").status_code == status
    stopped = till(method, path, fields, "K1")
    assert (stopped.status_code, stopped["Retry-After"]) == (429, "300")
    assert AuditEntry.objects.filter(action="till.guessed").count() == 1
    assert caller("server")(method, path, fields, "K1").status_code in (200, 201)


def test_members_of_other_stores_do_not_stop_a_till(shop, store):
    """Their cards lie at the till, by number or by address; nothing is told of them, but nobody guessed."""
    for number in range(lookups.MOST_UNKNOWN):
        other = numbered(f"K2{number}", None)
        Customer.objects.filter(pk=other.pk).update(email=f"k2{number}@example.org")
    till = caller(store=store)
    for number in range(lookups.MOST_UNKNOWN):
        assert till("GET", "points", {}, f"K2{number}").status_code == 404
        for query in (f"K2{number}", f"K2{number}@example.org"):
            assert till("POST", "till/find", {"query": query}).status_code == 404
    assert till("GET", "points", {}, "K1").status_code == 200
    assert not AuditEntry.objects.filter(action="till.guessed").exists()


def test_guesses_at_different_doors_and_at_the_page_of_the_till_count_together(shop, store):
    till = caller(store=store)
    for number, (method, path, fields, _status) in zip(range(lookups.MOST_UNKNOWN), DOORS, strict=False):
        till(method, filled(path, shop), filled(fields, shop), f"GUESS{number}")
    assert till("POST", "till/find", {"query": "K1"}).status_code == 429


def test_who_buys_in_the_store_is_seen_there_from_then_on(shop):
    other = StoreFactory()
    till = caller(store=other)
    assert till("GET", "points", {}, "K1").status_code == 404
    OrderFactory(customer=Customer.objects.get(identities__number="K1"), store=other)
    assert till("GET", "points", {}, "K1").json()["spendable"] == 500


def test_what_was_booked_for_her_is_not_there_for_another_store(shop, store):
    here, elsewhere = caller(store=store), caller(store=StoreFactory())
    spent = here("POST", "points/spend", {"points": 5}, "K1").json()["booking"]
    held = here("POST", "points/holds", {"points": 5}, "K1").json()["hold"]
    claim = here("POST", f"rewards/{shop['REWARD']}/claims", {}, "K1").json()["claim"]
    for path, body in (
        ("points/reverse", {"booking": spent}),
        (f"points/holds/{held}/spend", {}),
        (f"points/holds/{held}/release", {}),
        (f"rewards/claims/{claim}/cancel", {}),
    ):
        assert elsewhere("POST", path, body).status_code == 404, path
    assert PointsPayment.objects.get().state == "held"
    assert RewardClaim.objects.get().state != "cancelled"
    assert here("POST", "points/reverse", {"booking": spent}).status_code == 200
    assert here("POST", f"points/holds/{held}/release", {}).status_code == 200


def test_a_claim_at_a_till_is_handed_over_in_its_store(shop, store):
    till, path = caller(store=store), f"rewards/{shop['REWARD']}/claims"
    assert till("POST", path, {"store": StoreFactory().number}, "K1").status_code == 403
    assert till("POST", path, {}, "K1").status_code == 200
    assert RewardClaim.objects.get().store == store


def test_the_holder_who_is_not_seen_here_redeems_by_her_code_alone(shop, store):
    anna = Customer.objects.get(identities__number="K1")
    own = {"code": code(coupon(), "ANNA10", customer=anna.pk).text, "basket": BASKET, "order": "A1"}
    elsewhere = caller(store=StoreFactory())
    assert elsewhere("POST", "coupons/redeem", own, "K1").status_code == 422
    redeemed = elsewhere("POST", "coupons/redeem", own)
    assert redeemed.status_code == 200
    assert "K1" not in redeemed.content.decode()
    assert Redemption.objects.get().customer == anna
    numbered("K2", store)
    assert caller(store=store)("POST", "coupons/check", SOLD | {"code": own["code"]}, "K2").status_code == 422
    assert (
        caller("server")("POST", "coupons/check", SOLD | {"code": own["code"]}).json()["code"]
        == "other_holder"
    )
