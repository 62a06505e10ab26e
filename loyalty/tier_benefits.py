"""Codes for those who have reached a tier: due with the row that says so, handed out by a tick.

So reaching a tier never waits for a pool of codes, and whoever finds it empty gets hers when it is filled.
"""

from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from loyalty.coupons import giving, issuing
from loyalty.models import CouponCode, Tier, TierPeriod

AT_ONCE = 1000


def hand_out(at: datetime) -> int:
    """Give the codes that are due, as far as the pools reach and they can be redeemed; how many."""
    given = 0
    due = TierPeriod.objects.filter(coupon_due=True).values("tier")
    works = giving.redeemable(at, "coupon__")
    for tier in Tier.objects.filter(works, pk__in=due).select_related("coupon", "program"):
        with suppress(issuing.PoolEmpty):  # somebody was quicker: the next tick looks again
            while some := _hand_out_some(tier, at):
                given += some
    return given


@transaction.atomic
def _hand_out_some(tier: Tier, at: datetime) -> int:
    """At most once per tier and year, however often she falls and rises; none for whose days are over already."""
    if tier.coupon is None:
        return 0
    free = CouponCode.objects.filter(coupon=tier.coupon, state=CouponCode.State.FREE)[:AT_ONCE].count()
    rows = list(
        TierPeriod.objects.filter(tier=tier, coupon_due=True)
        .select_for_update(of=["self"], skip_locked=True)
        .select_related("account__customer")
        .order_by("pk")[:free]
    )
    zone = ZoneInfo(tier.program.time_zone)
    by_year: dict[int, set[int]] = {}
    for row in rows:
        person = row.account.customer.merged_into_id or row.account.customer_id
        by_year.setdefault(row.valid_from.astimezone(zone).year, set()).add(person)
    for year, people in by_year.items():
        issuing.issue(tier.coupon, people, f"tier-{tier.pk}-{year}", at)
    return TierPeriod.objects.filter(pk__in=[row.pk for row in rows]).update(coupon_due=False)
