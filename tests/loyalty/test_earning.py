"""Orders earn points in their own transaction, and every refund leaves what the rest of the order is worth."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Category, Event, ImportJob, Origin, Product
from customers.orders import Terms as OrderTerms
from loyalty import behaviour, books, earning, terms
from loyalty.models import EarningRule, Entry, Program, Terms
from tests.customers import tracked
from tests.factories import StoreFactory
from tests.loyalty import orders, points
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    made = points.program(expiry_months=12)
    points.rule(made, points=1, per=1)
    return made


@pytest.fixture
def anna():
    return orders.buyer().pk


def booked(customer_id: int) -> int:
    return sum(Entry.objects.filter(account__customer=customer_id).values_list("points", flat=True))


def test_an_order_earns_for_its_articles_and_not_for_postage(program, anna):
    orders.record("1", ("mug", 2, "12.90"), ("postage", 1, "4.90"))
    entry = Entry.objects.get()
    assert (entry.points, entry.basis, entry.counts_for_tier) == (25, 2580, True)
    assert entry.terms == Terms.objects.get()


def test_points_wait_for_the_return_window_and_end_with_their_day(program, anna):
    orders.record("1", ("mug", 1, "10"), at=datetime(2026, 11, 2, 23, 30, tzinfo=UTC))  # the 3rd in Berlin
    lot = Entry.objects.get().lot
    assert lot.available_from == datetime(2026, 11, 16, 23, tzinfo=UTC)
    assert lot.expires_at == datetime(2027, 11, 3, 23, tzinfo=UTC)


def test_the_order_is_told_of_twice_and_earns_once(program, anna):
    order = orders.record("1", ("mug", 1, "10"))
    assert earning.settle([order.pk], NOON) == 0
    assert booked(anna) == 10


def test_what_fails_behind_the_points_takes_them_back_too(program, anna):
    with transaction.atomic():
        orders.record("1", ("mug", 1, "10"))
        assert booked(anna) == 10
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


def test_a_discount_lowers_what_is_earned(program, anna):
    orders.record("1", ("mug", 1, "100"), ("postage", 1, "5"), ("discount", 1, "-20"))
    assert booked(anna) == 80


def test_nobody_earns_without_a_programme_or_as_a_guest(program):
    orders.record("1", ("mug", 1, "10"), customer="")
    program.active = False
    program.save()
    orders.record("2", ("mug", 1, "10"))
    assert not Entry.objects.exists()


def test_imported_orders_earn_only_if_the_import_says_so(program, anna):
    orders.record("1", ("mug", 1, "10"), origin=Origin.IMPORT)
    assert booked(anna) == 0
    job = ImportJob.objects.create(
        kind="orders", state="running", source="shop", options={"earn_points": True}
    )
    orders.record("2", ("mug", 1, "10"), origin=Origin.IMPORT)
    assert booked(anna) == 10
    ImportJob.objects.filter(pk=job.pk).update(state="done")
    orders.record("3", ("mug", 1, "10"), origin=Origin.IMPORT)
    orders.record("2R", ("mug", 1, "10"), refund_of="2", origin=Origin.IMPORT)
    assert booked(anna) == 0  # what was earned once is taken back, whoever tells of it


def test_a_refund_takes_back_what_its_articles_earned(program, anna):
    orders.record("1", ("mug", 3, "3.50"), ("bowl", 1, "7"))  # 17.50
    assert booked(anna) == 17
    orders.record("1R", ("mug", 1, "3.50"), refund_of="1")
    assert booked(anna) == 14
    orders.record("1S", ("mug", 2, "3.50"), ("bowl", 1, "7"), refund_of="1")
    assert booked(anna) == 0


def test_a_sum_that_is_given_back_lowers_all_articles(program, anna):
    orders.record("1", ("mug", 1, "50"), ("bowl", 1, "50"))
    orders.record("1R", ("refund", 1, "30"), refund_of="1")
    assert booked(anna) == 70


def test_a_refund_asks_the_rules_of_its_order_and_not_those_of_today(program, anna):
    orders.record("1", ("mug", 2, "10"))
    program.rules.update(params={"points": 5, "per": 1})
    newer = terms.freeze(program, NOON)
    orders.record("2", ("mug", 1, "10"))
    assert newer.version == 2
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    orders.record("2R", ("mug", 1, "10"), refund_of="2")
    assert booked(anna) == 10
    program.rules.all().update(active=False)
    terms.freeze(program, NOON)
    orders.record("1S", ("mug", 1, "10"), refund_of="1")
    assert booked(anna) == 0


def test_an_order_of_before_the_programme_earns_nothing_by_its_refund(anna):
    orders.record("1", ("mug", 2, "10"))
    made = points.program()
    points.rule(made, points=1, per=1)
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    assert booked(anna) == 0


def test_an_order_of_a_pause_earns_nothing_by_its_refund(program, anna):
    Program.objects.update(active=False)
    orders.record("1", ("mug", 2, "10"))
    Program.objects.update(active=True)
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    assert booked(anna) == 0


def test_what_earned_nothing_by_older_rules_earns_nothing_by_newer_ones(program, anna):
    program.rules.update(params={"points": 1, "per": 100})
    terms.freeze(program, NOON)
    order = orders.record("1", ("mug", 2, "10"))
    program.rules.update(params={"points": 5, "per": 1})
    terms.freeze(program, order.recorded_at + DAY)
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    assert booked(anna) == 0
    assert earning.settle([order.pk], NOON) == 0  # told of again, it goes by the rules of its day
    assert booked(anna) == 0


def test_an_order_of_before_the_programme_that_is_told_of_again_earns_nothing(anna):
    order = orders.record("1", ("mug", 2, "10"))
    made = points.program()
    EarningRule.objects.create(program=made, key="rate", name="rate", params={"points": 1, "per": 1})
    terms.freeze(made, order.recorded_at + DAY)
    assert earning.settle([order.pk], NOON) == 0


def test_a_refund_that_is_known_before_its_order_waits_for_it(program, anna):
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    orders.record("1", ("mug", 3, "10"))
    assert booked(anna) == 20


def test_spent_points_of_a_refunded_order_are_owed(program, anna):
    orders.record("1", ("mug", 1, "10"))
    points.spend(program, anna, 10, at=NOON + 20 * DAY)
    orders.record("1R", ("mug", 1, "10"), refund_of="1", at=NOON + 21 * DAY)
    assert points.account(program, anna).debt == 10


def test_an_order_in_another_currency_earns_by_its_value_in_the_shops(program, anna):
    orders.record("1", ("mug", 1, "1"))
    orders.record("2", ("mug", 1, "100"), terms=OrderTerms("shop", "CHF", Decimal("1.05")))
    assert booked(anna) == 106
    orders.record("2R", ("mug", 1, "100"), refund_of="2", terms=OrderTerms("shop", "CHF", Decimal("1.10")))
    assert booked(anna) == 1


def test_more_points_in_a_category_a_store_and_on_a_weekday(program, anna):
    StoreFactory(number="007")
    orders.record("0", ("mug", 1, "0.01"), ("bowl", 1, "0.01"), customer="")
    Product.objects.filter(sku="mug").update(category=Category.objects.create(path="Home/Kitchen/Mugs"))
    points.rule(program, "category_factor", categories=["Home/Kitchen"], times=3)
    points.rule(program, "store_factor", stores=["007"], times=2)
    points.rule(program, "weekday_factor", days=["6"], times=4)
    orders.record("1", ("mug", 1, "10"), ("bowl", 1, "10"))
    assert booked(anna) == 40  # the mug threefold
    orders.record("2", ("mug", 1, "10"), ("bowl", 1, "10"), store="007")
    assert booked(anna) == 40 + 50  # the highest factor counts
    orders.record("3", ("mug", 1, "10"), at=datetime(2026, 11, 1, 12, tzinfo=UTC))
    assert booked(anna) == 90 + 40  # a Sunday


def test_more_points_on_brands_whatever_their_case_and_a_refund_takes_them_back(program, anna):
    orders.record("0", ("mug", 1, "0.01"), ("bowl", 1, "0.01"), ("jar", 1, "0.01"), customer="")
    Product.objects.filter(sku="mug").update(brand="Velmora")
    Product.objects.filter(sku="bowl").update(brand="Brenntal")
    points.rule(program, "brand_factor", brands=["VELMORA"], times=3)
    orders.record("1", ("mug", 1, "10"), ("bowl", 1, "10"), ("jar", 1, "10"))
    assert booked(anna) == 30 + 10 + 10
    orders.record("1R", ("mug", 1, "10"), refund_of="1")
    assert booked(anna) == 20


def test_some_categories_earn_nothing_and_an_order_has_a_limit(program, anna):
    orders.record("0", ("book", 1, "0.01"), customer="")
    Product.objects.filter(sku="book").update(category=Category.objects.create(path="Books"))
    program.rules.update(params={"points": 1, "per": 1, "without": ["Books"]})
    points.rule(program, "most_per_order", points=50)
    orders.record("1", ("book", 1, "30"), ("mug", 1, "20"))
    assert booked(anna) == 20
    orders.record("2", ("mug", 10, "20"))
    assert booked(anna) == 70
    orders.record("2R", ("mug", 8, "20"), refund_of="2")
    assert booked(anna) == 20 + 40


def test_a_rule_counts_from_its_first_to_its_last_day(program, anna):
    extra = points.rule(program, points=1, per=1)
    extra.starts_on, extra.ends_on = NOON.date(), NOON.date()
    extra.save()
    terms.freeze(program, NOON)
    for number, days in enumerate([-1, 0, 1]):
        orders.record(str(number), ("mug", 1, "10"), at=NOON + days * DAY)
    assert booked(anna) == 10 + 20 + 10


def test_a_rule_with_wrong_values_makes_no_version(program):
    with pytest.raises(ValidationError, match="above 0"):
        points.rule(program, points=1, per=0)
    assert Terms.objects.count() == 1


@pytest.mark.parametrize(
    ("on", "months", "last"),
    [
        ("2026-11-02", 12, "2027-11-02"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-01-31", 11, "2026-12-31"),
    ],
)
def test_months_end_with_their_last_day(on, months, last):
    start = datetime.fromisoformat(on).date()
    assert terms.months_later(start, months).isoformat() == last


def test_points_that_end_with_the_year_end_with_it(program, anna):
    program.expiry_at_year_end = True
    program.save()
    terms.freeze(program, NOON)
    orders.record("1", ("mug", 1, "10"))
    assert Entry.objects.get().lot.expires_at == datetime(2027, 12, 31, 23, tzinfo=UTC)


def test_what_somebody_does_earns_as_often_as_the_rule_allows(program, anna):
    points.rule(program, "behaviour", event="custom", name="review", points=20, most_a_day=2, most_a_week=3)
    shop = tracked.key()

    def review(day: int) -> int:
        before, message = booked(anna), tracked.track("review", minutes=-1440 * day, user="C1")
        tracked.apply([message], shop, tracked.AT + day * DAY)
        tracked.apply([message], shop, tracked.AT + day * DAY)
        return booked(anna) - before

    assert [review(0), review(0), review(0)] == [20, 20, 0]  # a Monday
    assert [review(1), review(1)] == [20, 0]
    assert review(7) == 20
    events = list(Event.objects.values_list("pk", flat=True))
    assert (
        behaviour.reward(events[:3], tracked.AT + 7 * DAY) == 1
    )  # the one that was above the limit that day
    assert behaviour.reward(events[:3], tracked.AT + 7 * DAY) == 0


def test_of_two_rules_for_the_same_the_better_one_counts_while_its_limit_allows(program, anna):
    points.rule(program, "behaviour", event="custom", name="review", points=20)
    points.rule(program, "behaviour", event="custom", name="review", points=50, most_a_month=1)
    shop, earned = tracked.key(), []
    new_month = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # half past midnight on 1 December in Berlin
    for at in (tracked.AT, tracked.AT + DAY, new_month - timedelta(hours=2), new_month, new_month + DAY):
        since = int((at - tracked.AT).total_seconds()) // 60
        before, message = booked(anna), tracked.track("review", minutes=-since, user="C1")
        tracked.apply([message], shop, at)
        tracked.apply([message], shop, at)
        earned.append(booked(anna) - before)
    assert earned == [50, 20, 20, 50, 20]


def test_other_behaviour_and_other_peoples_earns_nothing(program, anna):
    points.rule(program, "behaviour", event="custom", name="review", points=20)
    tracked.apply([tracked.track("quiz", user="C1"), tracked.track("review", anon="b1")], tracked.key())
    assert Event.objects.count() == 2
    assert booked(anna) == 0


parts = st.lists(
    st.tuples(st.sampled_from(["mug", "bowl", "jar"]), st.integers(1, 5)), min_size=1, max_size=6
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bought=st.lists(
        st.tuples(st.sampled_from(["mug", "bowl", "jar"]), st.integers(1, 9), st.integers(1, 9999)),
        min_size=1,
        max_size=4,
    ),
    split=parts,
    rounding=st.sampled_from(["down", "half_up"]),
    points_per=st.tuples(st.integers(1, 7), st.integers(1, 30)),
)
def test_a_refund_in_parts_comes_to_the_same_as_one(db, bought, split, rounding, points_per):
    with transaction.atomic():
        made = points.program(rounding=rounding)
        points.rule(made, points=points_per[0], per=points_per[1])
        anna = orders.buyer().pk
        articles = [
            (sku, pieces, f"{cents / 100:.2f}") for sku, pieces, cents in {b[0]: b for b in bought}.values()
        ]
        prices = {sku: price for sku, _pieces, price in articles}
        given_back = [(sku, pieces, prices[sku]) for sku, pieces in split if sku in prices]
        for number in ("split", "whole"):
            orders.record(number, *articles)
        for n, part in enumerate(given_back):
            orders.record(f"s{n}", part, refund_of="split")
        if given_back:
            orders.record("w", *given_back, refund_of="whole")
        sums = [
            sum(
                Entry.objects.filter(account__customer=anna, order__number=number).values_list(
                    "points", flat=True
                )
            )
            for number in ("split", "whole")
        ]
        assert sums[0] == sums[1] >= 0
        assert all(v.green for v in books.check(NOON))
        transaction.set_rollback(True)
