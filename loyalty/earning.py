"""What orders earn, as they stand after all their refunds.

An order's points are always reckoned from the order and all its refunds, by the terms under which it first earned, and
the difference to what is booked is booked. So refunds in parts come to the same as one, in whichever order they are
heard of, and a rule that was changed or deleted meanwhile does not matter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from babel.numbers import get_currency_precision
from django.db import connection, transaction
from django.db.models.functions import Coalesce

from config import clocks
from customers.models import Order, Origin, Shop
from loyalty import corrections, ledger, terms, tiers
from loyalty.bookings import Booking
from loyalty.earning_rules.base import Line, Purchase
from loyalty.models import Entry, Program
from loyalty.terms import Frozen

ORDER = "order"

# Whole orders that a call is about, also by their refunds. Live ones earn; imported ones if the import that is running
# says so; whatever has earned is reckoned again.
ORDERS = """
    SELECT DISTINCT o.id, coalesce(c.merged_into_id, c.id), o.store_id, coalesce(s.number, ''), o.placed_at, o.total,
        o.base_total, o.currency, o.recorded_at
    FROM customers_order asked
    JOIN customers_order o ON o.id = coalesce(asked.refund_of_id, asked.id) AND o.kind = 'order'
    JOIN customers_customer c ON c.id = o.customer_id
    LEFT JOIN customers_store s ON s.id = o.store_id
    WHERE asked.id = ANY(%(orders)s) AND (
        %(anyway)s OR o.origin = 'live'
        OR EXISTS (SELECT FROM customers_importjob j WHERE j.source = o.source AND j.state = 'running'
                   AND j.options @> '{"earn_points": true}')
        OR EXISTS (SELECT FROM loyalty_entry e WHERE e.order_id = o.id AND e.source = 'order'))
    ORDER BY o.id
"""
# What is left of each article. A refund in another currency is taken at the value of the day it was recorded.
LINES = """
    SELECT o.id, p.sku, p.kind = 'merchandise', coalesce(c.path, ''), p.brand,
        coalesce(sum(l.amount) FILTER (WHERE part.currency = o.currency), 0)::bigint,
        coalesce(sum(l.amount * part.base_total::numeric / nullif(part.total, 0))
                 FILTER (WHERE part.currency <> o.currency), 0)::bigint
    FROM customers_order o JOIN customers_order part ON part.id = o.id OR part.refund_of_id = o.id
    JOIN customers_orderline l ON l.order_id = part.id JOIN customers_product p ON p.id = l.product_id
    LEFT JOIN customers_category c ON c.id = p.category_id
    WHERE o.id = ANY(%(orders)s) GROUP BY o.id, p.id, c.path ORDER BY o.id, p.sku
"""


@dataclass
class OrderToReckon:
    """An order, what is left of its lines, and its bookings."""

    id: int
    customer_id: int
    store_id: int | None
    store: str
    placed_at: datetime
    total: int
    base_total: int
    currency: str
    recorded_at: datetime
    lines: list[tuple[str, bool, str, str, Fraction]] = field(default_factory=list)
    booked: list[Entry] = field(default_factory=list)
    tier_factor: Decimal | None = None

    def purchase(self, zone: str, unit: int) -> Purchase:
        """Discounts, and refunds of no article that was bought, lower all lines alike."""
        gains = [line for line in self.lines if line[1] and line[4] > 0]
        losses = sum((amount for *_rest, amount in self.lines if amount < 0), Fraction(0))
        whole = sum((line[4] for line in gains), Fraction(0))
        share = max(Fraction(0), (whole + losses) / whole) if whole else Fraction(0)
        lines = tuple(
            Line(sku, category, amount * share, brand) for sku, _goods, category, brand, amount in gains
        )
        on = clocks.local_day(self.placed_at, zone)
        return Purchase(lines, on, self.store, unit, Fraction(self.tier_factor or 1))

    @property
    def rate(self) -> Fraction:
        return Fraction(self.base_total, self.total) if self.total else Fraction(1)


def settle(
    order_ids: Collection[int], at: datetime, origin: Origin = Origin.LIVE, *, anyway: bool = False
) -> int:
    """Bring the points of these orders, or of the orders that these refunds are of, up to date; how many bookings.

    `anyway`: whichever way the orders came in.
    """
    concerned = _concerned(order_ids)
    return sum(_settle(program, theirs, at, origin, anyway) for program, theirs in concerned)


def _concerned(order_ids: Collection[int]) -> Iterator[tuple[Program, Collection[int]]]:
    """A programme in a pause gives nothing, but takes back what it has given for orders that come back."""
    for program in Program.objects.order_by("pk"):
        theirs = order_ids if program.active else _booked(program, order_ids)
        if theirs:
            yield program, theirs


def _booked(program: Program, order_ids: Collection[int]) -> list[int]:
    asked = Order.objects.filter(pk__in=order_ids).annotate(whole=Coalesce("refund_of_id", "pk"))
    booked = Entry.objects.filter(program=program, source=ORDER, order__in=asked.values("whole"))
    return list(booked.values_list("order", flat=True).distinct())


@transaction.atomic
def _settle(
    program: Program, order_ids: Collection[int], at: datetime, origin: Origin, anyway: bool = False
) -> int:
    versions = terms.versions(program)
    asked = _orders(order_ids, anyway)
    if not versions or not asked:
        return 0
    ledger.hold_accounts(program, {order.customer_id for order in asked})
    orders = _orders([order.id for order in asked], anyway)  # as they stand now that nobody else reckons them
    fill(program, orders)
    gains: list[Booking] = []
    losses: list[Booking] = []
    minor = unit()
    for order in orders:
        frozen = _terms(order, versions, told=order.id in order_ids)
        if frozen is None:
            continue
        missing = target(order, frozen, minor) - sum(entry.points for entry in order.booked)
        if missing > 0 and program.active:
            gains.append(_gain(order, frozen, missing, minor))
        elif missing < 0:
            losses += _losses(order, -missing)
    if gains:
        ledger.earn(program, gains, at, origin)
    if losses:
        corrections.refund(program, losses, at, origin)
    return len(gains) + len(losses)


def _terms(order: OrderToReckon, versions: list[tuple[datetime, int]], *, told: bool) -> Frozen | None:
    """Those of its first booking. What has none earns if it is `told` of itself, not by its refund, and by the terms of
    when it was recorded; else what came before the programme or in a pause of it would earn by being given back."""
    if order.booked:
        return terms.load(order.booked[0].terms_id or versions[-1][1])
    theirs = [pk for at, pk in versions if at <= order.recorded_at] if told else []
    return terms.load(theirs[-1]) if theirs else None


def order_as_it_stands(program: Program, order_id: int) -> OrderToReckon | None:
    """An order with what is left of its lines and what it has earned, for a look."""
    found = as_they_stand(program, [order_id])
    return found[0] if found else None


def as_they_stand(program: Program, order_ids: Collection[int]) -> list[OrderToReckon]:
    """The same of many, in a fixed number of statements."""
    found = _orders(order_ids, anyway=True)
    fill(program, found)
    return found


def unit() -> int:
    """How many minor units are one of the shop's currency."""
    return int(10 ** get_currency_precision(Shop.current().currency or "EUR"))


def target(order: OrderToReckon, frozen: Frozen, unit: int) -> int:
    return frozen.points(order.purchase(frozen.zone, unit))


def _orders(order_ids: Collection[int], anyway: bool) -> list[OrderToReckon]:
    with connection.cursor() as cursor:
        cursor.execute(ORDERS, {"orders": list(order_ids), "anyway": anyway})
        return [OrderToReckon(*row) for row in cursor.fetchall()]


def fill(program: Program, orders: list[OrderToReckon]) -> None:
    """Each order's lines, what it has earned so far, and the factor of the tier she had when it first earned."""
    by_id = {order.id: order for order in orders}
    with connection.cursor() as cursor:
        cursor.execute(LINES, {"orders": list(by_id)})
        for pk, sku, goods, category, brand, amount, base in cursor.fetchall():
            order = by_id[pk]
            order.lines.append((sku, goods, category, brand, amount * order.rate + base))
    booked = Entry.objects.filter(program=program, order__in=list(by_id), source=ORDER).order_by("pk")
    for entry in booked:
        by_id[entry.order_id or 0].booked.append(entry)
    factors = tiers.factors(program, {order.customer_id for order in orders})
    for order in orders:
        order.tier_factor = order.booked[0].tier_factor if order.booked else factors.get(order.customer_id)


def _gain(order: OrderToReckon, frozen: Frozen, points: int, unit: int) -> Booking:
    purchase = order.purchase(frozen.zone, unit)
    available_from, expires_at = frozen.window(purchase.on)
    return Booking(
        order.customer_id,
        points,
        ORDER,
        f"{order.id}/{len(order.booked)}",
        order_id=order.id,
        store_id=order.store_id,
        terms_id=frozen.id,
        basis=int(sum((line.amount for line in purchase.lines), Fraction(0))),
        tier_factor=str(order.tier_factor) if order.tier_factor else None,
        counts_for_tier=True,
        available_from=available_from,
        expires_at=expires_at,
    )


def _losses(order: OrderToReckon, points: int) -> list[Booking]:
    """From the newest grant backwards, each as far as it goes."""
    rows: list[Booking] = []
    for entry, left in _left(order):
        part = min(points, left)
        if part:
            reference = f"{order.id}/{len(order.booked) + len(rows)}"
            rows.append(
                Booking(order.customer_id, part, ORDER, reference, order_id=order.id, reverses_id=entry.pk)
            )
            points -= part
    return rows


def _left(order: OrderToReckon) -> list[tuple[Entry, int]]:
    taken: dict[int | None, int] = defaultdict(int)
    for entry in order.booked:
        if entry.kind == Entry.Kind.REVERSE:
            taken[entry.reverses_id] -= entry.points
    earned = [entry for entry in order.booked if entry.kind == Entry.Kind.EARN]
    return [(entry, entry.points - taken[entry.pk]) for entry in reversed(earned)]
