"""Whatever JSON comes, nothing fails: one message can never cost its neighbours theirs."""

import random
from typing import Any

import pytest
from django.db import transaction

from customers.models import Event, Shop
from customers.tracking import fields, names, traits
from customers.tracking.messages import Message
from tests.customers.tracked import MUG, apply, call, key, track
from tests.factories import StoreFactory

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F37")]
TYPES = ("track", "identify", "page", "screen", "alias", "group")
PROPERTIES = [
    *fields.SKU, *fields.NAME, *fields.QUANTITY, *fields.PRICE, *fields.PRODUCTS, *fields.ORDER, *fields.CART,
    *fields.STORE, *fields.CURRENCY, *fields.TOTAL, *fields.RESTORE_URL, *fields.RATE,
    "refund_id", "shipping", "tax", "discount", "query", "coupon", "email", "opt_in", "wording", "", "x",
]  # fmt: skip
TRAITS = [name for field in traits.NAMES.values() for name in field] + ["address", "", "x", "company"]
ODD: list[Any] = [
    *(None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 1e300, -0.0, 1e-300, 3.999, 1.005),
    *("", " ", "\0", "a\0b", "\u202e", "😀" * 300, "x" * 5000, "'; DROP TABLE", "{{ 7*7 }}", "<script>", "\\u0000"),
    *("1,299", "12,90 €", "-5", "NaN", "Infinity", "1e5", "٣", "0x10", "1_000", "--1", "9" * 5000),
    *("2026-02-30", "1990-05-01", "0001-01-01", "9999-12-31T23:59:59Z", "31.12.1999", "12/11/10"),
    *("EUR", "USD", "XXX", "eur", "003", "7", "A1", "MUG", "anna@example.org", "a@b", "http://[", "https://x.y/z"),
    *("javascript:alert(1)", "+49511123456", "0511", "++", "de-AT", "zz", "Europe/Berlin", "../etc/passwd"),
    *([], {}, [None], [[]], [{}], {"a": {"b": {"c": []}}}, {"sku": []}, [{"sku": "MUG", "price": {}}], [MUG, MUG]),
]  # fmt: skip


# Without these, hardly anything would be an order.
ORDERS: list[dict[str, Any]] = [
    {},
    {"order_id": "A1", "products": [MUG], "total": "9"},
    {"order_id": "A2", "products": [MUG, {"sku": "B"}], "currency": "USD", "exchange_rate": 0.9},
    {"order_id": "A2", "refund_id": "R2"},
    {"order_id": "A1", "total": None},
]


def some(rng: random.Random, known: list[str], depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _each in range(rng.randrange(8)):
        value = rng.choice(ODD)
        if depth < 2 and rng.random() < 0.3:
            inner = some(rng, known, depth + 1)
            value = rng.choice([inner, [inner, rng.choice(ODD)]])
        found[rng.choice(known)] = value
    return found


def message(rng: random.Random) -> Message:
    ids = ["", "7", "8", "u" * 200, "a\0", "a1", "b1"]
    return call(
        rng.choice(TYPES),
        rng.choice([0, 10, -3, -999_999, 60 * 24 * 40, 60 * 24 * 365 * 40]),
        message_id=rng.choice(["same", f"f{rng.random()}", f"f{rng.random()}", "x\0" * 50]),
        event=rng.choice([*names.TABLE, "", "\0", "Quiz " * 100, "<b>"]),
        name=rng.choice(["Home", "", "\0n", "n" * 500]),
        user_id=rng.choice(ids),
        anonymous_id=rng.choice(ids),
        previous_id=rng.choice(ids),
        properties=some(rng, PROPERTIES) | rng.choice(ORDERS),
        traits=some(rng, TRAITS),
        context=rng.choice(
            [{}, {"verified": True}, {"verified": "yes"}, {"traits": []}, {"ip": [], "traits": {}}]
        ),
    )


@pytest.mark.parametrize("kind", ["server", "browser", "till"])
@pytest.mark.parametrize("seed", range(12))
def test_no_message_fails(kind: str, seed: int) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR" if seed % 3 else "", "country": "DE"})
    rng, by = random.Random(seed), key(kind, origins=["https://x.y"])
    if kind == "till":
        by.store = StoreFactory(number="003")
    for _batch in range(4):
        good = track("Quiz Finished", user="good", anon="good", score=1)
        with transaction.atomic():
            counts = apply([message(rng) for _each in range(60)] + [good], by)
        assert counts["event", "recorded"] >= 1
    assert Event.objects.filter(name="Quiz Finished", properties={"score": 1}).count() == 4
