"""Orders and refunds are recorded here, in lists, with everything they imply: customers, products, roll-up
rows, work rows and signals, all in one transaction.

Lines travel by COPY into a temporary table and are merged by set statements, a fixed number per call.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from customers import carts, dirty, order_merge, signals, stats
from customers.models import Customer, Order, Origin, Product, Shop

MOST_LINES = 10_000
# Of one line, in minor units of either currency. More than any shop sells, and so little that the sums of the largest
# orders fit into 64 bits with room to spare.
MOST_AMOUNT = 10**13


class Line(NamedTuple):
    """One order line as its source states it.

    `customer` is the number in the source, empty for an anonymous order; `country` ISO 3166-1 or empty;
    `unit_price` in major units, and so is `cost`, of one piece, None where it is not told; `position` orders the lines
    of a call and names them in the answer.
    """

    number: str
    refund: bool
    customer: str
    country: str
    store: str
    placed_at: datetime
    sku: str
    service: bool
    name: str
    quantity: int
    unit_price: Decimal
    refund_of: str
    position: int
    cost: Decimal | None = None


@dataclass(frozen=True)
class Terms:
    """What all lines of a call share. `rate` turns `currency` into the shop's, major unit for major unit;
    `language` is that of product names."""

    source: str
    currency: str
    rate: Decimal | None = None
    language: str = "en"


class Touched(NamedTuple):
    """An order that got lines in this call, or (`known`) was there before and was left as it is."""

    order_id: int
    created: bool
    known: bool
    refund: bool
    lines: int
    amount: int
    first_position: int
    last_position: int
    first_at: datetime
    last_at: datetime


@dataclass
class Recorded:
    """What came of a call: orders touched, positions refused with a reason, and what was decided how often."""

    orders: list[Touched] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def known_lines(self) -> int:
        return sum(order.lines for order in self.orders if order.known)


class RateMissing(Exception):
    """Orders in another currency than the shop's, and no exchange rate. `shop` and `currency` are ISO codes."""

    def __init__(self, shop: str, currency: str) -> None:
        super().__init__(f"{currency} to {shop}")
        self.shop = shop
        self.currency = currency


@transaction.atomic
def record(
    lines: Sequence[Line], terms: Terms, at: datetime, origin: Origin, joins: Collection[str] = ()
) -> Recorded:
    """Record lines, at most 10,000, of one source and currency.

    Lines with a new number make an order. Lines with a known number are left out and answered as known, unless
    the number is among `joins`: then they are appended to that order. Lines of one number may be anywhere in
    the call. A line whose customer is not that of its order is refused (`other_customer`), and so is one that comes to
    more than MOST_AMOUNT (`amount_size`, `cost_size`). Raises RateMissing.
    """
    if len(lines) > MOST_LINES:
        raise ValueError(f"{len(lines)} lines in one call")
    if not lines:
        return Recorded()
    settle_currency(terms.currency)
    currency_factor, base_factor = factors(terms, Shop.current().currency)
    largest = max(currency_factor, base_factor)
    outsized = {line.position: fault for line in lines if (fault := size_fault(line, largest))}
    lines = [line for line in lines if line.position not in outsized]
    with connection.cursor() as cursor:
        params: dict[str, Any] = {
            "source": terms.source,
            "currency": terms.currency,
            "language": terms.language,
            "origin": str(origin),
            "joins": list(joins),
            "factor": currency_factor,
            "base_factor": base_factor,
            "most": MOST_AMOUNT,
        }
        order_merge.take(cursor, lines, terms.source)
        known = _touched(cursor, order_merge.KNOWN, params)
        with_countries = any(line.country for line in lines)
        counts, people = _parties(cursor, params, with_countries, at, origin)
        recorded = Recorded(counts=counts)
        cursor.execute(order_merge.ORDERS_HEAD, params)
        cursor.execute(order_merge.ACCEPT, params)
        cursor.execute(order_merge.INSERT_ORDERS, params)
        cursor.execute(order_merge.EXTEND_ORDERS, params)
        cursor.execute(order_merge.LINK_REFUNDS)
        pairs = cursor.fetchall()
        linked = [row[0] for row in pairs]
        cursor.execute(order_merge.INSERT_LINES, params)
        if linked or joins or any(line.refund for line in lines):
            cursor.execute(order_merge.COST_REFUNDS, {"linked": linked, "most": MOST_AMOUNT})
        recorded.counts |= order_merge.notices(cursor, params)
        recorded.orders = known + _touched(cursor, order_merge.TOUCHED, params)
        cursor.execute(order_merge.REFUSED)
        recorded.refused = [*outsized.items(), *cursor.fetchall()]
        owners = {customer for _refund, customer in pairs if customer is not None}
        customers = sorted({*order_merge.customers(cursor), *owners})
    dirty.mark([*people, *customers], at, origin)
    _consequences(recorded, customers, linked, at, origin)
    return recorded


def size_fault(line: Line, factor: Decimal) -> str:
    """Which reason to refuse the line for more than MOST_AMOUNT, at the larger of its `factors`; "" for none."""
    if abs(line.quantity * line.unit_price) * factor > MOST_AMOUNT:
        return "amount_size"
    return "cost_size" if line.cost and abs(line.quantity * line.cost) * factor > MOST_AMOUNT else ""


def factors(terms: Terms, shop: str) -> tuple[Decimal, Decimal]:
    """What a price in major units is multiplied with to give minor units of its currency, and of the shop's."""
    factor = Decimal(10) ** get_currency_precision(terms.currency)
    if shop == terms.currency:
        return factor, factor
    if terms.rate is None:
        raise RateMissing(shop, terms.currency)
    return factor, terms.rate * Decimal(10) ** get_currency_precision(shop)


def settle_currency(currency: str) -> None:
    """The shop takes the currency of the first orders it is told of, and of nothing else."""
    if not Shop.current().currency:
        Shop.objects.filter(currency="").update(currency=currency)


def _parties(
    cursor: CursorWrapper, params: dict[str, Any], with_countries: bool, at: datetime, origin: Origin
) -> tuple[dict[str, int], list[int]]:
    """Make the customers and products that the lines name; counts, and the customers made or completed."""
    cursor.execute(order_merge.MAKE_CUSTOMERS, params)
    people = [row[0] for row in cursor.fetchall()]
    touched = list(people)
    if with_countries:
        cursor.execute(order_merge.FILL_COUNTRIES, params)
        touched += [row[0] for row in cursor.fetchall()]
    cursor.execute(order_merge.MAKE_PRODUCTS, params)
    made = [row[0] for row in cursor.fetchall()]
    cursor.execute(order_merge.NAME_PRODUCTS, params)
    if people:
        signals.people_changed.send(Customer, ids=people, at=at, origin=origin)
    if made:
        signals.products_changed.send(Product, ids=made, at=at, origin=origin)
    return {"customers_made": len(people), "products_made": len(made)}, touched


def _touched(cursor: CursorWrapper, statement: str, params: dict[str, Any]) -> list[Touched]:
    cursor.execute(statement, params)
    return [Touched(*row) for row in cursor.fetchall()]


def _consequences(
    recorded: Recorded, customers: list[int], linked: list[int], at: datetime, origin: Origin
) -> None:
    """Roll-up rows, work rows and signals. An order that got further lines, and a refund whose order has come
    (`linked`), are told of again, so that receivers reckon from the order as it stands and not from the signal."""
    changed = [order for order in recorded.orders if not order.known]
    if customers:
        stats.recount(customers)
    placed = [order.order_id for order in changed if not order.refund]
    carts.bought(placed, at)
    refunded = sorted({*linked, *(order.order_id for order in changed if order.refund)})
    if placed:
        signals.orders_placed.send(Order, ids=placed, at=at, origin=origin)
    for start in range(0, len(refunded), MOST_LINES):
        ids = refunded[start : start + MOST_LINES]
        signals.orders_refunded.send(Order, ids=ids, at=at, origin=origin)
