"""Orders of somebody who said later who she is: by the same browser, or by the link in the mail after a receipt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from customers import carts, dirty, signals, stats
from customers.models import Order, Origin

LIVE_FOR = timedelta(hours=24)  # as in events: what is told later than this starts nothing
# What belongs to somebody stays hers.
CLAIM = """
    WITH claim AS (
        SELECT DISTINCT ON (source, number) * FROM unnest(%s::text[], %s::text[], %s::bigint[])
            AS claim (source, number, customer_id) ORDER BY source, number, customer_id
    ), free AS MATERIALIZED (
        SELECT o.id, claim.customer_id FROM claim
        JOIN customers_order AS named ON named.source = claim.source AND named.number = claim.number
            AND named.kind = 'order' AND named.customer_id IS NULL
        JOIN customers_order AS o ON (o.id = named.id OR o.refund_of_id = named.id) AND o.customer_id IS NULL
        ORDER BY o.id FOR UPDATE OF o
    )
    UPDATE customers_order AS o SET customer_id = free.customer_id FROM free WHERE o.id = free.id
    RETURNING o.id, o.customer_id, o.kind, o.placed_at
"""


class Claim(NamedTuple):
    """That the order with this number in the source is this customer's."""

    source: str
    number: str
    customer_id: int


@transaction.atomic
def claim(claims: Sequence[Claim], at: datetime) -> int:
    """Give these orders and their refunds to their buyers, where nobody has them; how many."""
    if not claims:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [list(column) for column in zip(*claims, strict=True)])
        rows = cursor.fetchall()
        if not rows:
            return 0
        people = sorted({customer_id for _pk, customer_id, *_more in rows})
        stats.recount(people)
        dirty.mark(people, at)
    carts.bought([pk for pk, _customer, kind, _at in rows if kind == Order.Kind.ORDER], at)
    _tell(rows, at)
    return len(rows)


def _tell(rows: Sequence[tuple[int, int, str, datetime]], at: datetime) -> None:
    kinds = ((Order.Kind.ORDER, signals.orders_placed), (Order.Kind.REFUND, signals.orders_refunded))
    for kind, signal in kinds:
        for late in (False, True):
            ids = [row[0] for row in rows if row[2] == kind and (row[3] < at - LIVE_FOR) is late]
            if ids:
                signal.send(Order, ids=ids, at=at, origin=Origin.IMPORT if late else Origin.LIVE)
