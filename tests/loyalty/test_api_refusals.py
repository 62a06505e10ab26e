"""Whatever part of the API refuses, and for whatever reason: the answer has the same five fields."""

import json
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from customers import people
from customers.models import Origin
from customers.tracking import keys
from loyalty.till import lookups
from tests.customers import door
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import points, tills
from tests.loyalty.coupons import code, coupon
from tests.loyalty.gift_cards import issued
from tests.loyalty.rewards import reward

pytestmark = pytest.mark.django_db
FIELDS = {"code", "field", "reason", "mend", "detail"}
LINES = {"currency": "EUR", "lines": [{"sku": "MUG-1", "amount": "50.00"}]}
REDEEM = {"code": "NOSUCH", "order": "1", "basket": LINES}
CHARGE = {"amount": "1.00", "currency": "EUR", "order": "1"}
SOLD = {"customer": "no-such", "staff": "nobody@example.org", "reason": "x", "amount": 5}


@pytest.fixture(autouse=True)
def no_attempts() -> Any:
    caches["limits"].clear()
    yield
    caches["limits"].clear()


def secret(kind: str = "server", scopes: Any = keys.SCOPES, **fields: Any) -> str:
    return door.made(UserFactory(), kind, source="shop", scopes=list(scopes), **fields)[1]


def call(path: str, body: Any, by: str = "", **headers: str) -> Any:
    sent = {"Authorization": f"Bearer {by}", "Idempotency-Key": "k", "Accept-Language": "en"} | headers
    if body is None:
        return Client().get(f"/api/v1/{path}", headers=sent)
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(f"/api/v1/{path}", text, content_type="application/json", headers=sent)


def known() -> None:
    people.record([people.Person("K1")], timezone.now(), Origin.LIVE, "shop")


def refused(answer: Any, *more: str) -> tuple[int, str, str]:
    """Its status, code and field."""
    said = answer.json()
    assert set(said) == FIELDS | set(more), said
    assert said["code"]
    assert said["detail"] == f"{said['reason']} {said['mend']}".strip()
    return answer.status_code, said["code"], said["field"]


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("coupons/redeem", REDEEM, 422, "unknown", "code"),
        ("coupons/redeem", REDEEM | {"customer": "K9"}, 422, "customer", "customer"),
        ("coupons/release", {"reference": "x"}, 404, "reference", "reference"),
        ("coupons/7/issue", {"customer": "K1"}, 404, "coupon", "coupon"),
        ("gift-cards/charge", CHARGE | {"code": "NOSUCH"}, 422, "unknown", "code"),
        ("gift-cards/refund", {"charge": "x", "amount": 1, "currency": "EUR"}, 422, "charge", "charge"),
        ("coupons/leases/settle", {"lease": "x", "rows": []}, 422, "lease", "lease"),
        ("referrals", {"customer": "K1"}, 422, "code", "code"),
        ("points?customer=K9", None, 404, "customer", "customer"),
        ("points/spend", {"customer": "K1", "points": 10**6}, 422, "points", "points"),
        ("points/reverse", {"booking": 1}, 404, "booking", "booking"),
        ("rewards/77/claims", {"customer": "K1"}, 404, "reward", "reward"),
    ],
)
def test_a_server_hears_five_fields(path: str, body: Any, status: int, code: str, field: str) -> None:
    known()
    points.program()
    assert refused(call(path, body, secret())) == (status, code, field)


@pytest.mark.parametrize(
    ("path", "body", "status", "code", "field"),
    [
        ("till/find", {"query": "nobody"}, 404, "unknown", "query"),
        ("till/goodwill", SOLD, 404, "customer", "customer"),
        ("till/requests/7", None, 404, "request", "request"),
        ("till/undo", {"kind": "goodwill", "id": 7, "staff": "MARA"}, 404, "goodwill", "id"),
        ("till/undo", {"kind": "goodwill", "id": 7, "staff": "x"}, 422, "staff", "staff"),
    ],
)
def test_a_till_hears_the_same_five(path: str, body: Any, status: int, code: str, field: str) -> None:
    store, mara = tills.somewhere()
    if body and body.get("staff") == "MARA":
        body = body | {"staff": mara.email}
    assert refused(call(path, body, secret("till", store=store))) == (status, code, field)


def test_so_does_whoever_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "MOST_UNKNOWN", 1)
    by = secret("till", store=StoreFactory())
    assert refused(call("till/find", {"query": "nobody"}, by)) == (404, "unknown", "query")
    answer = call("till/find", {"query": "nobody"}, by)
    assert refused(answer) == (429, "too_many", "")
    assert answer["Retry-After"] == "300"
    for _try in range(10):
        call("coupons/redeem", REDEEM, by)
    answer = call("coupons/redeem", REDEEM, by)
    assert refused(answer) == (429, "too_many", "")
    assert answer["Retry-After"] == "60"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("coupons/redeem", REDEEM),
        ("points/earn", {"customer": "K1", "points": 5}),
        ("till/goodwill", SOLD),
        ("referrals", {"customer": "K1", "code": "X"}),
    ],
)
def test_every_door_refuses_keys_and_repeated_calls_alike(path: str, body: Any) -> None:
    store, _mara = tills.somewhere()
    by = secret("till", store=store)
    assert refused(call(path, body, "nonsense")) == (401, "no_key", "")
    assert refused(call(path, body, secret("till", ["orders"], store=store))) == (403, "not_allowed", "")
    key = {"Idempotency-Key": ""}
    assert refused(call(path, body, by, **key)) == (400, "idempotency_key", "Idempotency-Key")
    wrong = call(path, body | {"extra": 1}, by)
    assert refused(wrong, "faults") == (422, "invalid", "extra")
    assert wrong.json()["faults"] == [{"field": "extra", "reason": wrong.json()["reason"]}]
    assert refused(call(path, "{", by)) == (400, "bad_request", "")


def test_a_used_key_is_refused_alike_everywhere() -> None:
    known()
    points.program()
    by, text = secret(), code(coupon()).text
    for path, body, other in (
        ("coupons/redeem", REDEEM | {"code": text}, {"order": "2"}),
        ("points/earn", {"customer": "K1", "points": 5}, {"points": 6}),
        ("gift-cards/charge", CHARGE | {"code": issued()[1]}, {"order": "2"}),
    ):
        key = {"Idempotency-Key": path}
        assert call(path, body, by, **key).status_code == 200
        assert refused(call(path, body | other, by, **key)) == (409, "other_request", "Idempotency-Key")


def test_an_index_and_a_fraction_of_a_cent_are_named() -> None:
    by, lines = secret(), [{"sku": "A", "amount": "1.00"}, {"sku": "B", "amount": "1.005"}]
    answer = call("coupons/check", {"code": "X", "basket": {"currency": "EUR", "lines": lines}}, by)
    assert refused(answer) == (422, "amount", "lines.1.amount")
    lines = [{"sku": "A", "amount": "x"}]
    answer = call("coupons/check", {"code": "X", "basket": {"currency": "EUR", "lines": lines}}, by)
    assert refused(answer, "faults") == (422, "invalid", "basket.lines.0.amount")


def test_a_damaged_rule_and_a_paused_reward_say_what_mends_them() -> None:
    known()
    broken = coupon(offer={"rules": [{"key": "gone", "params": {}}]})
    by = secret()
    assert refused(call("coupons/check", {"code": code(broken).text, "basket": LINES}, by)) == (
        409,
        "damaged_rule",
        "code",
    )
    paused = reward(points.program(), active=False)
    answer = call(f"rewards/{paused.pk}/claims", {"customer": "K1"}, by)
    assert refused(answer) == (422, "paused", "reward")
    assert answer.json()["mend"] == "Choose another one, or have it switched on again."


def test_pages_hear_the_same_five_beside_what_they_are_used_to() -> None:
    page = {"Origin": "https://www.shop.example", "Authorization": ""}
    answer = call("coupons/try", {"code": "NOSUCH", "basket": LINES}, **page)
    assert refused(answer, "valid") == (200, "unknown", "code")
    by = secret("browser", [], origins=["https://else.example"])
    answer = call("coupons/try", {"code": "X", "basket": LINES, "writeKey": by}, **page)
    assert refused(answer, "success") == (403, "not_allowed", "")
    assert refused(call("sales/none/access", {"customer": "K1"}, secret()), "success")[0] == 404


def test_the_document_describes_the_five_fields() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert set(document["components"]["schemas"]["Refusal"]["required"]) == FIELDS
    for path in ("/coupons/redeem", "/points/spend", "/till/goodwill"):
        answer = document["paths"][f"/api/v1{path}"]["post"]["responses"]["422"]
        assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Refusal"}
