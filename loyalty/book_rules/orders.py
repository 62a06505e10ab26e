"""What orders have earned is what they earn by the terms of their first booking (number 4 of loyalty.md).

Only the rules' own plug-ins can say what that is, so it is reckoned anew in Python, and of a part of all orders: those
that changed last, and others in turn.
"""

from collections.abc import Iterator

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from customers.models import OrderLine
from loyalty import earning, terms
from loyalty.book_rules.base import Recomputed, Row
from loyalty.earning import OrderToReckon
from loyalty.models import Program

NEWEST, IN_TURN, AT_ONCE = 2000, 2000, 1000
# The number of parts is a power of two, so that it seldom changes and none is left out when it does.
CHOSEN = f"""
    WITH top AS MATERIALIZED (
        SELECT coalesce(max(order_id), 0) AS id FROM loyalty_entry WHERE order_id IS NOT NULL
    ), part AS MATERIALIZED (
        SELECT %(night)s::bigint %% power(2, ceil(log(2, id / {IN_TURN} + 1)))::bigint AS number FROM top
    ), newest AS (
        SELECT coalesce(o.refund_of_id, o.id) AS id
        FROM (SELECT id, refund_of_id FROM customers_order ORDER BY id DESC LIMIT {NEWEST}) AS o
    )
    SELECT id FROM newest WHERE EXISTS (SELECT FROM loyalty_entry e WHERE e.order_id = newest.id)
    UNION
    SELECT e.order_id FROM loyalty_entry e
    WHERE e.order_id > (SELECT number * {IN_TURN} FROM part)
      AND e.order_id <= (SELECT (number + 1) * {IN_TURN} FROM part)
"""  # noqa: S608  (numbers of our own)


def diverging(order_ids: list[int]) -> list[Row]:
    """Those of these orders whose points are not what they earn. One that is being recorded at this moment is looked at
    again."""
    if not order_ids:
        return []
    every = list(Program.objects.order_by("pk"))
    again = {row[1] for program in every for row in _of(program, order_ids)}
    return [row for program in every for row in _of(program, sorted(again))]


def _of(program: Program, order_ids: list[int]) -> Iterator[Row]:
    minor = earning.unit()
    for start in range(0, len(order_ids), AT_ONCE):
        orders = earning.as_they_stand(program, order_ids[start : start + AT_ONCE])
        wrong = [each for order in orders if (each := _wrong(order, minor, program.active))]
        told = _changed_since({order.id: order for order, _row in wrong})
        yield from (row for order, row in wrong if order.id not in told)


def _wrong(order: OrderToReckon, minor: int, gives: bool) -> tuple[OrderToReckon, Row] | None:
    """A programme that does not give at present owes nobody more."""
    if not order.booked or order.booked[0].terms_id is None:
        return None
    frozen = terms.load(order.booked[0].terms_id)
    due, there = earning.target(order, frozen, minor), sum(entry.points for entry in order.booked)
    return None if due == there or (due > there and not gives) else (order, ("order", order.id, due, there))


def _changed_since(orders: dict[int, OrderToReckon]) -> set[int]:
    """Orders of which an article was changed since they were reckoned last: its kind, brand or category, which
    decide what earns points, may have been others then."""
    lines = OrderLine.objects.filter(order__in=list(orders)).values("order")
    changed = lines.annotate(at=Max("product__updated_at")).values_list("order", "at")
    return {pk for pk, at in changed if at > max(entry.recorded_at for entry in orders[pk].booked)}


ORDERS = [
    Recomputed(
        "order_points",
        _("Each order has earned what the rules of its day make of what is left of it"),
        CHOSEN,
        _("each night of the 2,000 orders that came or changed last, and of 2,000 others in turn"),
        diverging=diverging,
    ),
]
