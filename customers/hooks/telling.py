"""Facts become rows of the outbox, in the transaction that makes them true."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import connection, transaction
from django.dispatch import Signal

from customers.hooks.kinds import Fact, hook_kinds, instant
from customers.models import Origin

# As long as a receiver may be away: calls are given up after it, and a paused hook collects no longer.
PATIENCE = timedelta(days=3)
# For so many seconds a process remembers what is wanted, so that facts nobody waits for cost no query.
REMEMBERED = 2.0

EVENTS = uuid.UUID("0b6f7c1e-6f0a-4d57-9a55-3f0c1c8b2f64")  # the room of names for ids of facts
COLLECTS = """
    hook.pause_reason <> 'gone' AND (hook.paused_at IS NULL OR hook.paused_at > %(since)s)
"""
WANTED = f"SELECT DISTINCT unnest(hook.kinds) FROM customers_hook hook WHERE {COLLECTS}"  # noqa: S608
# The lock makes a deletion wait for facts that are being written, and these pass over a hook that is gone.
TELL = f"""
    INSERT INTO customers_hookcall
        (hook_id, event, kind, cause, customer_id, body, created_at, due_at, gives_up_at)
    SELECT hook.id, fact.event, %(kind)s, fact.cause, fact.customer, fact.body, %(at)s, %(at)s, %(until)s
    FROM customers_hook hook
    CROSS JOIN unnest(%(events)s::uuid[], %(causes)s::bigint[], %(customers)s::bigint[], %(bodies)s::jsonb[])
        WITH ORDINALITY AS fact (event, cause, customer, body, place)
    WHERE %(kind)s = ANY(hook.kinds) AND {COLLECTS}
    ORDER BY hook.id, fact.place FOR KEY SHARE OF hook
    ON CONFLICT (event, hook_id) DO NOTHING
"""  # noqa: S608  (a fragment of our own)
# The numbers that she has elsewhere, of a merged profile those of whom she is now; addresses are no numbers. Nothing
# is told of the erased.
PEOPLE = """
    SELECT asked.id, person.key,
           coalesce(json_agg(json_build_object('source', own.source, 'number', own.number)
                             ORDER BY own.source, own.number) FILTER (WHERE own.id IS NOT NULL), '[]')
    FROM customers_customer asked
    JOIN customers_customer person ON person.id = coalesce(asked.merged_into_id, asked.id)
    LEFT JOIN customers_identity own ON own.customer_id = person.id AND position('@' IN own.number) = 0
    WHERE asked.id = ANY(%s) AND person.erased_at IS NULL GROUP BY asked.id, person.key
"""

_known: tuple[frozenset[str], float] = (frozenset(), 0.0)


def connect() -> None:
    """Listen to the signals of all kinds, once each."""
    for signal in {id(kind.signal): kind.signal for kind in hook_kinds}.values():
        signal.connect(hear, dispatch_uid="customers.hooks")


def hear(
    *, signal: Signal, ids: Sequence[int], at: datetime, origin: Origin, sender: Any, **told: Any
) -> None:
    """Only what happens now is news: what an import brings is history, and the demo invents."""
    if origin != Origin.LIVE:
        return
    wanted_now = wanted(at)
    if not wanted_now:
        return
    for kind in hook_kinds:
        if kind.signal is signal and kind.key in wanted_now and kind.concerns(told):
            tell(kind.key, kind.facts(ids, at), at)


def wanted(at: datetime) -> frozenset[str]:
    """The kinds that any hook is told of."""
    global _known
    kinds, until = _known
    if monotonic() >= until:
        with connection.cursor() as cursor:
            cursor.execute(WANTED, {"since": at - PATIENCE})
            kinds = frozenset(row[0] for row in cursor.fetchall())
        _known = kinds, monotonic() + REMEMBERED
    return kinds


def forget() -> None:
    """Ask again: a hook was changed. Other processes do so within seconds."""
    global _known
    _known = frozenset(), 0.0


def changed() -> None:
    """Forget now and, since somebody may ask meanwhile, once it is committed."""
    forget()
    transaction.on_commit(forget)


def tell(kind: str, facts: Mapping[int, Fact], at: datetime) -> None:
    """A row for each fact and each hook that is told of this kind; in the order of the facts. What comes true once is
    one event, however often it is told."""
    people = _people({fact.customer_id for fact in facts.values() if fact.customer_id})
    lines = [
        (_event(kind, pk, fact), pk, fact.customer_id, json.dumps(body(kind, _data(fact, people), at)))
        for pk, fact in facts.items()
        if fact.customer_id is None or fact.customer_id in people
    ]
    if not lines:
        return
    names = ("events", "causes", "customers", "bodies")
    params: dict[str, Any] = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
    times = {"at": at, "until": at + PATIENCE, "since": at - PATIENCE}
    with connection.cursor() as cursor:
        cursor.execute(TELL, params | {"kind": kind} | times)


def _event(kind: str, cause: int, fact: Fact) -> uuid.UUID:
    """The time belongs to it: a database that was restored gives the numbers of lost rows to others."""
    return uuid.uuid5(EVENTS, f"{kind}/{cause}/{fact.at.isoformat()}") if fact.at else uuid.uuid4()


def body(kind: str, data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """As Standard Webhooks recommends: what kind, when, and what."""
    return {"type": kind, "timestamp": instant(at), "data": dict(data)}


def _data(fact: Fact, people: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    whose = None if fact.customer_id is None else people[fact.customer_id]
    return {"customer": whose, **fact.data}


def _people(customer_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    if not customer_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [sorted(customer_ids)])
        return {pk: {"id": str(key), "numbers": _plain(own)} for pk, key, own in cursor.fetchall()}


def _plain(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
