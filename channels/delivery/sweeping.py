"""What repairs the rest: leases that ran out, rows left behind, messages expired or cancelled. Runs each minute,
may run twice at once, and depends on nothing but the rows."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from channels.delivery import pausing, verdicts
from channels.models import Message

CHUNK = 10_000

# Of each lost batch: what was being called may have arrived. Marketing is never sent again by itself; a service
# message is, unless it was so often that it may be what stops the workers. Rows lock in id order, as they do for the
# worker who may still come back.
LOST = """
    SELECT id FROM channels_batch WHERE done_at IS NULL AND lease_until < clock_timestamp()
    ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED
"""
IN_DOUBT = """
    UPDATE channels_delivery d
    SET state = CASE WHEN doubt.again THEN 'planned' ELSE 'unknown' END,
        reason = 'lease_lost', tries = d.tries + 1,
        batch_id = CASE WHEN doubt.again THEN NULL ELSE d.batch_id END,
        ended_at = CASE WHEN doubt.again THEN NULL ELSE clock_timestamp() END
    FROM (SELECT called.id, m.purpose = 'service' AND called.tries + 1 < %s AS again
          FROM channels_delivery called JOIN channels_message m ON m.id = called.message_id
          WHERE called.batch_id = ANY(%s) AND called.state = 'calling') AS doubt
    WHERE d.id = doubt.id AND d.state = 'calling'
"""
CLOSE = """
    UPDATE channels_batch SET done_at = clock_timestamp(), lease_until = NULL, fence = fence + 1, packed = '{}'
    WHERE id = ANY(%s)
"""
# What it waited for stays as the reason.
EXPIRE = """
    UPDATE channels_delivery
    SET state = 'expired', reason = CASE reason WHEN '' THEN 'late' ELSE reason END, ended_at = %s
    WHERE id IN (SELECT id FROM channels_delivery
                 WHERE state = 'planned' AND expires_at <= %s ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
"""
# Rows of a closed batch: nothing leaves any there, and if something did they would wait for ever.
STRAY = """
    SELECT DISTINCT b.id FROM channels_delivery d JOIN channels_batch b ON b.id = d.batch_id
    WHERE d.state = 'calling' AND b.done_at IS NOT NULL
"""


def sweep(at: datetime) -> None:
    while close_lost():
        pass
    close_strays()
    cancel_rest()
    while _execute(EXPIRE, [at, at, CHUNK]):
        pass


@transaction.atomic
def close_lost() -> list[int]:
    """Close batches whose lease ran out; returns their ids. The raised fence keeps their workers from writing."""
    lost = _ids(LOST, [])
    if lost:
        _execute(CLOSE, [lost])
        _execute(IN_DOUBT, [verdicts.MOST_TRIES, lost])
    return lost


@transaction.atomic
def close_strays() -> None:
    stray = _ids(STRAY, [])
    if stray:
        _execute(IN_DOUBT, [verdicts.MOST_TRIES, stray])


def cancel_rest() -> None:
    """Rows that were planned while, or after, their message was cancelled."""
    cancelled = Message.objects.filter(cancelled_at__isnull=False, deliveries__state="planned")
    for message_id in cancelled.distinct().values_list("id", flat=True):
        while pausing.cancel_chunk(message_id):
            pass


def _ids(statement: str, params: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [found for (found,) in cursor.fetchall()]


def _execute(statement: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        count: int = cursor.rowcount
    return count
