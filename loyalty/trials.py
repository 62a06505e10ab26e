"""What a basket or an order would earn, and why: asked of the same function that books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils import timezone

from config import clocks
from config.pages import paging
from customers.models import Order, Product
from loyalty import earning, programs, terms
from loyalty.earning_rules.base import Line, Purchase
from loyalty.models import Program, Terms
from loyalty.terms import Frozen, Reckoning


class NoOrder(Exception):
    """There is no order with this number."""


@dataclass(frozen=True)
class Reason:
    """A line of the basket: minor units, points before rounding, and the rules in words."""

    article: str
    amount: int
    points: float
    rules: list[str]


@dataclass(frozen=True)
class Trial:
    """`booked` is what the order has earned so far, by `version`; None for a basket."""

    title: str
    on: date
    lines: list[Reason]
    reckoning: Reckoning
    order: Order | None = None
    booked: int | None = None
    version: int | None = None


def look(program: Program, asked: dict[str, Any], basket: Sequence[tuple[Product | None, int]]) -> Trial:
    """By the rules as they are edited now. Raises NoOrder, and ValidationError for rules that cannot be frozen."""
    frozen = terms.draft(program)
    if asked["order"]:
        return _of_order(program, frozen, asked["order"])
    on = asked["on"] or clocks.local_day(timezone.now(), program.time_zone)
    lines = tuple(_line(product, amount) for product, amount in basket)
    purchase = Purchase(lines, on, asked["store"].number if asked["store"] else "", earning.unit())
    return Trial("", on, _reasons(frozen.reckon(purchase)), frozen.reckon(purchase))


def _line(product: Product | None, amount: int) -> Line:
    category = product.category.path if product and product.category else ""
    return Line(product.sku if product else "–", category, Fraction(amount), product.brand if product else "")


def _of_order(program: Program, frozen: Frozen, number: str) -> Trial:
    orders = Order.objects.filter(
        kind=Order.Kind.ORDER,
        source__in=paging.distinct(Order, "source"),
        number__in={number, number.upper(), number.lower()},
    )
    order = orders.order_by("-placed_at").first()
    found = earning.order_as_it_stands(program, order.pk) if order else None
    if order is None or found is None:
        raise NoOrder
    purchase = found.purchase(frozen.zone, earning.unit())
    reckoning = frozen.reckon(purchase)
    version = None
    if found.booked and found.booked[0].terms_id:
        version = Terms.objects.get(pk=found.booked[0].terms_id).version
    booked = sum(entry.points for entry in found.booked)
    return Trial(order.number, purchase.on, _reasons(reckoning), reckoning, order, booked, version)


def _reasons(reckoning: Reckoning) -> list[Reason]:
    return [
        Reason(
            each.line.sku,
            int(each.line.amount),
            float(each.points),
            [programs.words(rule) for rule in each.rules],
        )
        for each in reckoning.lines
    ]
