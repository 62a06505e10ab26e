"""Two years of points: earned by the demo shop's orders, spent, ended, corrected."""

from datetime import datetime, timedelta
from itertools import groupby
from random import Random

from customers.demo_shop import Stage, stages
from customers.models import Category, Customer, Order, Origin, User
from loyalty import birthdays, corrections, earning, ledger, terms
from loyalty.bookings import Booking
from loyalty.corrections import Correction
from loyalty.models import EarningRule, Program, Terms

WEEK = timedelta(days=7)
SECOND_VERSION_AGO = timedelta(days=150)
ASKED = 350  # customers a month, of whom those spend who have enough
LEAST = 100
COLLEAGUE = "jana.vogt@linden.example"


def programme() -> Program:
    made = Program.objects.create(
        key="points", name="Linden-Punkte", ready_after_days=14, expiry_months=12, worth_of_100=100
    )
    _rule(made, "rate", "1 Punkt je Euro", points=1, per="1")
    _rule(made, "birthday", "Geburtstag", points=100)
    return made


def _rule(program: Program, key: str, name: str, **params: object) -> EarningRule:
    return EarningRule.objects.create(program=program, key=key, name=name, params=params)


def more_rules(program: Program) -> None:
    category = Category.objects.order_by("path").first()
    if category:
        name = f"Doppelte Punkte: {category.path.split('/')[0]}"
        _rule(program, "category_factor", name, categories=[category.path.split("/")[0]], times="2")
    _rule(program, "most_per_order", "Deckel je Einkauf", points=500)


class Life:
    """Week by week: what was bought earns, what has ended is swept, and once a month some people spend."""

    def __init__(self, program: Program, random: Random) -> None:
        self.program, self.random = program, random
        self.people = list(
            Customer.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)
        )

    def run(self, at: datetime) -> None:
        orders = Order.objects.filter(kind=Order.Kind.ORDER, customer__isnull=False, placed_at__lt=at)
        rows = orders.order_by("placed_at", "pk").values_list("placed_at", "pk")
        month = None
        for since, week in groupby(rows, key=lambda row: at - WEEK * ((at - row[0]) // WEEK)):
            self._publish(since, at)
            earning.settle([pk for _placed_at, pk in week], since, Origin.DEMO, anyway=True)
            if month not in (None, since.month):
                ledger.expire(since)
                self._spend(since)
            month = since.month

    def _publish(self, now: datetime, at: datetime) -> None:
        version = Terms.objects.filter(program=self.program).count()
        if version == 0:
            terms.freeze(self.program, now)
        elif version == 1 and now >= at - SECOND_VERSION_AGO:
            more_rules(self.program)
            terms.freeze(self.program, now)

    def _spend(self, at: datetime) -> None:
        asked = sorted(self.random.sample(self.people, min(ASKED, len(self.people))))
        free = ledger.standing(self.program, asked, at)
        rows = [
            Booking(pk, free[pk].free // LEAST * LEAST, "shop", f"reward {pk} {at:%Y-%m-%d}")
            for pk in asked
            if free[pk].free >= LEAST
        ]
        if rows:
            ledger.spend(self.program, rows, at, Origin.DEMO)


def correct(program: Program, random: Random, at: datetime) -> None:
    """Three small ones, and one that waits for whoever tries the demo shop."""
    colleague, _new = User.objects.get_or_create(email=COLLEAGUE, defaults={"is_active": False})
    people = list(Customer.objects.filter(merged_into=None).order_by("pk").values_list("pk", flat=True)[:40])
    wishes = [
        (30, "Paket kam zu spät"),
        (50, "Einkauf an der Kasse nicht gezählt"),
        (-20, "Doppelt gezählt"),
        (1200, "Umzug vom alten Kundenclub"),
    ]
    for number, (points, reason) in enumerate(wishes if people else []):
        wish = Correction(random.choice(people), points, reason, ("demo", f"correction {number}"))
        corrections.adjust(program, wish, colleague, at - timedelta(days=9 - 2 * number))


@stages.register
class Points(Stage):
    key = "points"
    order = 45
    asks_much = True

    def build(self, random: Random, at: datetime) -> None:
        if Program.objects.exists():
            return
        program = programme()
        Life(program, random).run(at)
        if not Terms.objects.filter(program=program).exists():
            terms.freeze(program, at)
        ledger.expire(at)
        birthdays.give(at)
        correct(program, random, at)
