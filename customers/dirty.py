"""Work rows that say whose facts have changed, so that segments look at these people again.

Plain inserts in the transaction of the fact: an insert that gives way to a row that is there already would lose the
fact when that row is just being swept. Only `customers.segments.membership` sweeps them.
"""

from collections.abc import Iterable
from datetime import datetime

from config import prepared
from customers.models import Origin

EVERYBODY = 0  # instead of a customer: something changed on which anybody's membership may hang

MARK = "INSERT INTO customers_dirty (customer_id, at, origin) SELECT unnest(%s::bigint[]), %s, %s"


def mark(customer_ids: Iterable[int], at: datetime, origin: Origin = Origin.LIVE) -> None:
    ids = sorted(set(customer_ids))
    if ids:
        with prepared.cursor() as cursor:
            cursor.execute(MARK, [ids, at, str(origin)])


def mark_everybody(at: datetime) -> None:
    """Have all segments looked through, when what changed is not about few customers (categories, zone)."""
    mark([EVERYBODY], at)
