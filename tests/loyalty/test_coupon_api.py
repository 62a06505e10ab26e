"""Shops, tills and pages ask for coupons and gift cards: who hears what, once, and how often somebody may guess."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import ApiKey, Identity
from customers.tracking import keys
from loyalty.coupon_rules.base import coupon_rules
from loyalty.coupons import batches, guessing, redemptions
from loyalty.models import Budget, CodeTries, CouponCode, GiftEntry, Redemption, TillSync
from tests.factories import CustomerFactory, StoreFactory, UserFactory
from tests.loyalty.coupons import code, coupon, rule, wish
from tests.loyalty.gift_cards import issued

pytestmark = pytest.mark.django_db
SCOPES = ["coupons", "issue_codes", "gift_cards", "leases"]
PAGE = "https://www.shop.example"
BASKET = {"currency": "EUR", "lines": [{"sku": "MUG-1", "amount": "50.00"}]}
Call = Callable[..., Any]
PER_STORE = {"name": "y", "currency": "EUR", "cap": 9000, "store_cap": 1, "store_period": "month"}
REFUSING: dict[str, dict[str, Any]] = {  # a rule each that refuses BASKET
    "brands": {"brands": ["Linden"]},
    "categories": {"categories": ["Home"]},
    "channels": {"channels": ["till"]},
    "first_order": {},
    "minimum_basket": {"amount": 9000},
    "products": {"skus": ["JAR"]},
    "segment": {"segment": 1},
    "stores": {"stores": ["007"]},
    "tiers": {"tiers": ["1"]},
    "weekdays": {"days": [str((timezone.now().weekday() + 3) % 7)]},
}


@pytest.fixture(autouse=True)
def no_attempts() -> Iterator[None]:
    caches["limits"].clear()
    yield
    caches["limits"].clear()


def made(kind: str = "server", **fields: Any) -> str:
    about = {"name": kind, "kind": kind, "source": "shop"} | fields
    return keys.make(ApiKey(**about), UserFactory(), timezone.now())


@pytest.fixture
def call() -> Call:
    return caller(made(scopes=SCOPES))


def caller(secret: str = "", **more: str) -> Call:
    numbers = iter(range(1, 1000))

    def send(path: str, body: Any = None, key: str = "", **headers: str) -> Any:
        said = {"Idempotency-Key": key or f"k{next(numbers)}"} | more | headers
        if secret:
            said["Authorization"] = f"Bearer {secret}"
        said["Accept-Language"] = "en"
        text = body if isinstance(body, str) else json.dumps(body)
        return Client().post(f"/api/v1/{path}", text, content_type="application/json", headers=said)

    return send


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"code": text, "basket": BASKET} | more


def test_a_shop_checks_reserves_redeems_and_rolls_back(call):
    text = code(coupon(total_limit=1)).text
    assert call("coupons/check", asked(text)).json()["discount"] == "5.00"
    assert Redemption.objects.count() == 0
    kept = call("coupons/reserve", asked(text, order="A1"), "a")
    assert (kept.status_code, kept.json()["state"]) == (200, "reserved")
    paid = call("coupons/redeem", asked(text, order="A1"), "b").json()
    assert (paid["state"], paid["reference"], paid["discount"]) == ("redeemed", "a", "5.00")
    assert call("coupons/redeem", asked(text, order="A2")).json()["code"] == "limit"
    assert call("coupons/reverse", {"reference": "a"}).json()["ended"] is True
    assert call("coupons/reverse", {"reference": "a"}).json()["ended"] is False
    assert call("coupons/redeem", asked(text, order="A2")).status_code == 200
    assert call("coupons/release", {"reference": "zz"}).status_code == 404


def test_a_coupon_for_brands_takes_its_lines_by_what_the_basket_says(call: Call) -> None:
    text = code(coupon(rule("brands", brands=["Linden"]))).text
    lines = [{"sku": "MUG-1", "amount": "50.00", "brand": "linden"}, {"sku": "MUG-2", "amount": "30.00"}]
    answer = call("coupons/check", {"code": text, "basket": BASKET | {"lines": lines}})
    assert answer.json()["discount"] == "5.00"


def test_a_shop_that_names_its_order_hears_what_does_not_go_together(call: Call) -> None:
    first, second = (code(coupon(offer={"exclusive": True})).text for _ in range(2))
    call("coupons/redeem", asked(first, order="A1"))
    assert call("coupons/check", asked(second)).status_code == 200
    assert call("coupons/check", asked(second, order="A1")).json()["code"] == "stacking"
    assert call("coupons/redeem", asked(second, order="A1")).json()["code"] == "stacking"


def test_a_shop_hears_reason_and_mend(call):
    text = code(coupon(rule("minimum_basket", amount=5420))).text
    answer = call("coupons/check", asked(text))
    assert answer.status_code == 422
    assert answer.json() == {
        "code": "below_minimum",
        "field": "lines",
        "reason": "€4.20 below the minimum of €54.20.",
        "mend": "",
        "detail": "€4.20 below the minimum of €54.20.",
    }


@pytest.mark.parametrize("key", ["a", "b"])
def test_what_was_reserved_by_one_key_and_redeemed_by_another_is_found_by_both(call, key):
    text = code(coupon()).text
    call("coupons/reserve", asked(text, order="A1"), "a")
    assert call("coupons/redeem", asked(text, order="A1"), "b").json()["state"] == "redeemed"
    assert call("coupons/reverse", {"reference": key}).json() | {"reference": ""} == {
        "ended": True,
        "reference": "",
        "order": "A1",
        "state": "reversed",
        "discount": "5.00",
        "currency": "EUR",
        "reservedUntil": None,
    }


def test_a_repeated_call_has_one_effect_and_another_under_its_key_is_refused(call):
    text = code(coupon()).text
    first = call("coupons/redeem", asked(text, order="A1"), "same")
    assert call("coupons/redeem", asked(text, order="A1"), "same").json() == first.json()
    assert call("coupons/redeem", asked(text, order="A2"), "same").status_code == 409
    other_key = caller(made(scopes=SCOPES))
    assert other_key("coupons/redeem", asked(text, order="A1"), "same").json() == first.json()
    assert other_key("coupons/redeem", asked(code(coupon()).text, order="A1"), "same").status_code == 409
    assert Redemption.objects.count() == 1


def test_a_call_that_writes_needs_its_key(call):
    answer = call("coupons/redeem", asked(code(coupon()).text, order="A1"), **{"Idempotency-Key": ""})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("path", "body", "scope"),
    [
        ("coupons/check", asked("X"), "coupons"),
        ("coupons/redeem", asked("X", order="1"), "coupons"),
        ("coupons/1/issue", {"customer": "K1"}, "issue_codes"),
        ("gift-cards/charge", {"code": "X", "amount": 1, "currency": "EUR", "order": "1"}, "gift_cards"),
        ("coupons/leases", {"code": "X", "till": "1", "quantity": 1, "most": 1}, "leases"),
    ],
)
def test_a_key_does_what_its_scopes_say(path, body, scope):
    assert caller(made(scopes=[each for each in SCOPES if each != scope]))(path, body).status_code == 403
    assert caller(made("browser", origins=[PAGE]))(path, body).status_code == 401
    assert caller()(path, body).status_code == 401


def test_a_till_is_of_its_store_whatever_it_says():
    here, there = StoreFactory(), StoreFactory()
    till = caller(made("till", scopes=SCOPES, store=here))
    text = code(coupon(rule("stores", stores=[here.number]))).text
    assert till("coupons/redeem", asked(text, order="A1"), "a").status_code == 200
    elsewhere = asked(text, order="A2", basket=BASKET | {"store": there.number})
    assert till("coupons/redeem", elsewhere).status_code == 403
    other = caller(made("till", scopes=SCOPES, store=there))
    assert other("coupons/reverse", {"reference": "a"}).status_code == 404


def test_a_customer_is_given_a_code_once_and_it_is_listed(call):
    anna = CustomerFactory()
    Identity.objects.create(customer=anna, source="shop", number="K1")
    pool = coupon(kind="pool", single_use=True)
    batches.make(batches.order(pool, 1, timezone.now()).pk, timezone.now())
    path = f"coupons/{pool.pk}/issue"
    first = call(path, {"customer": "K1"}, "birthday")
    assert (first.status_code, call(path, {"customer": "K1"}, "birthday").json()) == (201, first.json())
    assert call(path, {"customer": "K1"}, "other").status_code == 409
    assert call(path, {"customer": "K2"}).json()["field"] == "customer"
    assert call(f"coupons/{coupon().pk}/issue", {"customer": "K1"}).status_code == 404
    used_up = coupon(kind="pool", total_limit=1, used=1)
    assert call(f"coupons/{used_up.pk}/issue", {"customer": "K1"}).json()["code"] == "ended"
    secret = made(scopes=SCOPES)

    def listed() -> list[str]:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = Client().get("/api/v1/coupons/codes", {"customer": "K1"}, headers=headers)
        return [each["code"] for each in answer.json()["codes"]]

    assert listed() == [first.json()["code"]]
    call("coupons/redeem", asked(first.json()["code"], order="A1", customer="K1"))
    assert listed() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"currency": "EUR", "lines": [{"sku": "M", "amount": "1.001"}]}, "lines.0.amount"),
        ({"currency": "EUR", "lines": [], "store": "nowhere"}, "store"),
    ],
)
def test_bad_input_is_named(call, body, field):
    answer = call("coupons/check", {"code": "X", "basket": body})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


# --- Everybody ---


def refused_codes() -> dict[str, str]:
    used, spent = code(coupon(single_use=True)), code(coupon(total_limit=1))
    for each in (used, spent):
        redemptions.redeem(wish(each.text), timezone.now())
    return {
        "unknown": "NOSUCHCODE",
        "malformed": "\x00💥" * 40,
        "empty": "",
        "used": used.text,
        "spent": spent.text,
        "paused": code(coupon(active=False)).text,
        "void": code(coupon(), state=CouponCode.State.VOID).text,
        "bound": code(coupon(), customer=CustomerFactory()).text,
        "minimum": code(coupon(rule("minimum_basket", amount=9000))).text,
        "ended": code(coupon(ends_on=date(2020, 1, 2))).text,
        "elsewhere": code(coupon(rule("channels", channels=["till"]))).text,
        "free": code(coupon(), state=CouponCode.State.FREE).text,
        "reserved": code(coupon(), state=CouponCode.State.RESERVED).text,
        "not yet": code(coupon(starts_on=date(2999, 1, 1))).text,
        "customer needed": code(coupon(per_customer_limit=1)).text,
        "no money": code(coupon(budget=Budget.objects.create(name="x", currency="EUR", cap=1))).text,
        "no money in the store": code(coupon(budget=Budget.objects.create(**PER_STORE))).text,
        "other currency": code(coupon(offer={"currency": "CHF"})).text,
        "damaged": code(coupon(rule("gone"))).text,
        "exclusive and ended": code(coupon(offer={"exclusive": True}, ends_on=date(2020, 1, 2))).text,
        **{key: code(coupon(rule(key, **params))).text for key, params in REFUSING.items()},
        "all rules": code(coupon(*(rule(key, **params) for key, params in REFUSING.items()))).text,
    }


def test_every_rule_is_among_those_that_refuse():
    assert set(REFUSING) == {each.key for each in coupon_rules}


def shape(statement: str) -> str:
    """Without the values."""
    return re.split(r"\sWHERE\s|\sVALUES\s", statement)[0]


@pytest.mark.parametrize("secret_of", ["browser", "nobody"])
def test_refused_codes_look_alike_byte_for_byte_and_ask_the_database_the_same(secret_of, monkeypatch):
    monkeypatch.setattr(guessing, "TRIES_A_MINUTE", 1000)
    origin = {"Origin": PAGE} if secret_of == "browser" else {}
    secret = made("browser", origins=[PAGE]) if secret_of == "browser" else ""
    page, codes = caller(secret, **origin), refused_codes()
    page("coupons/try", asked("WARM-UP"))
    answers, statements = set(), set()
    for text in codes.values():
        with CaptureQueriesContext(connection) as asked_for:
            answer = page("coupons/try", asked(text))
        answers.add((answer.status_code, answer.content, str(sorted(answer.headers.items()))))
        statements.add(tuple(shape(query["sql"]) for query in asked_for.captured_queries))
        assert len(statements) == 1, text
    assert len(answers) == 1
    said = json.loads(next(iter(answers))[1])
    assert (said["valid"], said["code"], said["mend"]) == (False, "unknown", "")
    assert said["reason"] == said["detail"] == "This code cannot be redeemed."
    good = page("coupons/try", asked(code(coupon()).text))
    assert good.json() == {"valid": True, "discount": "5.00"}


def test_refused_gift_cards_look_alike(monkeypatch):
    monkeypatch.setattr(guessing, "TRIES_A_MINUTE", 1000)
    blocked, text = issued()
    type(blocked).objects.filter(pk=blocked.pk).update(state="blocked")
    page = caller()
    answers, statements = set(), set()
    for each in (text, "NOSUCHCARD", "", "GK-0000-0000-0000-0"):
        with CaptureQueriesContext(connection) as asked_for:
            answers.add(page("gift-cards/balance", {"code": each}).content)
        statements.add(len(asked_for.captured_queries))
    assert len(answers) == len(statements) == 1
    assert page("gift-cards/balance", {"code": issued()[1]}).json()["balance"] == "50.00"
    shop = caller(made(scopes=SCOPES))
    assert "blocked" in shop("gift-cards/balance", {"code": text}).json()["detail"]


def test_who_guesses_is_held_back_and_staff_see_it():
    good = code(coupon()).text
    page = caller(made("browser", origins=[PAGE]), Origin=PAGE)
    for _try in range(guessing.TRIES_A_MINUTE):
        assert page("coupons/try", asked("WRONG")).status_code == 200
    held = page("coupons/try", asked(good))
    assert (held.status_code, held["Retry-After"]) == (429, "60")
    assert guessing.tries(timezone.now()) == (10, 1)
    assert CodeTries.objects.get().door == "try"
    assert caller()("coupons/try", asked(good)).status_code == 200  # another caller's allowance


def test_good_codes_use_up_nothing_and_a_shop_is_held_back_visitor_by_visitor(call):
    good = code(coupon()).text
    for _try in range(guessing.TRIES_A_MINUTE + 5):
        assert call("coupons/check", asked(good, visitor="v1")).status_code == 200
        call("coupons/check", asked("WRONG", visitor="v2"))
    assert call("coupons/check", asked(good, visitor="v2")).status_code == 429
    assert call("coupons/check", asked(good, visitor="v1")).status_code == 200


def test_a_page_that_is_not_the_keys_is_refused():
    page = caller(made("browser", origins=[PAGE]), Origin="https://evil.example")
    assert page("coupons/try", asked("X")).status_code == 403


# --- Links ---


def test_a_link_brings_the_code_into_the_shop_and_nowhere_else():
    text = code(coupon()).text
    assert Client().get(f"/coupon/{text}/").status_code == 404
    page = caller(made("browser", origins=[PAGE]), Origin=PAGE)
    for named in ("https://evil.example", "//evil.example", "javascript:alert(1)", f"{PAGE}@evil.example"):
        assert Client().get(f"/coupon/{text}/", {"shop": named}).status_code == 404
    answer = Client().get(f"/coupon/{text}/")
    assert answer.status_code == 302
    start, _sign, link = answer["Location"].partition("#stammkunde-coupon=")
    assert start == f"{PAGE}/"
    tried = page("coupons/try", {"link": unquote(link), "basket": BASKET}).json()
    assert tried == {"valid": True, "discount": "5.00"}
    forged = page("coupons/try", {"link": unquote(link)[:-2] + "xx", "basket": BASKET}).json()
    assert forged["valid"] is False
    unknown = Client().get("/coupon/NOSUCHCODE/")
    assert unknown.status_code == 302


def test_links_are_counted_too():
    made("browser", origins=[PAGE])
    statuses = [Client().get("/coupon/X/").status_code for _try in range(guessing.TRIES_A_MINUTE + 1)]
    assert statuses == [302] * guessing.TRIES_A_MINUTE + [429]


# --- Gift cards and tills ---


def test_a_gift_card_pays_and_is_paid_back(call):
    _card, text = issued()
    body = {"code": text, "amount": "45.80", "currency": "EUR", "order": "A1"}
    first = call("gift-cards/charge", body, "pay-1")
    assert (first.status_code, first.json()["balance"]) == (200, "4.20")
    assert call("gift-cards/charge", body, "pay-1").json() == first.json()
    assert call("gift-cards/charge", body | {"amount": 1}, "pay-1").status_code == 409
    short = call("gift-cards/charge", body)
    assert (short.status_code, short.json()["detail"]) == (422, "Only €4.20 is left on this gift card.")
    back = {"charge": "pay-1", "amount": "45.80", "currency": "EUR"}
    assert call("gift-cards/refund", back, "back-1").json()["balance"] == "50.00"
    assert call("gift-cards/refund", back, "back-1").json()["balance"] == "50.00"
    assert call("gift-cards/refund", back, "back-2").json()["code"] == "refund"
    assert call("gift-cards/refund", back | {"charge": "nothing"}).json()["code"] == "charge"
    assert GiftEntry.objects.count() == 3


def test_a_till_without_a_line_leases_and_tells():
    here = StoreFactory()
    till = caller(made("till", scopes=SCOPES, store=here))
    text = code(coupon(total_limit=2)).text
    asked_for = {"code": text, "till": "T1", "quantity": 2, "most": "5.00"}
    lease = till("coupons/leases", asked_for, "l1")
    assert lease.status_code == 201
    assert till("coupons/leases", asked_for, "l1").json() == lease.json()
    assert till("coupons/leases", asked_for).json()["code"] == "limit"
    at = timezone.now().isoformat()
    rows = [{"sequence": n, "order": f"B{n}", "amount": "4.00", "at": at} for n in (1, 2, 3)]
    body = {"lease": lease.json()["lease"], "rows": rows, "done": True}
    told = till("coupons/leases/settle", body).json()
    assert (told["settled"], told["state"]) == (2, "settled")
    assert [row.get("conflict") for row in told["rows"]] == [None, None, "quantity"]
    assert till("coupons/leases/settle", body).json()["settled"] == 2
    other = caller(made("till", scopes=SCOPES, store=StoreFactory()))
    assert other("coupons/leases/settle", body).json()["code"] == "lease"
    page = Client()
    page.force_login(UserFactory(in_role="analyst"))
    assert b"B3" in page.get("/gift-cards/conflicts/").content
    assert TillSync.objects.count() == 3


class Away:
    """A counter that cannot be reached."""

    def __getitem__(self, _name: str) -> Any:
        raise ConnectionError("nobody listens")


def test_without_the_counter_strangers_wait_and_shops_and_tills_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = code(coupon()).text
    shop, till = caller(made(scopes=SCOPES)), caller(made("till", store=StoreFactory(), scopes=SCOPES))
    page = caller(made("browser", origins=[PAGE]), Origin=PAGE)
    assert page("coupons/try", {"code": text, "basket": BASKET}).status_code == 200
    monkeypatch.setattr(guessing, "caches", Away())
    assert page("coupons/try", {"code": text, "basket": BASKET}).status_code == 429
    assert caller()("gift-cards/balance", {"code": "GKX"}).status_code == 429
    for known in (shop, till):
        assert known("coupons/check", asked(text, visitor="v1")).status_code == 200
