"""What checkout systems do by their key: one store, one verb, exact look-ups, goodwill in somebody's name."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, AuditEntry, Identity, Store, User
from customers.tracking import keys
from loyalty.coupons import redemptions
from loyalty.models import Allowance, GoodwillIssue, Redemption
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


def caller(store: Store | None, kind: str = "till", scopes: tuple[str, ...] = ("till",)) -> Call:
    _key, secret = door.made(UserFactory(), kind, store=store, scopes=list(scopes))
    client = Client(headers={"Authorization": f"Bearer {secret}"})

    def call(path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        address = f"/api/v1/till/{path}"
        if body is None:
            return client.get(address, headers=headers)
        return client.post(address, json.dumps(body), content_type="application/json", headers=headers)

    return call


@pytest.fixture
def call(store: Store) -> Call:
    return caller(store)


def given(call: Call, who: Any, by: User, /, amount: int = 700, key: str = "A-1", **fields: Any) -> Any:
    about = {
        "customer": str(who.key),
        "staff": by.email,
        "reason": tills.reason().name,
        "amount": amount,
    }
    return call("goodwill", about | fields, key)


def test_a_customer_is_found_by_whole_numbers_only(store, call):
    anna = tills.shopper(
        store, first_name="Anna", last_name="Otte", email="anna@o.example", phone="+49511123456"
    )
    Identity.objects.create(customer=anna, source="card", number="K-4711")
    made = code(coupon(), "DANKE10", customer=anna.pk)
    for text in ("K-4711", "ANNA@o.example", "+49 511 123456"):
        answer = call("find", {"query": text}).json()
        assert answer["customer"]["customer"] == str(anna.key)
        assert answer["customer"]["coupons"][0]["code"] == made.text
    assert call("find", {"query": "danke 10"}).json()["coupon"]["name"] == "Herbst"
    for text in ("Otte", "anna@", "K-47", "0511"):
        assert call("find", {"query": text}).status_code == 404


def test_a_key_sees_its_own_store_and_does_its_own_verb(store, call):
    other = tills.shopper(StoreFactory(), email="fremd@example.org")
    assert call("find", {"query": "fremd@example.org"}).status_code == 404
    anna = tills.shopper(store, email="anna@o.example")
    for wrong in (
        caller(store, scopes=("orders",)),
        caller(None, "server"),
        caller(None),
        caller(StoreFactory()),
    ):
        assert wrong("find", {"query": anna.email}).status_code in (403, 404)
    assert given(call, other, tills.staff(store)).status_code == 404


def test_a_revoked_key_stops_at_once(store, call, mara):
    anna = tills.shopper(store, email="anna@o.example")
    assert call("find", {"query": anna.email}).status_code == 200
    keys.revoke(ApiKey.objects.get(kind="till"), mara, timezone.now())
    assert call("find", {"query": anna.email}).status_code == 401


def test_guesses_become_slow_and_are_written_down(store, call):
    made = code(coupon(), "DANKE10")
    for number in range(lookups.MOST_UNKNOWN):
        assert call("find", {"query": f"GUESS{number}"}).status_code == 404
    stopped = call("find", {"query": made.text})
    assert stopped.status_code == 429
    assert stopped["Retry-After"] == "300"
    assert AuditEntry.objects.filter(action="till.guessed").count() == 1
    assert caller(store)("find", {"query": made.text}).status_code == 200  # another till goes on


def test_goodwill_is_given_once_per_key_in_somebodys_name(store, call, mara):
    anna = tills.shopper(store)
    first = given(call, anna, mara)
    assert first.status_code == 201
    assert given(call, anna, mara).json() == first.json()
    assert given(call, anna, mara, amount=900).status_code == 409
    issue = GoodwillIssue.objects.get()
    assert (issue.allowance.user, first.json()["coupon"]["code"]) == (mara, issue.code.text)
    assert given(call, anna, mara, key="").status_code == 400


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"staff": "nobody@example.org"}, 422),
        ({"reason": "No such"}, 422),
        ({"customer": "nonsense"}, 404),
        ({"amount": 0}, 422),
        ({"amount": 1_000_000}, 409),
        ({"extra": 1}, 422),
    ],
)
def test_what_is_wrong_is_answered_in_a_sentence(store, call, mara, fields, status):
    answer = given(call, tills.shopper(store), mara, **fields)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert not GoodwillIssue.objects.exists()


def test_somebody_of_another_store_gives_nothing_here(store, call):
    assert given(call, tills.shopper(store), tills.staff(StoreFactory())).status_code == 422


def test_above_the_threshold_the_till_waits_and_asks_again(store, call, mara):
    waits = given(call, tills.shopper(store), mara, amount=2000)
    assert waits.status_code == 202
    number = waits.json()["request"]
    assert call(f"requests/{number}").json()["state"] == "waiting"
    goodwill.decide(number, tills.staff(store), True, timezone.now())
    assert call(f"requests/{number}").json()["goodwill"]["amount"] == 2000
    assert caller(StoreFactory())(f"requests/{number}").status_code == 404


def test_undoing_within_five_minutes_in_its_own_store(store, call, mara):
    issue = given(call, tills.shopper(store), mara).json()["id"]
    undo = {"kind": "goodwill", "id": issue, "staff": mara.email}
    other = StoreFactory()
    elsewhere = undo | {"staff": tills.staff(other).email}
    assert caller(other)("undo", elsewhere).status_code == 404
    assert call("undo", undo).status_code == 200
    assert call("undo", undo).json()["code"] == "returned"
    assert Allowance.objects.get().money == 0
    asked = wish(code(coupon()).text, basket=basket(store=store.number))
    row = redemptions.redeem(asked, timezone.now())
    taken = {"kind": "redemption", "id": row.pk, "staff": mara.email}
    Redemption.objects.filter(pk=row.pk).update(at=timezone.now() - timedelta(minutes=6))
    assert call("undo", taken).json()["code"] == "redemption_late"
    Redemption.objects.filter(pk=row.pk).update(at=timezone.now())
    assert call("undo", taken).status_code == 200
    assert Redemption.objects.get().state == "reversed"


def test_the_reasons_are_told(call):
    tills.reason("Late parcel")
    assert call("reasons").json() == {"reasons": ["Late parcel"]}
