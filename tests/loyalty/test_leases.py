"""Tills redeem without a line what they leased, and tell of it later; the limit holds whatever they do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loyalty import books
from loyalty.coupons import leasing, redemptions
from loyalty.coupons.leasing import Told
from loyalty.coupons.redemptions import OtherRedemption
from loyalty.coupons.refusals import Refused
from loyalty.models import Budget, Coupon, Redemption, TillSync
from tests.factories import StoreFactory
from tests.loyalty.coupons import code, coupon, lease_wish, rule, wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def books_agree(db):
    yield
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def told(sequence: int, amount: int = 400, order: str = "", at=NOON + HOUR) -> Told:
    return Told(sequence, order or f"B{sequence}", amount, at)


def used(made: Coupon) -> int:
    return Coupon.objects.get(pk=made.pk).used


def refusal(work) -> str:
    with pytest.raises(Refused) as refused:
        work()
    return refused.value.code


def test_a_lease_counts_as_used_at_once_and_what_is_left_comes_back():
    budget = Budget.objects.create(name="x", currency="EUR", cap=5000)
    made = coupon(total_limit=5, budget=budget)
    text = code(made).text
    lease = leasing.lease(lease_wish(text, 3, 500), NOON)
    budget.refresh_from_db()
    assert (used(made), budget.used) == (3, 1500)
    redemptions.redeem(wish(text), NOON)
    assert refusal(lambda: leasing.lease(lease_wish(text, 2), NOON)) == "limit"
    rows = leasing.settle(lease, [told(1), told(2, 300)], NOON + 2 * HOUR, done=True)
    assert [row.conflict for row in rows] == ["", ""]
    budget.refresh_from_db()
    assert (used(made), budget.used) == (3, 500 + 400 + 300)


def test_what_goes_beyond_the_lease_is_a_conflict_and_stands_in_no_figure():
    made = coupon(total_limit=5)
    lease = leasing.lease(lease_wish(code(made).text, 2, 500), NOON)
    rows = leasing.settle(
        lease,
        [
            told(1, 501),
            told(2),
            told(3, at=NOON + 2 * DAY),
            told(4, order="B2"),
            told(5),
            told(6),
        ],
        NOON + 2 * HOUR,
    )
    assert [row.conflict for row in rows] == ["amount", "", "time", "order", "", "quantity"]
    assert used(made) == Redemption.objects.count() == 2


def test_a_till_that_tells_twice_is_counted_once():
    lease = leasing.lease(lease_wish(code(coupon()).text), NOON)
    first = leasing.settle(lease, [told(1)], NOON + HOUR)
    again = leasing.settle(lease, [told(1), told(2)], NOON + HOUR)
    assert again[0] == first[0]
    assert TillSync.objects.count() == Redemption.objects.count() == 2
    with pytest.raises(OtherRedemption):
        leasing.settle(lease, [told(1, 399)], NOON + HOUR)


def test_a_lease_that_ended_is_given_back_a_day_later_and_what_comes_then_is_a_conflict():
    made = coupon(total_limit=5)
    lease = leasing.lease(lease_wish(code(made).text), NOON)
    assert leasing.sweep(NOON + DAY + 23 * HOUR) == 0
    assert leasing.settle(lease, [told(1)], NOON + DAY + 23 * HOUR)[0].conflict == ""
    assert leasing.sweep(NOON + 2 * DAY) == 1
    assert leasing.sweep(NOON + 2 * DAY) == 0
    assert used(made) == 1
    assert leasing.settle(lease, [told(2)], NOON + 2 * DAY)[0].conflict == "ended"


def test_a_repeated_lease_is_one():
    made = coupon(total_limit=5)
    asked = lease_wish(code(made).text)
    assert leasing.lease(asked, NOON) == leasing.lease(asked, NOON)
    assert used(made) == 3
    with pytest.raises(OtherRedemption):
        leasing.lease(replace(asked, quantity=1), NOON)


def test_a_lease_is_bound_to_its_store_and_signed():
    here, there = StoreFactory(), StoreFactory()
    lease = leasing.lease(lease_wish(code(coupon()).text, store=here), NOON)
    paper = leasing.payload(lease)
    assert leasing.opened(paper, here) == lease
    assert refusal(lambda: leasing.opened(paper, there)) == "lease"
    assert refusal(lambda: leasing.opened(paper[:-1] + ("a" if paper[-1] != "a" else "b"), here)) == "lease"
    assert refusal(lambda: leasing.opened("x", here)) == "lease"


@pytest.mark.parametrize("fields", [{"single_use": True}, {"per_customer_limit": 1}])
def test_what_is_counted_per_code_or_customer_stays_online(fields):
    text = code(coupon(**fields)).text
    assert refusal(lambda: leasing.lease(lease_wish(text), NOON)) == "online_only"


def test_a_budget_with_a_part_for_each_store_is_not_leased_past_it():
    budget = Budget.objects.create(name="x", currency="EUR", cap=90_000, store_cap=2000, store_period="month")
    text = code(coupon(budget=budget)).text
    assert refusal(lambda: leasing.lease(lease_wish(text), NOON)) == "online_only"
    assert refusal(lambda: leasing.lease(lease_wish("NOSUCH"), NOON)) == "unknown"


def test_a_coupon_of_other_stores_is_not_leased():
    here = StoreFactory()
    text = code(coupon(rule("stores", stores=[here.number]))).text
    assert leasing.lease(lease_wish(text, store=here), NOON).quantity == 3
    assert refusal(lambda: leasing.lease(lease_wish(text), NOON)) == "store"


def test_a_redemption_of_a_till_can_be_rolled_back():
    made = coupon(total_limit=5)
    lease = leasing.lease(lease_wish(code(made).text), NOON)
    row = leasing.settle(lease, [told(1)], NOON + HOUR)[0]
    assert redemptions.reverse("till", row.redemption.reference, NOON + 2 * HOUR)
    assert used(made) == 2


@pytest.mark.parametrize(
    "asked",
    [rule("first_order"), rule("tiers", tiers=["1"]), rule("segment", segment=1)],
    ids=lambda each: each["key"],
)
def test_what_is_for_certain_customers_stays_online(asked):
    """A till without a line tells of no customer, so nobody could look at her."""
    assert refusal(lambda: leasing.lease(lease_wish(code(coupon(asked)).text), NOON)) == "online_only"


@pytest.mark.parametrize(
    ("leased", "there", "conflict"),
    [
        ({"stacking_group": "autumn"}, {"stacking_group": "autumn"}, "stacking"),
        ({"stacking_group": "autumn"}, {"stacking_group": "winter"}, ""),
        ({"exclusive": True}, {}, "stacking"),
        ({}, {"exclusive": True}, "stacking"),
        ({}, {}, ""),
    ],
)
def test_what_an_order_has_already_keeps_a_tills_coupon_away(leased, there, conflict):
    lease = leasing.lease(lease_wish(code(coupon(offer=leased)).text), NOON)
    redemptions.redeem(wish(code(coupon(offer=there)).text, "B1"), NOON)
    rows = leasing.settle(lease, [told(1), told(2)], NOON + HOUR)
    assert [row.conflict for row in rows] == [conflict, ""]


@pytest.mark.parametrize("offer", [{"stacking_group": "autumn"}, {"exclusive": True}])
def test_what_a_till_has_told_of_keeps_other_coupons_from_its_order(offer):
    lease = leasing.lease(lease_wish(code(coupon(offer=offer)).text), NOON)
    leasing.settle(lease, [told(1)], NOON + HOUR)
    other = code(coupon(offer={"stacking_group": "autumn"})).text
    assert refusal(lambda: redemptions.redeem(wish(other, "B1"), NOON + HOUR)) == "stacking"
