"""Which hook is whose turn, which of its calls are due, and what came of those that were made."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from config import vault
from customers import audit
from customers.hooks import signing, telling
from customers.models import Hook, HookCall

# Longer than any turn of a sweep: it ends by itself when its worker has died.
LEASE = timedelta(seconds=90)
# When a call is made again, after its first, second, third ... attempt; the last one repeats.
AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
# How long a receiver is left alone after so many calls in vain in a row. Shorter than the above, so that the next call
# has its try before the one that failed: one that breaks the receiver must not hold up all others.
REST = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 60, 300, 900, 1800))
# A little less than a call is tried for, so that its last attempt decides.
FAILS_FOR = telling.PATIENCE - timedelta(minutes=15)
GONE = 410
CALLS_AT_ONCE = 50

TAKE = """
    UPDATE customers_hook SET lease_until = %(until)s WHERE id IN (
        SELECT hook.id FROM customers_hook hook
        WHERE hook.paused_at IS NULL
          AND (hook.rests_until IS NULL OR hook.rests_until <= %(at)s)
          AND (hook.lease_until IS NULL OR hook.lease_until <= %(at)s)
          AND EXISTS (SELECT FROM customers_hookcall call WHERE call.hook_id = hook.id AND call.due_at <= %(at)s)
        ORDER BY hook.lease_until NULLS FIRST, hook.id LIMIT %(most)s
        FOR NO KEY UPDATE SKIP LOCKED
    ) RETURNING id
"""
NOTE = """
    UPDATE customers_hookcall call
    SET attempts = attempts + 1, status = told.status, detail = told.detail,
        delivered_at = CASE WHEN told.arrived THEN told.at END,
        due_at = CASE WHEN told.arrived OR told.at >= call.gives_up_at THEN NULL
                      ELSE least(told.again, call.gives_up_at) END
    FROM unnest(%(ids)s::bigint[], %(statuses)s::smallint[], %(details)s::text[], %(arrived)s::bool[],
                %(ats)s::timestamptz[], %(agains)s::timestamptz[])
        AS told (id, status, detail, arrived, at, again)
    WHERE call.id = told.id AND call.due_at IS NOT NULL
"""


class Lease(NamedTuple):
    """The right to call one hook; `keys` are what its calls are signed with."""

    hook_id: int
    url: str
    keys: list[bytes]
    until: datetime


class Call(NamedTuple):
    id: int
    event: UUID
    body: Any
    attempts: int


class Answered(NamedTuple):
    """What came of a call. `status` None: nobody has answered, and `detail` says how."""

    call: Call
    at: datetime
    status: int | None
    detail: str = ""

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def again(self) -> datetime:
        return self.at + AGAIN[min(self.call.attempts, len(AGAIN) - 1)]


def take(at: datetime, most: int) -> list[Lease]:
    """The right to call these hooks, for whom calls are due and which nobody else is at; those who have waited longest
    first."""
    until = at + LEASE
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"at": at, "until": until, "most": most})
        ids = [row[0] for row in cursor.fetchall()]
    leases = (
        [_lease(hook, until, at) for hook in Hook.objects.filter(pk__in=ids).order_by("pk")] if ids else []
    )
    return [lease for lease in leases if lease is not None]


def _lease(hook: Hook, until: datetime, at: datetime) -> Lease | None:
    try:
        return Lease(hook.pk, hook.url, signing.keys(hook, at), until)
    except vault.Lost:
        pause(hook, Hook.Pause.SECRET, at)
        return None


def release(lease: Lease, at: datetime) -> None:
    Hook.objects.filter(pk=lease.hook_id, lease_until=lease.until).update(lease_until=at)


def any_due(at: datetime) -> bool:
    return HookCall.objects.filter(due_at__lte=at).exists()


def due(lease: Lease, at: datetime) -> list[Call]:
    """The next calls, the oldest fact first; nothing where the lease has ended, or people have paused the hook. Of who
    was erased while a fact was being written nothing is told any more."""
    ours = HookCall.objects.filter(
        hook=lease.hook_id, hook__lease_until=lease.until, hook__paused_at=None, due_at__lte=at
    )
    ours.filter(customer__erased_at__isnull=False).delete()
    rows = ours.order_by("pk").values_list("pk", "event", "body", "attempts")
    return [Call(*row) for row in rows[:CALLS_AT_ONCE]]


@transaction.atomic
def note(hook_id: int, answers: Sequence[Answered]) -> None:
    """Write down what came of calls of one hook, in the order in which they were made."""
    rows = [(each.call.id, each.status, each.detail, each.arrived, each.at, each.again) for each in answers]
    names = ("ids", "statuses", "details", "arrived", "ats", "agains")
    with connection.cursor() as cursor:
        cursor.execute(NOTE, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
    arrived = [each.at for each in answers if each.arrived]
    if arrived:
        Hook.objects.filter(pk=hook_id).update(
            delivered_at=arrived[-1], failures=0, failing_since=None, rests_until=None
        )
    if not answers[-1].arrived:
        _failed(hook_id, answers[-1])


def _failed(hook_id: int, answer: Answered) -> None:
    """The receiver rests, or is called no more until somebody has looked at it."""
    hook = Hook.objects.select_for_update(no_key=True).filter(pk=hook_id).first()
    if hook is None:
        return
    since = hook.failing_since or answer.at
    rest = REST[min(hook.failures, len(REST) - 1)]
    Hook.objects.filter(pk=hook_id).update(
        failures=F("failures") + 1, failing_since=since, rests_until=answer.at + rest
    )
    if answer.status == GONE:
        pause(hook, Hook.Pause.GONE, answer.at)
    elif answer.at - since >= FAILS_FOR:
        pause(hook, Hook.Pause.FAILING, answer.at)


@transaction.atomic
def pause(hook: Hook, reason: Hook.Pause, at: datetime) -> None:
    """By us: nobody has asked for it. A pause that somebody made meanwhile stays."""
    if Hook.objects.filter(pk=hook.pk, paused_at=None).update(paused_at=at, pause_reason=reason):
        audit.record(None, "hook.paused", hook, at, reason=str(reason))
