"""Three tiers of the demo shop, as two years of orders have filled them, month by month."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

from django.db.models import Sum

from customers.demo_shop import Stage, stages
from customers.models import Order, Origin
from loyalty import ledger, programs, terms, tiers
from loyalty.bookings import Booking
from loyalty.models import Account, EarningRule, Entry, Program, Tier, TierPolicy

BACK_TO = 24  # months
TIERS = (
    (
        "Bronze",
        150,
        Tier.Colour.BRONZE,
        "1",
        "Einladung zu unseren Hausabenden.",
        "Invitations to our evenings at the shop.",
    ),
    (
        "Silber",
        400,
        Tier.Colour.SILVER,
        "1.25",
        "Versand geschenkt, Punkte mal 1,25.",
        "Free shipping, 1.25 times the points.",
    ),
    (
        "Gold",
        900,
        Tier.Colour.GOLD,
        "1.5",
        "Versand geschenkt, Punkte mal 1,5 und 48 Stunden früher im Schlussverkauf.",
        "Free shipping, 1.5 times the points, and 48 hours earlier to the sale.",
    ),
)


@stages.register
class Tiers(Stage):
    """`order`: after whoever gives the shop its points; where nobody has, this does."""

    key = "tiers"
    order = 85

    def build(self, random: Random, at: datetime) -> None:
        program = programs.active().first() or _program(at)
        if not Entry.objects.filter(program=program, counts_for_tier=True).exists():
            _book(program, at)
        TierPolicy.objects.get_or_create(program=program, defaults={"announce_days": 45})
        for name, threshold, colour, factor, german, english in TIERS:
            Tier.objects.create(
                program=program,
                name=name,
                threshold=threshold,
                colour=colour,
                earning_factor=factor,
                benefits={"de": german, "en": english},
            )
        accounts = list(
            Account.objects.filter(program=program, lifetime__gt=0)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        for month in _months(at, program.time_zone):
            for start in range(0, len(accounts), tiers.AT_ONCE):
                held = tiers.hold(accounts[start : start + tiers.AT_ONCE])
                tiers.evaluate(sorted(held), month, Origin.DEMO)
        tiers.announce(at, Origin.DEMO)


def _program(at: datetime) -> Program:
    program = Program.objects.create(key="lindenpunkte", name="Lindenpunkte")
    EarningRule.objects.create(
        program=program, key="rate", name="1 Punkt je Euro", params={"points": 1, "per": "1"}
    )
    EarningRule.objects.create(program=program, key="tier_factor", name="Mehr Punkte je Stufe", params={})
    terms.freeze(program, at)
    return program


def _months(at: datetime, zone: str) -> Iterator[datetime]:
    """The first of each month since BACK_TO of them, and `at`."""
    first = at.astimezone(ZoneInfo(zone)).replace(day=1, hour=0)
    for back in range(BACK_TO, -1, -1):
        year, month = divmod(first.year * 12 + first.month - 1 - back, 12)
        yield first.replace(year=year, month=month + 1)
    yield at


def _book(program: Program, at: datetime) -> None:
    """A point for each euro that a customer spent in a month, as of its last day."""
    moments = list(_months(at, program.time_zone))
    for since, until in pairwise(moments):
        spent = (
            Order.objects.filter(placed_at__gte=since, placed_at__lt=until, customer__merged_into=None)
            .exclude(customer=None)
            .values_list("customer")
            .annotate(amount=Sum("base_total"))
        )
        on = until - timedelta(seconds=1)
        rows = [
            Booking(
                customer,
                amount // 100,
                "demo",
                f"{since:%Y-%m-%d}/{customer}",
                counts_for_tier=True,
                available_from=on,
            )
            for customer, amount in spent.order_by("customer")
            if amount >= 100
        ]
        if rows:
            ledger.earn(program, rows, on, Origin.DEMO)
