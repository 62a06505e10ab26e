"""How often customers want to be written to, and whether they pause: what the arbiter asks of their preferences."""

from collections.abc import Collection
from datetime import datetime, timedelta

from channels.models import Frequency
from channels.models.delivery import REACHED_SQL
from config import prepared

GAPS = {Frequency.WEEKLY: timedelta(days=7), Frequency.MONTHLY: timedelta(days=30)}
CAPS = "SELECT customer_id, frequency FROM channels_preference WHERE customer_id = ANY(%s) AND frequency <> 'any'"
LAST = f"""
    SELECT d.customer_id, max(d.called_at) FROM channels_delivery d JOIN channels_message m ON m.id = d.message_id
    WHERE d.customer_id = ANY(%s) AND d.called_at >= %s AND d.state IN {REACHED_SQL} AND m.purpose = 'marketing'
    GROUP BY d.customer_id
"""  # noqa: S608 (our own words)
PAUSES = "SELECT customer_id, paused_until FROM channels_preference WHERE customer_id = ANY(%s) AND paused_until > %s"


def caps(customer_ids: Collection[int]) -> dict[int, timedelta]:
    """The least time between two marketing messages for those of these customers who chose one, on all channels
    together. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(CAPS, [list(customer_ids)])
        return {pk: GAPS[Frequency(word)] for pk, word in cursor.fetchall()}


def last_written(customer_ids: Collection[int], at: datetime) -> dict[int, datetime]:
    """When those of these customers who were sent marketing within the longest gap were last sent some. One query."""
    if not customer_ids:
        return {}
    with prepared.cursor() as cursor:
        cursor.execute(LAST, [list(customer_ids), at - max(GAPS.values())])
        return dict(cursor.fetchall())


def pauses(customer_ids: Collection[int], at: datetime) -> dict[int, datetime]:
    """Until when those of these customers pause who do so at `at`. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(PAUSES, [list(customer_ids), at])
        return dict(cursor.fetchall())
