"""Rules of the books whose answer is not a plain sum: what they hold to be right, and which part they look at when."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from config import clocks
from customers import merging
from customers.models import OrderLine, Product
from loyalty import books
from loyalty.books import Finding
from loyalty.coupons import batches, leasing, redemptions, windows
from loyalty.coupons.leasing import Told
from loyalty.models import Coupon, CouponCode, Entry
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import orders, points
from tests.loyalty.coupons import code, coupon, lease_wish, wish
from tests.loyalty.points import DAY, NOON
from tests.loyalty.test_books import PAST_EVERYTHING, execute

pytestmark = pytest.mark.django_db


def findings(key: str, at=NOON) -> list[Finding]:
    return next(each.findings for each in books.check(at) if each.invariant.key == key)


# --- What orders earn ---


def test_points_of_what_is_not_left_are_named_with_what_is_due() -> None:
    program = points.program()
    points.rule(program, points=1, per=1)
    orders.buyer()
    order = orders.record("O1", ("mug", 2, "10"), ("jar", 1, "5"))
    assert findings("order_points") == []
    OrderLine.objects.filter(order=order, product__sku="mug").update(amount=1000)  # nobody is told
    assert findings("order_points") == [Finding("order", order.pk, 15, 25)]


def test_rules_that_were_changed_since_do_not_matter() -> None:
    program = points.program()
    rule = points.rule(program, points=1, per=1)
    orders.buyer()
    orders.record("O1", ("mug", 2, "10"))
    rule.params = {"points": 5, "per": 1}
    rule.save()
    points.terms.freeze(program, NOON)
    orders.record("O2", ("mug", 1, "10"))
    assert {entry.points for entry in Entry.objects.all()} == {20, 50}
    assert findings("order_points") == []


def test_an_article_that_changed_its_brand_since_is_no_fault() -> None:
    program = points.program()
    points.rule(program, points=1, per=1)
    points.rule(program, "brand_factor", times="2", brands=["Linden"])
    orders.buyer()
    order = orders.record("O1", ("mug", 1, "10"))
    assert findings("order_points") == []
    changed = Product.objects.filter(sku="mug")
    changed.update(brand="Linden", updated_at=Product.objects.get().updated_at - DAY)
    assert findings("order_points") == [Finding("order", order.pk, 20, 10)]
    changed.update(updated_at=timezone.now() + DAY)
    assert findings("order_points") == []


def test_an_article_whose_kind_was_corrected_since_is_no_fault() -> None:
    program = points.program()
    points.rule(program, points=1, per=1)
    orders.buyer()
    order = orders.record("O1", ("mug", 1, "10"))
    changed = Product.objects.filter(sku="mug")
    changed.update(kind="service", updated_at=Product.objects.get().updated_at - DAY)
    assert findings("order_points") == [Finding("order", order.pk, 0, 10)]
    changed.update(updated_at=timezone.now() + DAY)
    assert findings("order_points") == []


def test_older_orders_are_looked_at_in_turn() -> None:
    program = points.program()
    points.rule(program, points=1, per=1)
    orders.buyer()
    orders.record("O1", ("mug", 1, "10"))
    execute(PAST_EVERYTHING)
    execute(
        "SET CONSTRAINTS ALL DEFERRED; UPDATE customers_order SET id = 3000; UPDATE customers_orderline"
        " SET order_id = 3000; UPDATE loyalty_entry SET order_id = 3000, points = points + 1"
    )
    later = """INSERT INTO customers_order (id, source, number, placed_at, currency)
        SELECT n, 'later', n::text, now(), 'EUR' FROM generate_series(5001, 7000) AS n"""
    execute(later)  # as many as are looked at each night
    execute("""INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, order_id, at)
        SELECT program_id, account_id, 'earn', 1, 'test', 'newest', 7000, at FROM loyalty_entry""")
    named = [[each.id for each in findings("order_points", NOON + DAY * night)] for night in range(4)]
    assert sorted(named) == [[], [], [], [3000]]


# --- Windows ---


def test_what_was_reserved_in_time_may_be_paid_a_little_later() -> None:
    text = code(coupon(ends_on=date(2026, 11, 2))).text
    end = clocks.midnight(date(2026, 11, 3), "Europe/Berlin")
    asked = wish(text)
    redemptions.reserve(asked, end - timedelta(minutes=5))
    paid = redemptions.redeem(wish(text, asked.order_key), end + timedelta(minutes=20))
    assert paid.state == "redeemed"
    assert findings("windows", end) == []
    paid.at = end + timedelta(hours=5)
    paid.save()
    assert [each.id for each in findings("windows", end)] == [paid.pk]


def test_days_that_are_moved_afterwards_make_nothing_wrong() -> None:
    made = coupon(ends_on=date(2026, 11, 2))
    redemptions.redeem(wish(code(made).text), NOON)
    made.ends_on = date(2026, 10, 1)
    windows.derive(made)
    made.save()
    assert findings("windows") == []
    assert findings("coupon_days") == []
    Coupon.objects.filter(pk=made.pk).update(valid_until=made.valid_until + DAY)
    assert findings("coupon_days") == [Finding("coupon", made.pk, 20261001, 20261002)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Santiago"])
def test_windows_at_days_on_which_the_clocks_change(zone: str) -> None:
    for day in (
        date(2026, 3, 29),
        date(2026, 10, 25),
        date(2026, 4, 24),
        date(2026, 9, 6),
        date(2011, 12, 29),
    ):
        coupon(starts_on=day, ends_on=day, time_zone=zone)
    assert findings("coupon_days") == []


def test_a_sale_without_a_line_stands_within_its_lease() -> None:
    held = leasing.lease(lease_wish(code(coupon()).text), NOON)
    told = Told(1, "B1", 400, NOON + timedelta(hours=1))
    row = leasing.settle(held, [told], NOON + DAY)[0].redemption
    assert findings("windows") == []
    row.at = NOON + 3 * DAY
    row.save()
    assert [each.id for each in findings("windows")] == [row.pk]


# --- Limits and codes ---


def test_two_who_became_one_may_have_redeemed_as_often_as_both() -> None:
    anna, bert = CustomerFactory().pk, CustomerFactory().pk
    text = code(coupon(per_customer_limit=1)).text
    for customer in (anna, bert):
        redemptions.redeem(wish(text, customer_id=customer), NOON)
    merging.merge(anna, bert, UserFactory(), NOON)
    assert findings("coupon_limits") == []
    CustomerFactory._meta.model.objects.filter(pk=anna).update(merged_into=None)
    assert [(each.expected, each.found) for each in findings("coupon_limits")] == [(1, 2)]


def test_older_codes_are_looked_at_in_turn() -> None:
    pool = coupon(kind="pool")
    batches.make(batches.order(pool, 2, NOON, prefix="AB", length=20).pk, NOON)
    first, last = CouponCode.objects.order_by("pk")
    wrong = first.text[:-2] + first.text[-1] + first.text[-2]  # a swap
    if wrong == first.text:
        wrong = first.text[:-1] + ("0" if first.text[-1] != "0" else "1")
    CouponCode.objects.filter(pk=first.pk).update(id=150_000, text=wrong)
    CouponCode.objects.filter(pk=last.pk).update(id=450_000)
    named = [[each.id for each in findings("check_symbols", NOON + DAY * night)] for night in range(8)]
    assert sorted(named) == [[]] * 7 + [[150_000]]
