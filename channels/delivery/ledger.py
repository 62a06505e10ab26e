"""The statements that change a Delivery's state while a worker has it; each guarded, each for many rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from channels.arbiter.rows import Row
from channels.models import Delivery
from config import prepared

State = Delivery.State


class Change(NamedTuple):
    """What becomes of one row. `due_at` None keeps the old one."""

    id: int
    state: str
    reason: str = ""
    provider_id: str = ""
    detail: str = ""
    due_at: datetime | None = None
    tried: int = 0


# What a row waited for stays the reason when that made it too late. The guard: still in the state that the caller saw,
# called in this batch if it was called, and the batch still under his fence; what is planned no other open batch has.
# `|| ''`: see `batching.ROWS`.
WRITE = """
    UPDATE channels_delivery d
    SET state = u.state, reason = CASE WHEN u.reason = 'late' AND d.reason <> '' THEN d.reason ELSE u.reason END,
        provider_id = u.provider_id, detail = u.detail, due_at = coalesce(u.due_at, d.due_at),
        tries = d.tries + u.tried,
        batch_id = CASE WHEN u.state = 'planned' THEN NULL ELSE d.batch_id END,
        ended_at = CASE WHEN u.state = 'planned' THEN NULL ELSE clock_timestamp() END
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::int[])
             AS u (id, state, reason, provider_id, detail, due_at, tried),
         channels_batch b
    WHERE d.id = u.id AND d.state || '' = %s AND (d.state = 'planned' OR d.batch_id = b.id)
      AND b.id = %s AND (%s::int IS NULL OR b.fence = %s)
    RETURNING d.id
"""


def write(batch_id: int, fence: int | None, changes: Sequence[Change], seen: str) -> set[int]:
    """Apply the changes to rows in the state `seen`; returns the ids that were changed."""
    if not changes:
        return set()
    columns = [list(column) for column in zip(*changes, strict=True)]
    with prepared.cursor() as cursor:
        cursor.execute(WRITE, [*columns, str(seen), batch_id, fence, fence])
        return {delivery_id for (delivery_id,) in cursor.fetchall()}


def settle(batch_id: int, fence: int, changes: Sequence[Change]) -> set[int]:
    """Write what became of called rows. A row that the sweeper has meanwhile declared unknown may still end:
    its batch was claimed only once, so the one who called it is the one who knows. It is never planned again,
    since its run may be over; that is for a person to decide."""
    done = write(batch_id, fence, changes, State.CALLING)
    late = [change for change in changes if change.id not in done and change.state != State.PLANNED]
    return done | write(batch_id, None, late, State.UNKNOWN)


CALLING = """
    UPDATE channels_delivery d
    SET state = 'calling', reason = '', detail = '', address_key = u.key, tracked = u.tracked, batch_id = %s,
        called_at = clock_timestamp()
    FROM unnest(%s::bigint[], %s::text[], %s::bool[]) AS u (id, key, tracked)
    WHERE d.id = u.id AND d.state || '' = 'planned'
    RETURNING d.id
"""


def enter_calling(batch_id: int, rows: Sequence[Row], tracked: set[int]) -> set[int]:
    """From here on the provider may know of them. Raises IntegrityError when another row has an address."""
    if not rows:
        return set()
    with prepared.cursor() as cursor:
        ids, keys = [row.id for row in rows], [row.address_key for row in rows]
        cursor.execute(CALLING, [batch_id, ids, keys, [row.id in tracked for row in rows]])
        return {delivery_id for (delivery_id,) in cursor.fetchall()}


def lock_reach(customer_ids: Sequence[int]) -> None:
    """Hold all Reach rows of these people, in id order, as everybody does who decides about them. Those of the
    other channels too: what goes out there counts for the same limits."""
    with prepared.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM channels_reach WHERE customer_id = ANY(%s) ORDER BY id FOR UPDATE",
            [list(customer_ids)],
        )
