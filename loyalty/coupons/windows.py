"""When coupons are valid: local dates with a zone, as instants that are derived once. The last day counts whole."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config import clocks
from loyalty.models import Coupon, CouponCode


def instants(
    starts_on: date | None, ends_on: date | None, zone: str
) -> tuple[datetime | None, datetime | None]:
    """Half open: from the first midnight to the one behind the last day, whatever the clocks do in between."""
    return (
        None if starts_on is None else midnight(starts_on, zone),
        None if ends_on is None else midnight(ends_on + timedelta(days=1), zone),
    )


def midnight(on: date, zone: str) -> datetime:
    return clocks.instant(datetime.combine(on, time()), zone)


def derive(coupon: Coupon) -> None:
    """Set the coupon's instants from its days; saving unchanged days changes nothing."""
    coupon.valid_from, coupon.valid_until = instants(coupon.starts_on, coupon.ends_on, coupon.time_zone)


def of_code(coupon: Coupon, issued_at: datetime) -> tuple[datetime | None, datetime | None]:
    """The own window of a code that is issued now: at once, to the end of the last of so many days, and never beyond
    its coupon's."""
    if coupon.days_from_issue is None:
        return None, None
    today = issued_at.astimezone(ZoneInfo(coupon.time_zone)).date()
    end = midnight(today + timedelta(days=coupon.days_from_issue), coupon.time_zone)
    return issued_at, min(end, coupon.valid_until) if coupon.valid_until else end


def last_day(code: CouponCode) -> date | None:
    """The last day on which the code or its coupon is valid, whichever ends first; None: it does not end."""
    ends = [end for end in (code.valid_until, code.coupon.valid_until) if end]
    return (
        (min(ends) - datetime.resolution).astimezone(ZoneInfo(code.coupon.time_zone)).date() if ends else None
    )


def anniversary(birthday: date, year: int) -> date:
    """Who was born on 29 February celebrates on the 28th in years without."""
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
