"""How often customers want to be written to, and whether they pause: what the arbiter asks of their preferences."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection

from channels.models import Frequency
from config import prepared

GAPS = {Frequency.WEEKLY: timedelta(days=7), Frequency.MONTHLY: timedelta(days=30)}
CAPS = "SELECT customer_id, frequency FROM channels_preference WHERE customer_id = ANY(%s) AND frequency <> 'any'"
PAUSES = "SELECT customer_id, paused_until FROM channels_preference WHERE customer_id = ANY(%s) AND paused_until > %s"


def caps(customer_ids: Collection[int]) -> dict[int, timedelta]:
    """The least time between two marketing messages for those of these customers who chose one, on all channels
    together. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(CAPS, [list(customer_ids)])
        return {pk: GAPS[Frequency(word)] for pk, word in cursor.fetchall()}


def pauses(customer_ids: Collection[int], at: datetime) -> dict[int, datetime]:
    """Until when those of these customers pause who do so at `at`. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(PAUSES, [list(customer_ids), at])
        return dict(cursor.fetchall())


# What waits because of her wish is looked at again when that changes.
WAKE = """
    UPDATE channels_delivery SET due_at = %s
    WHERE id IN (SELECT id FROM channels_delivery
                 WHERE customer_id = %s AND state = 'planned' AND reason = ANY(%s)
                 ORDER BY id FOR NO KEY UPDATE)
"""


def wake(customer_id: int, reasons: list[str], until: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WAKE, [until, customer_id, reasons])
