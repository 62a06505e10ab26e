"""When coupons are valid: local dates with a zone, as instants that are derived once. The last day counts whole.

A code of a pool has a window of its own where its coupon has `days_from_issue`: so many local days from an anchor,
which is the day of the issue, of the last purchase or of the birthday. The days of one that goes with a message begin
anew when that has arrived (coupon_messages/life.py).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from config import clocks
from customers.models import Customer, CustomerStats
from loyalty.models import Coupon, CouponCode

Window = tuple[datetime | None, datetime | None]
RelativeTo = Coupon.RelativeTo


def instants(starts_on: date | None, ends_on: date | None, zone: str) -> Window:
    """Half open: from the first midnight to the one behind the last day, whatever the clocks do in between."""
    return (
        None if starts_on is None else clocks.midnight(starts_on, zone),
        None if ends_on is None else clocks.midnight(ends_on + timedelta(days=1), zone),
    )


def derive(coupon: Coupon) -> None:
    """Set the coupon's instants from its days; saving unchanged days changes nothing."""
    coupon.valid_from, coupon.valid_until = instants(coupon.starts_on, coupon.ends_on, coupon.time_zone)


def counts_days(coupon: Coupon) -> bool:
    """Whether each code has a window of its own: one code for all has its coupon's."""
    return coupon.days_from_issue is not None and coupon.kind == Coupon.Kind.POOL


def of_code(coupon: Coupon, issued_at: datetime, anchor: date | None = None) -> Window:
    """The own window of a code that is issued now and counts from `anchor` (None: today): never before the issue, to
    the end of the last of so many days, and never beyond its coupon's."""
    if coupon.days_from_issue is None or not counts_days(coupon):
        return None, None
    begins = (anchor or clocks.local_day(issued_at, coupon.time_zone)) + timedelta(days=coupon.days_after)
    end = clocks.midnight(begins + timedelta(days=coupon.days_from_issue), coupon.time_zone)
    return max(issued_at, clocks.midnight(begins, coupon.time_zone)), _within(coupon, end)


def is_empty(window: Window) -> bool:
    """Whether a code with this window could never be redeemed: its days are over, or its coupon ends before them."""
    begins, end = window
    return begins is not None and end is not None and end <= begins


def since_delivery(coupon: Coupon, delivered_at: datetime) -> datetime | None:
    """When a code ends whose message arrived at that moment, if its days count from then: that day is the first."""
    if coupon.days_from_issue is None or coupon.relative_to not in (RelativeTo.ISSUE, RelativeTo.DELIVERY):
        return None
    begins = clocks.local_day(delivered_at, coupon.time_zone) + timedelta(days=coupon.days_after)
    return _within(coupon, clocks.midnight(begins + timedelta(days=coupon.days_from_issue), coupon.time_zone))


def _within(coupon: Coupon, end: datetime) -> datetime:
    return min(end, coupon.valid_until) if coupon.valid_until else end


def of_customers(coupon: Coupon, customer_ids: Collection[int], issued_at: datetime) -> dict[int, Window]:
    """The window for each of them, in one query at most. Who has no anchor counts from the issue."""
    days = _anchors(coupon, customer_ids, issued_at)
    known: dict[date | None, Window] = {
        day: of_code(coupon, issued_at, day) for day in {None, *days.values()}
    }
    return {customer: known[days.get(customer)] for customer in customer_ids}


def of_each(
    coupons: Mapping[int, Coupon], pairs: Iterable[tuple[int, int]], at: datetime
) -> dict[tuple[int, int], Window]:
    """The windows that codes issued now would have, for pairs of coupon and customer."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for coupon_id, customer_id in pairs:
        people[coupon_id].add(customer_id)
    return {
        (pk, customer): window
        for pk, customers in people.items()
        for customer, window in of_customers(coupons[pk], customers, at).items()
    }


def _anchors(coupon: Coupon, customer_ids: Collection[int], at: datetime) -> Mapping[int, date]:
    if not counts_days(coupon):
        return {}
    if coupon.relative_to == RelativeTo.PURCHASE:
        bought = CustomerStats.objects.filter(customer__in=customer_ids, last_order_at__isnull=False)
        rows = bought.values_list("customer", "last_order_at")
        return {customer: clocks.local_day(last, coupon.time_zone) for customer, last in rows if last}
    if coupon.relative_to == RelativeTo.BIRTHDAY:
        born = Customer.objects.filter(pk__in=customer_ids, birthday__isnull=False)
        return {pk: next_birthday(coupon, day, at) for pk, day in born.values_list("pk", "birthday") if day}
    return {}


def next_birthday(coupon: Coupon, birthday: date, at: datetime) -> date:
    """The first birthday whose window is not over yet."""
    today = clocks.local_day(at, coupon.time_zone)
    last = coupon.days_after + (coupon.days_from_issue or 1) - 1
    celebrated = (anniversary(birthday, year) for year in range(today.year - 1, today.year + 3))
    return next(day for day in celebrated if day + timedelta(days=last) >= today)


def seen(code: CouponCode) -> dict[str, str | None]:
    """What a redemption keeps of the window that it was checked by: coupon's and code's together, and the zone whose
    days they are."""
    starts = [start for start in (code.valid_from, code.coupon.valid_from) if start]
    ends = [end for end in (code.valid_until, code.coupon.valid_until) if end]
    return {
        "valid_from": max(starts).isoformat() if starts else None,
        "valid_until": min(ends).isoformat() if ends else None,
        "zone": code.coupon.time_zone,
    }


def last_day(code: CouponCode) -> date | None:
    """The last day on which the code or its coupon is valid, whichever ends first; None: it does not end."""
    ends = [end for end in (code.valid_until, code.coupon.valid_until) if end]
    return clocks.local_day(min(ends) - datetime.resolution, code.coupon.time_zone) if ends else None


def anniversary(birthday: date, year: int) -> date:
    """Who was born on 29 February celebrates on the 28th in years without."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
