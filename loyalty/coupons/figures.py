"""What coupons have brought: redemptions and money over days, by store and by who redeemed."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Q, Sum

from loyalty.models import Coupon, CouponCode, Redemption

DAYS = 90


class Sums(NamedTuple):
    """Redemptions and minor units."""

    redeemed: int
    given: int
    reserved: int


def sums(coupon: Coupon) -> Sums:
    live = Redemption.objects.filter(coupon=coupon)
    row = live.aggregate(
        redeemed=Count("pk", filter=Q(state="redeemed")),
        given=Sum("amount", filter=Q(state="redeemed"), default=0),
        reserved=Count("pk", filter=Q(state="reserved")),
    )
    return Sums(**row)


class Day(NamedTuple):
    day: date
    redeemed: int
    given: int


def daily(coupon: Coupon, at: datetime) -> list[Day]:
    """Each local day of the last DAYS, also those without a redemption."""
    statement = """
        SELECT d.day::date, coalesce(r.redeemed, 0), coalesce(r.given, 0)::bigint
        FROM generate_series((%(at)s AT TIME ZONE %(zone)s)::date - %(days)s::int + 1,
                             (%(at)s AT TIME ZONE %(zone)s)::date, interval '1 day') AS d (day)
        LEFT JOIN (SELECT (at AT TIME ZONE %(zone)s)::date AS day, count(*) AS redeemed, sum(amount) AS given
                   FROM loyalty_redemption
                   WHERE coupon_id = %(coupon)s AND state = 'redeemed' AND at > %(since)s GROUP BY 1) r
            ON r.day = d.day::date ORDER BY 1
    """
    since = at - timedelta(days=DAYS + 1)
    params: dict[str, Any] = {
        "at": at,
        "zone": coupon.time_zone,
        "days": DAYS,
        "coupon": coupon.pk,
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [Day(*row) for row in cursor.fetchall()]


def weekly(values: list[int]) -> list[int]:
    """Sums of seven days each, the last whole weeks, for spark lines."""
    rest = len(values) % 7
    return [sum(values[start : start + 7]) for start in range(rest, len(values), 7)]


class Part(NamedTuple):
    label: str
    redeemed: int
    given: int


def by_store(coupon: Coupon) -> list[Part]:
    return _parts(coupon, "store__name")


def by_source(coupon: Coupon) -> list[Part]:
    """By who redeemed: the till, the shop, the app, as they sign in."""
    return _parts(coupon, "source")


def _parts(coupon: Coupon, field: str) -> list[Part]:
    rows = (
        Redemption.objects.filter(coupon=coupon, state="redeemed")
        .values_list(field)
        .annotate(redeemed=Count("pk"), given=Sum("amount"))
        .order_by("-given")[:12]
    )
    return [Part(label or "", redeemed, given) for label, redeemed, given in rows]


def codes(coupon: Coupon) -> dict[str, int]:
    """How many codes there are, by state."""
    rows = (
        CouponCode.objects.filter(coupon=coupon).values_list("state").annotate(count=Count("pk")).order_by()
    )
    return dict(rows)
