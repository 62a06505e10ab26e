"""Up at once, down only at the end, told before; and every decision can be reckoned again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import merging
from customers.models import Origin
from loyalty import books, corrections, terms, tier_benefits, tiers
from loyalty.bookings import Booking
from loyalty.coupons import batches
from loyalty.models import Account, CouponCode, Entry, Tier, TierDirty, TierPeriod, TierWarning
from loyalty.signals import tier_falls_announced, tiers_changed
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import coupons, ladders, orders, points
from tests.loyalty.ladders import (
    MAY,
    NEW_YEAR_27,
    NEW_YEAR_28,
    NEW_YEAR_29,
    book,
    collect,
    history,
    ladder,
    tier_of,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def green() -> Iterator[None]:
    """Whatever a story does, its books add up."""
    yield
    late = [v for v in books.check(datetime(2030, 1, 1, tzinfo=UTC)) if not v.green]
    assert [v.invariant.key for v in late if v.invariant.key not in ("swept", "tier_swept")] == []


@pytest.fixture
def heard() -> Iterator[list[tuple[str, list[int], Origin]]]:
    told: list[tuple[str, list[int], Origin]] = []

    def changed(ids: list[int], origin: Origin, **_more: Any) -> None:
        told.append(("changed", ids, origin))

    def falling(ids: list[int], origin: Origin, **_more: Any) -> None:
        told.append(("falling", ids, origin))

    tiers_changed.connect(changed)
    tier_falls_announced.connect(falling)
    yield told
    tiers_changed.disconnect(changed)
    tier_falls_announced.disconnect(falling)


def test_she_rises_at_once_also_over_a_tier_and_holds_it_to_the_end_of_the_next_year(heard):
    programme, anna = ladder(), points.person()
    collect(programme, anna, 99, "1")
    assert tier_of(programme, anna) is None
    collect(programme, anna, 500, "2")
    row = ladders.current(programme, anna)
    assert (tier_of(programme, anna), row.points, row.needed) == ("Gold", 599, 500)
    assert row.holds_until == NEW_YEAR_28
    assert heard == [("changed", [row.pk], Origin.LIVE)]


def test_points_that_do_not_count_and_other_years_do_not_lift_her():
    programme, anna = ladder(), points.person()
    points.give(programme, anna, 5000, "plain")
    collect(programme, anna, 90, "1", MAY - timedelta(days=365))
    collect(programme, anna, 90, "2", MAY)
    assert tier_of(programme, anna) is None


def test_a_refund_lowers_the_year_of_its_order_but_never_her_tier_before_its_end():
    programme, anna = ladder(), points.person()
    entry = book(programme, anna, 600, "1")
    tiers.sweep(MAY)
    back = Booking(anna, 550, "test", "back", reverses_id=entry)
    corrections.refund(programme, [back], NEW_YEAR_27 + DAY)
    tiers.sweep(NEW_YEAR_27 + DAY)
    assert tier_of(programme, anna) == "Gold"
    # The new year is not lowered by last year's refund: 100 are enough for Silver, 450 would be missing else.
    collect(programme, anna, 100, "2", NEW_YEAR_27 + 2 * DAY)
    tiers.end_periods(NEW_YEAR_28)
    assert history(programme, anna) == [("Gold", "reached"), ("Silver", "fell")]
    assert ladders.current(programme, anna).points == 100


def test_at_the_end_she_keeps_what_the_last_year_is_enough_for():
    programme, anna = ladder(), points.person()
    collect(programme, anna, 500, "1")
    collect(programme, anna, 700, "2", MAY + timedelta(days=365))
    tiers.end_periods(NEW_YEAR_28 - timedelta(seconds=1))
    assert len(history(programme, anna)) == 1
    tiers.end_periods(NEW_YEAR_28 + timedelta(hours=2))
    row = ladders.current(programme, anna)
    assert (tier_of(programme, anna), row.reached, row.points) == ("Gold", "kept", 700)
    assert (row.valid_from, row.holds_until) == (NEW_YEAR_28, NEW_YEAR_29)
    assert tiers.end_periods(NEW_YEAR_28 + DAY) == 0


@pytest.mark.parametrize(("fall", "where"), [("one_step", "Gold"), ("by_points", None)])
def test_who_has_too_few_falls_one_step_or_as_far_as_her_points_say(fall, where):
    programme, anna = ladder(fall=fall), points.person()
    collect(programme, anna, 1000, "1")
    tiers.end_periods(NEW_YEAR_28)
    assert tier_of(programme, anna) == where
    assert history(programme, anna)[-1] == (where, "fell")


def test_a_long_standstill_is_caught_up_year_by_year():
    programme, anna = ladder(), points.person()
    collect(programme, anna, 1000, "1")
    tiers.end_periods(datetime(2031, 3, 1, tzinfo=UTC))
    assert [name for name, _how in history(programme, anna)] == ["Platinum", "Gold", "Silver", None]


def test_rolling_months_begin_and_end_at_local_midnights():
    programme, anna = ladder("rolling", months=6), points.person()
    collect(programme, anna, 100, "1")
    row = ladders.current(programme, anna)
    assert row.counted_from == datetime(2025, 11, 3, 23, tzinfo=UTC)  # winter time
    assert row.holds_until == datetime(2026, 11, 4, 23, tzinfo=UTC)  # 5 November in Berlin
    collect(programme, anna, 40, "2", datetime(2026, 8, 1, tzinfo=UTC))
    tiers.end_periods(row.holds_until)
    assert history(programme, anna)[-1] == (None, "fell")


def test_a_fall_is_announced_once_unless_the_points_come(heard):
    programme, anna, bert = ladder(), points.person(), points.person()
    for who in (anna, bert):
        collect(programme, who, 500, f"{who}")
    heard.clear()
    assert tiers.announce(NEW_YEAR_28 - 31 * DAY) == 0
    collect(programme, bert, 500, "enough", NEW_YEAR_28 - 40 * DAY)
    collect(programme, anna, 420, "nearly", NEW_YEAR_28 - 40 * DAY)
    assert tiers.announce(NEW_YEAR_28 - 29 * DAY) == 1
    assert tiers.announce(NEW_YEAR_28 - 28 * DAY) == 0
    warning = TierWarning.objects.get()
    assert (warning.period.account.customer_id, warning.points, warning.missing) == (anna, 420, 80)
    assert heard == [("falling", [warning.pk], Origin.LIVE)]


def test_the_books_find_a_tier_that_nobody_earned_and_a_booking_left_out():
    programme, anna = ladder(), points.person()
    collect(programme, anna, 500, "1")
    good = TierPeriod.objects.get()
    for wrong in (
        {"points": 900},
        {"counted": []},
        {"needed": 1000},
        {"current": False},
    ):
        TierPeriod.objects.filter(pk=good.pk).update(**wrong)
        red = {v.invariant.key for v in books.check(MAY) if not v.green}
        assert red & {"tier_points", "tier_current"}, wrong
        good.save()
    TierPeriod.objects.filter(pk=good.pk).update(
        counted=[], points=0, needed=0, recorded_at=datetime(2090, 1, 1, tzinfo=UTC)
    )
    assert "tier_complete" in {v.invariant.key for v in books.check(MAY) if not v.green}
    good.save()


def test_taking_a_tier_away_moves_its_members_one_down_or_to_what_they_have():
    programme, anna, bert = ladder(), points.person(), points.person()
    collect(programme, anna, 1000, "1")
    collect(programme, bert, 600, "2", MAY - timedelta(days=365))
    tiers.end_periods(NEW_YEAR_27)
    assert tier_of(programme, bert) == "Silver"
    Tier.objects.filter(name__in=["Silver", "Platinum"]).update(active=False)
    tiers.look_at_all(programme, NEW_YEAR_27 + DAY)
    tiers.sweep(NEW_YEAR_27 + DAY)
    assert history(programme, anna)[-1] == ("Gold", "removed")
    assert history(programme, bert)[-1] == (None, "removed")
    assert ladders.current(programme, anna).holds_until == NEW_YEAR_28


def test_the_better_tier_survives_a_merge_and_both_records_points_count():
    programme = ladder()
    anna, bert = CustomerFactory(), CustomerFactory()
    collect(programme, anna.pk, 450, "1")
    collect(programme, bert.pk, 600, "2", MAY - DAY)
    merging.merge(bert.pk, anna.pk, UserFactory(), MAY + DAY)
    assert history(programme, anna.pk) == [("Silver", "reached"), ("Gold", "merged")]
    assert history(programme, bert.pk)[-1] == (None, "merged")
    tiers.sweep(MAY + DAY)
    assert history(programme, anna.pk)[-1] == ("Platinum", "reached")
    assert ladders.current(programme, anna.pk).points == 1050


def test_what_is_taken_back_after_a_merge_lowers_what_both_have_earned():
    """A ladder that is changed looks at all who ever earned: at her, too, who has only what the other one brought."""
    programme = ladder(Platinum=1000)
    anna, bert = CustomerFactory(), CustomerFactory()
    collect(programme, bert.pk, 600, "1")
    entry = Entry.objects.get()
    merging.merge(bert.pk, anna.pk, UserFactory(), MAY)
    assert points.account(programme, anna.pk).lifetime == 600
    back = Booking(bert.pk, 450, "shop", "back", reverses_id=entry.pk)
    corrections.refund(programme, [back], MAY)
    lifetimes = Account.objects.order_by("lifetime").values_list("customer", "lifetime")
    assert list(lifetimes) == [(bert.pk, 0), (anna.pk, 150)]
    tiers.sweep(MAY)
    assert tiers.preview(programme, 150, MAY) == (1, 1)
    Tier.objects.create(program=programme, name="Bronze", threshold=150)
    tiers.look_at_all(programme, MAY)
    tiers.sweep(MAY)
    assert tier_of(programme, anna.pk) == "Bronze"


def test_an_order_remembers_the_factor_of_its_day_and_a_refund_hears_the_same():
    programme = ladder()
    gold = Tier.objects.get(name="Gold")
    Tier.objects.filter(pk=gold.pk).update(earning_factor="1.50")
    points.rule(programme, "rate", points=1, per=1)
    points.rule(programme, "tier_factor")
    anna = orders.buyer()
    orders.record("1", ("A", 1, "500.00"))
    tiers.sweep(points.NOON)
    assert tier_of(programme, anna.pk) == "Gold"
    second = orders.record("2", ("A", 2, "100.00"))
    entry = Entry.objects.get(order=second)
    assert (entry.points, str(entry.tier_factor)) == (300, "1.50")
    Tier.objects.filter(pk=gold.pk).update(earning_factor=3)
    TierPeriod.objects.filter(current=True).update(tier=Tier.objects.get(name="Silver"))
    orders.record("3", ("A", 1, "100.00"), refund_of="2")
    assert sum(each.points for each in Entry.objects.filter(order=second)) == 150
    TierPeriod.objects.filter(current=True).update(tier=gold)


def test_without_the_rule_the_tiers_factor_does_nothing():
    programme = ladder()
    Tier.objects.update(earning_factor=2)
    points.rule(programme, "rate", points=1, per=1)
    anna = orders.buyer()
    collect(programme, anna.pk, 200, "1", points.NOON)
    order = orders.record("2", ("A", 1, "100.00"))
    assert Entry.objects.get(order=order).points == 100


def test_reaching_a_tier_brings_a_code_once_a_year_and_an_empty_pool_only_waits():
    programme = ladder()
    made = coupons.coupon(kind="pool")
    Tier.objects.filter(name="Gold").update(coupon=made)
    people = [points.person() for _each in range(3)]
    for who in people:
        collect(programme, who, 500, str(who))
    assert tier_benefits.hand_out(MAY) == 0
    batches.make(batches.order(made, 2, MAY).pk, MAY)
    assert tier_benefits.hand_out(MAY) == 2
    assert TierPeriod.objects.filter(coupon_due=True).count() == 1
    batches.make(batches.order(made, 5, MAY).pk, MAY)
    assert tier_benefits.hand_out(MAY) == 1
    assert set(CouponCode.objects.exclude(customer=None).values_list("customer", flat=True)) == set(people)
    TierPeriod.objects.filter(account__customer=people[0]).update(coupon_due=True)
    tier_benefits.hand_out(MAY)
    assert CouponCode.objects.filter(customer=people[0]).count() == 1


def test_a_batch_takes_as_many_queries_as_one_account():
    programme = ladder()

    def queries(count: int, name: str) -> int:
        for number in range(count):
            book(programme, points.person(), 500, f"{name}{number}")
        with CaptureQueriesContext(connection) as asked:
            tiers.sweep(MAY)
        return len(asked)

    assert queries(1, "one") == queries(40, "many")


def test_work_is_noted_only_where_there_are_tiers_and_points_count():
    programme = points.program()
    book(programme, points.person(), 500, "1")
    assert not TierDirty.objects.exists()
    assert Account.objects.count() == 1
    terms.newest(programme)
