"""The ladder as people look at it: the rungs, how many stand on each, who moved this month and who falls soon."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db import connection
from django.db.models import Count
from django.utils.translation import gettext as _

from config import clocks, formats
from loyalty import tier_statements as statements
from loyalty.models import Account, Program, Tier, TierPeriod


@dataclass(frozen=True)
class Rung:
    """`tier` None: those who have earned points and have no tier. `entered` and `left` are of this month."""

    tier: Tier | None
    members: int
    entered: int = 0
    left: int = 0
    falling: int = 0

    @property
    def name(self) -> str:
        return self.tier.name if self.tier else _("No tier")

    @property
    def benefits(self) -> str:
        return self.tier.benefits_in(formats.language()) if self.tier else ""


def rungs(program: Program, at: datetime, falling: dict[int, int]) -> list[Rung]:
    """From the top down, those without a tier last. `falling` are the accounts that are about to fall."""
    members = _members(program)
    entered, left = _moves(program, month_start(program, at))
    falls = _falls(falling)
    tiers = Tier.objects.filter(program=program, active=True).select_related("coupon").order_by("-threshold")
    found = [
        Rung(t, members.get(t.pk, 0), entered.get(t.pk, 0), left.get(t.pk, 0), falls.get(t.pk, 0))
        for t in tiers
    ]
    earned = Account.objects.filter(program=program, closed_at=None, lifetime__gt=0).count()
    return [*found, Rung(None, max(earned - sum(rung.members for rung in found), 0))]


def month_start(program: Program, at: datetime) -> datetime:
    today = clocks.local_day(at, program.time_zone)
    return clocks.instant(datetime.combine(today.replace(day=1), time()), program.time_zone)


def _members(program: Program) -> dict[int | None, int]:
    rows = TierPeriod.objects.filter(current=True, tier__program=program, account__closed_at=None)
    return dict(rows.values_list("tier").annotate(count=Count("pk")))


def _moves(program: Program, since: datetime) -> tuple[dict[int | None, int], dict[int | None, int]]:
    """Accounts that came into a tier, and that left one, by tier; keeping it is neither."""
    entered: dict[int | None, int] = {}
    left: dict[int | None, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(statements.MOVES, {"program": program.pk, "since": since})
        for before, after, count in cursor.fetchall():
            entered[after] = entered.get(after, 0) + count
            left[before] = left.get(before, 0) + count
    return entered, left


def _falls(falling: dict[int, int]) -> dict[int | None, int]:
    rows = TierPeriod.objects.filter(current=True, account__in=list(falling))
    return dict(rows.values_list("tier").annotate(count=Count("pk")))
