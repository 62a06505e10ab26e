"""What customers do in private sales becomes events of theirs, for timeline and segments: once each, by its message id.

The door only notes it, so that nobody waits there for the events of others.
"""

from datetime import datetime

from django.db import connection, transaction

from customers import events
from customers.events import Fact
from customers.models import Origin, Shop

SOURCE = "private-sales"
AT_ONCE = 5_000

# Of who was merged meanwhile it is her winner's; what somebody did who was erased is forgotten.
TAKE = """
    WITH taken AS (
        DELETE FROM loyalty_saledeed WHERE id IN (
            SELECT id FROM loyalty_saledeed ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
        ) RETURNING sale_id, customer_id, name, at
    )
    SELECT s.id, s.key, t.customer_id, coalesce(c.merged_into_id, c.id), c.erased_at IS NOT NULL, t.name, t.at
    FROM taken t JOIN loyalty_sale s ON s.id = t.sale_id JOIN customers_customer c ON c.id = t.customer_id
"""


@transaction.atomic
def sweep(at: datetime) -> int:
    """Record what was noted; how many deeds. A shop without orders has no currency yet: its events wait."""
    currency = Shop.current().currency
    if not currency:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"most": AT_ONCE})
        rows = cursor.fetchall()
    facts = [
        Fact(f"{sale}/{who}/{name}", 0, on, "custom", name, customer_id=owner, properties={"sale": key})
        for sale, key, who, owner, erased, name, on in rows
        if not erased
    ]
    events.record(facts, events.Terms(SOURCE, currency, make_products=False), at, Origin.LIVE)
    return len(rows)
