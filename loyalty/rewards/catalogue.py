"""What points are given for now, and what somebody can have next."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet

from config import clocks
from loyalty import ledger
from loyalty.coupons import giving
from loyalty.models import Program, Reward, RewardUse


class Next(NamedTuple):
    """The cheapest reward that she cannot afford yet, and how many points are missing."""

    reward: Reward
    missing: int


def given(program: Program, at: datetime) -> QuerySet[Reward]:
    today = clocks.local_day(at, program.time_zone)
    begun = Q(starts_on=None) | Q(starts_on__lte=today)
    works = Q(coupon=None) | giving.redeemable(at, "coupon__")
    lasting = Q(ends_on=None) | Q(ends_on__gte=today)
    return Reward.objects.filter(begun, lasting, works, program=program, active=True)


def next_of(program: Program, customer_ids: Collection[int], at: datetime) -> dict[int, Next]:
    """Of those who have one: what is gone, what she had as often as she may, and money off a basket are none."""
    left = Q(stock=None) | Q(used__lt=F("stock"))
    ladder = list(given(program, at).filter(left).exclude(kind=Reward.Kind.MONEY).order_by("points", "pk"))
    had = _had(customer_ids, ladder)
    found = {}
    for customer, standing in ledger.standing(program, customer_ids, at).items():
        free = max(standing.free, 0)
        above = (each for each in ladder if each.points > free and (customer, each.pk) not in had)
        if first := next(above, None):
            found[customer] = Next(first, first.points - free)
    return found


def _had(customer_ids: Collection[int], ladder: list[Reward]) -> set[tuple[int, int]]:
    """Who has had which reward as often as she may."""
    limited = [each.pk for each in ladder if each.per_customer_limit is not None]
    uses = RewardUse.objects.filter(customer__in=customer_ids, reward__in=limited)
    spent = uses.values("customer", "reward").annotate(times=Count("pk"))
    full = spent.filter(times__gte=F("reward__per_customer_limit"))
    return set(full.values_list("customer", "reward"))
