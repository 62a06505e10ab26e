"""A code's own window counts whole local days from its anchor, whatever clocks, leap days and years do in between."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from customers.models import CustomerStats
from loyalty.coupons import batches, issuing, redemptions, windows
from loyalty.coupons.refusals import Refused
from loyalty.models import Coupon
from tests.factories import CustomerFactory
from tests.loyalty.coupons import coupon, wish
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db
BERLIN, LISBON = "Europe/Berlin", "Europe/Lisbon"


def relative(days: int, to: str = "issue", after: int = 0, zone: str = BERLIN, **fields) -> Coupon:
    made = coupon(
        kind="pool", days_from_issue=days, relative_to=to, days_after=after, time_zone=zone, **fields
    )
    batches.make(batches.order(made, 3, NOON).pk, NOON)
    return made


def local(moment: datetime | None, zone: str = BERLIN) -> str:
    assert moment is not None
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def at(day: str, clock: str = "12:00", zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(f"{day} {clock}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize("zone", [BERLIN, LISBON])
@pytest.mark.parametrize(
    ("issued", "days", "ends", "hours"),
    [
        ("2026-03-29", 1, "2026-03-30 00:00", 23),  # clocks go forward
        ("2026-10-25", 1, "2026-10-26 00:00", 25),  # and back
        ("2028-02-28", 2, "2028-03-01 00:00", 48),  # 29 February is a day
        ("2027-02-28", 2, "2027-03-02 00:00", 48),
        ("2026-12-31", 2, "2027-01-02 00:00", 48),
    ],
)
def test_days_from_the_issue_are_whole_local_days(zone, issued, days, ends, hours):
    midnight = at(issued, "00:00", zone)
    begins, end = windows.of_code(relative(days, zone=zone), midnight)
    assert begins == midnight
    assert local(end, zone) == ends
    assert (end - midnight).total_seconds() == hours * 3600


def test_two_zones_do_not_begin_their_days_together():
    late = at("2026-11-02", "23:30", LISBON)  # half past midnight in Berlin
    assert local(windows.of_code(relative(1, zone=LISBON), late)[1], LISBON) == "2026-11-03 00:00"
    assert local(windows.of_code(relative(1), late)[1]) == "2026-11-04 00:00"


def test_it_may_begin_later_and_never_outlives_its_coupon():
    made = relative(10, after=3, ends_on=date(2026, 11, 8))
    begins, end = windows.of_code(made, at("2026-11-02"))
    assert (local(begins), local(end)) == ("2026-11-05 00:00", "2026-11-09 00:00")


@pytest.mark.parametrize(
    ("birthday", "issued", "window"),
    [
        ("1980-11-10", "2026-11-02", ("2026-11-07 00:00", "2026-11-14 00:00")),
        ("1980-11-03", "2026-11-02", ("2026-11-02 12:00", "2026-11-07 00:00")),  # has begun
        ("1980-10-29", "2026-11-02", ("2027-10-26 00:00", "2027-11-02 00:00")),  # is over: the next one
        ("1980-10-30", "2026-11-02", ("2026-11-02 12:00", "2026-11-03 00:00")),  # its last day
        ("1980-01-02", "2026-12-20", ("2026-12-30 00:00", "2027-01-06 00:00")),
        ("1988-02-29", "2027-01-10", ("2027-02-25 00:00", "2027-03-04 00:00")),
        ("1988-02-29", "2028-01-10", ("2028-02-26 00:00", "2028-03-04 00:00")),
    ],
)
def test_a_week_around_the_next_birthday(birthday, issued, window):
    made = relative(7, "birthday", after=-3)
    anna = CustomerFactory(birthday=birthday).pk
    code = issuing.issue(made, [anna], "birthday", at(issued))[anna]
    assert (local(code.valid_from), local(code.valid_until)) == window


def test_everybody_has_the_window_of_her_own_last_purchase(django_assert_max_num_queries):
    made = relative(14, "purchase")
    bought, never = CustomerFactory().pk, CustomerFactory().pk
    CustomerStats.objects.update_or_create(
        customer_id=bought, defaults={"last_order_at": at("2026-10-30", "23:59")}
    )
    with django_assert_max_num_queries(10):
        codes = issuing.issue(made, [bought, never], "thanks", at("2026-11-02"))
    assert local(codes[bought].valid_until) == "2026-11-13 00:00"
    assert local(codes[never].valid_until) == "2026-11-16 00:00"


def test_without_a_message_what_counts_from_delivery_counts_from_the_issue():
    made = relative(2, "delivery")
    anna = CustomerFactory().pk
    code = issuing.issue(made, [anna], "till", at("2026-10-24", "23:00"))[anna]
    assert local(code.valid_until) == "2026-10-26 00:00"  # through 25 hours of a day
    with pytest.raises(Refused) as refused:
        redemptions.redeem(wish(code.text, customer_id=anna), at("2026-10-26", "00:00"))
    assert refused.value.code == "ended"
