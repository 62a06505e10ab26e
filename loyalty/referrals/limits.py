"""How many rewards were given, by whom they count. What was taken back does not count any more."""

from collections.abc import Collection
from datetime import date as day
from datetime import datetime, time
from typing import NamedTuple

from django.db.models import Count

from config import clocks
from loyalty.models import Program, Referral

GIVEN = (Referral.State.REWARDED, Referral.State.RETURNED)


class Taken(NamedTuple):
    """`by_referrer`: of one year; `in_all`: of all years."""

    by_referrer: dict[int, int]
    in_all: int


def taken(program: Program, referrers: Collection[int], year: int) -> Taken:
    """In two statements. The year is that of the programme's clock."""
    given = Referral.objects.filter(terms__program=program, state__in=GIVEN)
    first, last = _first(year, program.time_zone), _first(year + 1, program.time_zone)
    lately = given.filter(referrer__in=set(referrers), rewarded_at__gte=first, rewarded_at__lt=last)
    return Taken(dict(lately.values_list("referrer_id").annotate(Count("pk"))), given.count())


def _first(year: int, zone: str) -> datetime:
    return clocks.instant(datetime.combine(day(year, 1, 1), time()), zone)
