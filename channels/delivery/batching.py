"""Due rows are packed into batches; a batch is claimed once, under a lease and a fence on database time."""

import os
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from channels.arbiter import facts
from channels.models import Message
from config import prepared

SIZE = 1_000
# Packed but unclaimed batches of one account and priority: enough to keep workers busy until the next tick.
AHEAD = 20


class Packed(NamedTuple):
    batch_id: int
    priority: int


# Priorities are few, so one index probe for each of them tells where anything is due.
WHERE_DUE = """
    SELECT a.id, p.priority, a.per_second,
           (SELECT count(*) FROM channels_batch b WHERE b.account_id = a.id AND b.priority = p.priority
            AND b.done_at IS NULL AND b.lease_until IS NULL)
    FROM channels_account a
    LEFT JOIN channels_pace pace ON pace.account_id = a.id
    CROSS JOIN (SELECT DISTINCT priority FROM channels_message) p
    WHERE a.paused_at IS NULL AND (pace.resting_until IS NULL OR pace.resting_until <= %(at)s)
      AND EXISTS (SELECT FROM channels_delivery d WHERE d.account_id = a.id AND d.priority = p.priority
                  AND d.state = 'planned' AND d.batch_id IS NULL AND d.due_at <= %(at)s)
    ORDER BY p.priority, a.id
"""
# What another batch has that is not done yet is passed over; two who pack for an account do so one after the other.
HOLD = "SELECT FROM channels_account WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
PACK = """
    WITH due AS MATERIALIZED (
        SELECT d.id, d.due_at FROM channels_delivery d
        WHERE d.account_id = %(account_id)s AND d.priority = %(priority)s AND d.state = 'planned'
          AND d.batch_id IS NULL AND d.due_at <= %(at)s AND NOT (d.message_id = ANY(%(paused)s))
          AND d.id NOT IN (SELECT unnest(b.packed) FROM channels_batch b
                           WHERE b.account_id = %(account_id)s AND b.done_at IS NULL)
        ORDER BY d.due_at, d.id LIMIT %(most)s)
    INSERT INTO channels_batch (account_id, priority, fence, packed)
    SELECT %(account_id)s, %(priority)s, 0, array_agg(id ORDER BY place)
    FROM (SELECT id, row_number() OVER (ORDER BY due_at, id) - 1 AS place FROM due) AS numbered
    GROUP BY place / %(size)s ORDER BY place / %(size)s
    RETURNING id
"""


def pack(at: datetime) -> Iterator[Packed]:
    """Pack what is due, most urgent first, so that workers hear of those while the others are packed. Safe to run twice
    at once."""
    with connection.cursor() as cursor:
        cursor.execute(WHERE_DUE, {"at": at})
        places = [Place(*found) for found in cursor.fetchall()]
    paused = list(Message.objects.filter(paused_at__isnull=False).values_list("id", flat=True))
    for place in places:
        yield from _pack_place(place, paused, at)


class Place(NamedTuple):
    account_id: int
    priority: int
    per_second: int | None
    waiting: int


@transaction.atomic
def _pack_place(place: Place, paused: list[int], at: datetime) -> list[Packed]:
    size = size_for(place.per_second)
    most = max(0, AHEAD - place.waiting) * size
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [place.account_id])
        if not cursor.rowcount:
            return []
        asked = {"account_id": place.account_id, "priority": place.priority, "size": size, "most": most}
        cursor.execute(PACK, asked | {"paused": paused, "at": at})
        return [Packed(batch_id, place.priority) for (batch_id,) in cursor.fetchall()]


def size_for(per_second: int | None) -> int:
    """A throttled account gets no more than a minute's worth, so that no worker holds rows for long."""
    return min(SIZE, per_second * 60) if per_second else SIZE


def claim(batch_id: int) -> int | None:
    """The fence under which the caller may work on the batch; None when somebody else has had it, or works on another
    batch of an account that is slow."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE channels_batch SET fence = fence + 1, worker = %s,
                lease_until = clock_timestamp() + make_interval(secs => %s)
            WHERE id = (SELECT id FROM channels_batch b WHERE id = %s AND done_at IS NULL AND lease_until IS NULL
                        AND NOT EXISTS (
                            SELECT FROM channels_pace p JOIN channels_batch other ON other.account_id = p.account_id
                            WHERE p.account_id = b.account_id AND p.slow_since IS NOT NULL AND other.done_at IS NULL
                            AND other.lease_until > clock_timestamp())
                        FOR UPDATE SKIP LOCKED)
            RETURNING fence
            """,
            [f"{socket.gethostname()}:{os.getpid()}"[-80:], settings.DELIVERY_LEASE, batch_id],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def renew(batch_id: int, fence: int) -> bool:
    """Prolong the lease and, inside a transaction, hold the batch; False when it is no longer the caller's."""
    with prepared.cursor() as cursor:
        cursor.execute(
            """
            UPDATE channels_batch SET lease_until = clock_timestamp() + make_interval(secs => %s)
            WHERE id = %s AND fence = %s AND done_at IS NULL AND lease_until > clock_timestamp()
            """,
            [settings.DELIVERY_LEASE, batch_id, fence],
        )
        held: bool = cursor.rowcount == 1
    return held


def finish(batch_id: int, fence: int) -> None:
    """Close the batch, which gives back what is still planned. A batch is never worked on again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_batch SET done_at = clock_timestamp(), lease_until = NULL, packed = '{}'"
            " WHERE id = %s AND fence = %s",
            [batch_id, fence],
        )


class Planned(NamedTuple):
    """A row as its batch is taken up: what choosing and filling in its content needs. Whether it may go is asked of
    each slice, with everything that may have changed until then."""

    id: int
    customer_id: int
    message_id: int
    version_id: int
    channel: str
    language: str
    variant: str
    arm: str
    context: dict[str, Any]
    topic_id: int | None
    tracked: bool = False


# The `|| ''`, here and elsewhere, keeps the planner to the keys: between two runs its statistics call the indexes of
# what waits empty, and it would walk through all that waits for some rows.
ROWS = """
    SELECT d.id, d.customer_id, d.message_id, coalesce(d.version_id, 0), d.channel, d.language, d.variant,
           d.arm, d.context::text, m.topic_id
    FROM (SELECT unnest(packed) AS id FROM channels_batch WHERE id = %s) AS here
    JOIN channels_delivery d ON d.id = here.id JOIN channels_message m ON m.id = d.message_id
    WHERE d.state || '' = 'planned' ORDER BY d.id
"""


def rows_of(batch_id: int) -> list[Planned]:
    with prepared.cursor() as cursor:
        cursor.execute(ROWS, [batch_id])
        return [
            Planned._make([*plain, facts.context_of(context), topic_id, False])
            for *plain, context, topic_id in cursor.fetchall()
        ]


def unclaimed(at: datetime) -> list[Packed]:
    """Batches that nobody has claimed for a while: their message to the workers got lost, or is still queued."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT b.id, b.priority FROM channels_batch b JOIN channels_account a ON a.id = b.account_id
            WHERE b.done_at IS NULL AND b.lease_until IS NULL AND b.created_at < %s AND a.paused_at IS NULL
            ORDER BY b.priority, b.id
            """,
            [at - timedelta(seconds=settings.DELIVERY_LEASE / 2)],
        )
        return [Packed(*row) for row in cursor.fetchall()]
