"""What refunds come to that do not say it themselves: of the rest of an order, of a sum that is its whole total, of
products without a price. Each is reckoned from the order and all its refunds as they stand, whichever came first.

Such a refund is an order like others. What it lacks or has too much is appended to its lines.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import get_currency_precision
from django.db import connection

from customers import orders
from customers.models import Order, Origin, Shop

# Service articles: of a refund that says only how much, and the mark of one that gives back whatever is left.
AMOUNT = "refund"
REST = "refund-rest"
MOST_PIECES = 2**31 - 1  # of one line

# What comes to nothing yet is in the currency of its order, whatever the message took for granted.
ALIGN = """
    UPDATE customers_order AS r SET currency = o.currency FROM customers_order AS o
    WHERE (r.id = ANY(%s) OR o.id = ANY(%s)) AND r.refund_of_id = o.id AND r.currency <> o.currency AND r.total = 0
"""
# Of a refund in another currency nothing can be reckoned.
CONTENT = """
    WITH original AS MATERIALIZED (
        SELECT id, currency FROM customers_order WHERE id IN (
            SELECT coalesce(o.refund_of_id, o.id) FROM customers_order AS o
            WHERE o.id = ANY(%s) AND (o.refund_of_id IS NOT NULL
                  OR EXISTS (SELECT 1 FROM customers_order AS r WHERE r.refund_of_id = o.id))
        )
    )
    SELECT original.id, o.id, o.number, p.sku, sum(l.quantity)::bigint, sum(l.amount)::bigint
    FROM original JOIN customers_order AS o ON o.currency = original.currency
        AND (o.id = original.id OR o.refund_of_id = original.id)
    JOIN customers_orderline AS l ON l.order_id = o.id JOIN customers_product AS p ON p.id = l.product_id
    GROUP BY original.id, o.id, o.number, p.sku ORDER BY original.id, o.number, p.sku
"""


EARLIER = """
    UPDATE customers_order AS o SET placed_at = told.at FROM unnest(%s::text[], %s::timestamptz[]) AS told (number, at)
    WHERE o.source = %s AND o.number = told.number AND told.at < o.placed_at
"""


class Part(NamedTuple):
    """How many pieces of an article, for how much in minor units; below zero in a refund."""

    pieces: int
    amount: int


Content = dict[str, Part]  # by article number
NOTHING = Part(0, 0)
NEVER = datetime(
    9999, 1, 1, tzinfo=UTC
)  # an order's time is that of its earliest line: ours changes it for none


def settle(order_ids: Collection[int], at: datetime, origin: Origin) -> None:
    """Complete the refunds of these orders, and these refunds."""
    with connection.cursor() as cursor:
        cursor.execute(ALIGN, [list(order_ids), list(order_ids)])
        cursor.execute(CONTENT, [list(order_ids)])
        rows = cursor.fetchall()
    if not rows:
        return
    bought: dict[int, Content] = defaultdict(dict)
    refunded: dict[int, dict[str, Content]] = defaultdict(lambda: defaultdict(dict))
    for original, order_id, number, sku, pieces, amount in rows:
        content = bought[original] if order_id == original else refunded[original][number]
        content[sku] = Part(pieces, amount)
    wanted = {pk: _targets(bought[pk], refunds) for pk, refunds in refunded.items()}
    changes = {
        pk: {number: _difference(target, refunded[pk][number]) for number, target in targets.items()}
        for pk, targets in wanted.items()
    }
    _append({pk: found for pk, found in changes.items() if any(found.values())}, at, origin)


def date(source: str, times: Mapping[str, datetime]) -> None:
    """The rest of an order may be given back by several messages: the earliest is when."""
    if times:
        with connection.cursor() as cursor:
            cursor.execute(EARLIER, [list(times), list(times.values()), source])


def _targets(bought: Content, refunds: dict[str, Content]) -> dict[str, Content]:
    """What each refund of an order should contain."""
    found = {number: _stated(bought, refund) for number, refund in refunds.items() if REST not in refund}
    left: dict[str, Part] = {sku: Part(-part.pieces, -part.amount) for sku, part in bought.items()}
    for content in found.values():
        for sku, part in content.items():
            there = left.get(sku, NOTHING)
            left[sku] = Part(there.pieces - part.pieces, there.amount - part.amount)
    rests = sorted(number for number, refund in refunds.items() if REST in refund)
    # Whatever is left can be given back once.
    return found | {number: left if number == rests[0] else {} for number in rests}


def _stated(bought: Content, refund: Content) -> Content:
    total = sum(part.amount for part in bought.values())
    if total and set(refund) == {AMOUNT} and refund[AMOUNT].amount == -total:
        return {sku: Part(-part.pieces, -part.amount) for sku, part in bought.items()}
    return {sku: _priced(part, bought.get(sku, NOTHING)) for sku, part in refund.items()}


def _priced(part: Part, bought: Part) -> Part:
    """Pieces given back without a price, at the price they were bought at."""
    if part.amount or part.pieces >= 0 or bought.pieces <= 0:
        return part
    return Part(part.pieces, round(Decimal(part.pieces * bought.amount) / bought.pieces))


def _difference(target: Content, there: Content) -> Content:
    found = {}
    for sku in sorted({*target, *there} - {REST}):
        wanted, kept = target.get(sku, NOTHING), there.get(sku, NOTHING)
        if wanted != kept:
            found[sku] = Part(wanted.pieces - kept.pieces, wanted.amount - kept.amount)
    return found


def _append(changes: dict[int, dict[str, Content]], at: datetime, origin: Origin) -> None:
    shop = Shop.current().currency
    calls: dict[orders.Terms, list[tuple[str, Content]]] = defaultdict(list)
    for original in Order.objects.filter(pk__in=changes):
        terms = orders.Terms(original.source, original.currency, _rate(original, shop))
        calls[terms] += changes[original.pk].items()
    for terms, refunds in calls.items():
        factor = Decimal(10) ** get_currency_precision(terms.currency)
        lines: list[orders.Line] = []
        for number, content in refunds:
            lines += _lines(number, content, factor, len(lines))
        for start in range(0, len(lines), orders.MOST_LINES):
            part = lines[start : start + orders.MOST_LINES]
            orders.record(part, terms, at, origin, joins={line.number for line in part})


def _rate(original: Order, shop: str) -> Decimal | None:
    """The rate of the day the order was recorded; of one that came to nothing none is left, nor needed."""
    if original.currency == shop:
        return None
    if not original.total:
        return Decimal(1)
    places = get_currency_precision(original.currency) - get_currency_precision(shop)
    return Decimal(original.base_total) / original.total * Decimal(10) ** places


def _lines(number: str, content: Content, factor: Decimal, position: int) -> Iterator[orders.Line]:
    for sku, part in content.items():
        if part.pieces:
            price = Decimal(part.amount) / part.pieces / factor
            priced = [(pieces, price) for pieces in _portions(part.pieces)]
        else:
            priced = [(1, Decimal(part.amount) / factor), (-1, Decimal(0))]
        for pieces, price in priced:
            position += 1
            yield orders.Line(
                number, True, "", "", "", NEVER, sku, sku == AMOUNT, "", pieces, price, "", position
            )


def _portions(pieces: int) -> Iterator[int]:
    """As many as a line holds in each."""
    while pieces:
        portion = max(-MOST_PIECES, min(MOST_PIECES, pieces))
        yield portion
        pieces -= portion
