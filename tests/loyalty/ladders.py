"""Ladders of tiers and points that count, for the tests of tiers."""

from datetime import UTC, datetime
from typing import Any

from loyalty import ledger, tiers
from loyalty.bookings import Booking
from loyalty.models import Account, Program, Tier, TierPeriod, TierPolicy
from tests.loyalty import points

MAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
NEW_YEAR_27 = datetime(2026, 12, 31, 23, tzinfo=UTC)  # midnight in Berlin
NEW_YEAR_28 = datetime(2027, 12, 31, 23, tzinfo=UTC)
NEW_YEAR_29 = datetime(2028, 12, 31, 23, tzinfo=UTC)


def ladder(period: str = "calendar_year", fall: str = "one_step", months: int = 12, **steps: int) -> Program:
    """A programme with Silver (100), Gold (500) and Platinum (1000), or with `steps` of one's own."""
    programme = points.program()
    TierPolicy.objects.create(program=programme, period=period, months=months, fall=fall)
    for name, threshold in (steps or {"Silver": 100, "Gold": 500, "Platinum": 1000}).items():
        Tier.objects.create(
            program=programme,
            name=name,
            threshold=threshold,
            benefits={"de": f"{name} de", "en": f"{name} en"},
        )
    return programme


def collect(programme: Program, customer_id: int, count: int, reference: str, at: datetime = MAY) -> None:
    """Points that count for the tier, and the look at it that follows."""
    book(programme, customer_id, count, reference, at)
    tiers.sweep(at)


def book(programme: Program, customer_id: int, count: int, reference: str, at: datetime = MAY) -> int:
    row = Booking(customer_id, count, "test", reference, counts_for_tier=True, available_from=at)
    return ledger.earn(programme, [row], at)[0].entry_id or 0


def tier_of(programme: Program, customer_id: int) -> str | None:
    row = current(programme, customer_id)
    return row.tier.name if row and row.tier else None


def current(programme: Program, customer_id: int) -> TierPeriod | None:
    return TierPeriod.objects.filter(
        account__program=programme, account__customer=customer_id, current=True
    ).first()


def history(programme: Program, customer_id: int) -> list[tuple[Any, str]]:
    account = Account.objects.get(program=programme, customer=customer_id)
    rows = TierPeriod.objects.filter(account=account).order_by("valid_from").select_related("tier")
    return [(row.tier.name if row.tier else None, row.reached) for row in rows]
