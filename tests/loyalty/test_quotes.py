"""What is shown is what is enforced: a quote, and what a page hears, say what redeeming would do at that moment."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from loyalty.coupons import public, quotes, redemptions
from loyalty.coupons.redemptions import Wish
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, CouponCode, Redemption
from tests.factories import CustomerFactory, StoreFactory
from tests.loyalty.coupons import basket, code, coupon, rule, wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db
ANNA, HERE = 4711, "007"
PASSED = NOON - redemptions.RESERVED_FOR  # a reservation of then has run out and waits for the sweeper


def budget(cap: int, **fields: object) -> Budget:
    return Budget.objects.create(name="x", currency="EUR", cap=cap, **fields)


def per_store(cap: int = 500) -> Budget:
    return budget(5000, store_cap=cap, store_period="month")


def redeemed(text: str, order: str = "", **fields: object) -> Wish:
    redemptions.redeem(wish(text, order, **fields), NOON)
    return wish(text, **fields)


def kept(text: str, **fields: object) -> Wish:
    redemptions.reserve(wish(text, **fields), PASSED)
    return wish(text, **fields)


def beside(first: dict[str, object], second: dict[str, object]) -> Wish:
    """A second coupon on the order that has the first."""
    redemptions.redeem(wish(code(coupon(offer=first)).text, "both"), NOON)
    return wish(code(coupon(offer=second)).text, "both")


def made(*rules: dict[str, object], **fields: object) -> Wish:
    return wish(code(coupon(*rules, **fields)).text)


def own(order: str, cents: int) -> Wish:
    """The order's own reservation, of 10 percent of 50 euros."""
    text = code(coupon(total_limit=1)).text
    redemptions.reserve(wish(text, order), NOON)
    return wish(text, order, basket=basket(("mug", cents)))


def same_order() -> Wish:
    text = code(coupon()).text
    redemptions.redeem(wish(text, "again"), NOON)
    return wish(text, "again")


def repeated() -> Wish:
    asked = made()
    redemptions.redeem(asked, NOON)
    return asked


def in_store(of: Budget, *, spent: bool, store: str = HERE) -> Wish:
    StoreFactory(number=HERE)
    text, there = code(coupon(budget=of)).text, basket(store=HERE)
    if spent:
        redeemed(text, basket=there)
    return wish(text, basket=basket(store=store))


SITUATIONS: dict[str, tuple[Callable[[], Wish], int | str]] = {
    "good": (made, 500),
    "unknown": (lambda: wish("NOSUCHCODE"), "unknown"),
    "paused": (lambda: made(active=False), "paused"),
    "not yet": (lambda: made(starts_on=date(2026, 12, 1)), "not_yet"),
    "ended": (lambda: made(ends_on=date(2026, 11, 1)), "ended"),
    "free": (lambda: wish(code(coupon(), state=CouponCode.State.FREE).text), "not_issued"),
    "below the minimum": (lambda: made(rule("minimum_basket", amount=9000)), "below_minimum"),
    "no money": (lambda: made(budget=budget(499)), "budget"),
    "enough money": (lambda: made(budget=budget(500)), 500),
    "money spent": (lambda: redeemed(code(coupon(budget=budget(900))).text), "budget"),
    "money kept by who came too late": (lambda: kept(code(coupon(budget=budget(900))).text), 500),
    "the store's part is spent": (lambda: in_store(per_store(), spent=True), "store_budget"),
    "the store's part is too small": (lambda: in_store(per_store(499), spent=False), "store_budget"),
    "the store's part is enough": (lambda: in_store(per_store(1000), spent=True), 500),
    "no store has a part, too": (lambda: in_store(per_store(), spent=True, store=""), 500),
    "the store's part is kept by who came too late": (
        lambda: kept(code(coupon(budget=per_store())).text),
        500,
    ),
    "the period's money is spent": (
        lambda: redeemed(code(coupon(budget=budget(5000, period_cap=900, period="day"))).text),
        "period_budget",
    ),
    "the period's money is kept by who came too late": (
        lambda: kept(code(coupon(budget=budget(5000, period_cap=900, period="day"))).text),
        500,
    ),
    "the period's money is too little": (
        lambda: made(budget=budget(5000, period_cap=499, period="year")),
        "period_budget",
    ),
    "limit reached": (lambda: redeemed(code(coupon(total_limit=1)).text), "limit"),
    "limit reached by who came too late": (lambda: kept(code(coupon(total_limit=1)).text), 500),
    "single code used": (lambda: redeemed(code(coupon(single_use=True)).text), "used"),
    "single code kept by who came too late": (lambda: kept(code(coupon(single_use=True)).text), 500),
    "customer needed": (lambda: made(per_customer_limit=1), "customer_needed"),
    "customer had hers": (
        lambda: redeemed(code(coupon(per_customer_limit=1)).text, customer_id=ANNA),
        "customer_limit",
    ),
    "customer had hers and came too late": (
        lambda: kept(code(coupon(per_customer_limit=1)).text, customer_id=ANNA),
        500,
    ),
    "second exclusive one": (lambda: beside({}, {"exclusive": True}), "stacking"),
    "beside an exclusive one": (lambda: beside({"exclusive": True}, {}), "stacking"),
    "of the same group": (lambda: beside({"stacking_group": "a"}, {"stacking_group": "a"}), "stacking"),
    "of another group": (lambda: beside({"stacking_group": "a"}, {"stacking_group": "b"}), 500),
    "on the order already": (same_order, "same_order"),
    "kept for this order": (lambda: own("mine", 3000), 300),
    "kept for this order, whose basket grew": (lambda: own("mine", 9000), 500),
    "the same call again": (repeated, 500),
}


def answer(ask: Callable[[], object]) -> int | str:
    try:
        return getattr(said := ask(), "amount", said)  # type: ignore[arg-type]
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_quote_is_what_redeeming_gives(name: str) -> None:
    CustomerFactory(pk=ANNA)
    situation, expected = SITUATIONS[name]
    asked = situation()
    before = list(Redemption.objects.order_by("pk").values())
    assert answer(lambda: quotes.quote(asked, NOON)) == expected
    assert list(Redemption.objects.order_by("pk").values()) == before
    assert answer(lambda: redemptions.redeem(asked, NOON)) == expected


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_page_hears_what_a_stranger_could_redeem(name: str) -> None:
    """With a new order, without a customer: whether it would work, and never why not."""
    CustomerFactory(pk=ANNA)
    asked = SITUATIONS[name][0]()
    said = answer(lambda: public.check(asked.text, asked.basket, NOON))
    done = answer(lambda: redemptions.redeem(wish(asked.text, basket=asked.basket), NOON))
    assert said == (done if isinstance(done, int) else "unknown")


def test_a_reservation_that_lasts_is_in_the_way_until_it_has_run_out() -> None:
    text = code(coupon(total_limit=1)).text
    redemptions.reserve(wish(text), NOON)
    last = NOON + redemptions.RESERVED_FOR - timedelta(seconds=1)
    assert answer(lambda: quotes.quote(wish(text), last)) == "limit"
    assert answer(lambda: quotes.quote(wish(text), NOON + DAY)) == 500
