"""What providers tell us, at once or later, written where it belongs: the row, the address, the account."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels import suppression, tracking
from channels.arbiter.rows import Row
from channels.backends.base import Kind, Outcome, Outcomes
from channels.delivery import bounces, fallback, ledger, mails, pace, pausing, verdicts
from channels.models import Delivery, DeliveryEvent, Suppression
from channels.signals import delivery_events_recorded
from channels.suppression import Entry
from customers.models import Origin

SILENCES = 3


@transaction.atomic
def answered(
    batch_id: int, fence: int, account_id: int, rows: Sequence[Row], outcomes: Outcomes, at: datetime
) -> bool:
    """Write the outcomes of one slice. False when the account cannot be used for now.

    Safe to repeat when nobody knows whether it was committed.
    """
    _suppress(rows, outcomes, at)  # Reach is locked before Delivery, everywhere
    changes = verdicts.answered(rows, outcomes, at)
    settled = ledger.settle(batch_id, fence, changes)
    refused = [
        change.id for change in changes if change.state == Delivery.State.REFUSED and change.id in settled
    ]
    if refused:
        fallback.after(refused, at, [pk for pk, outcome in outcomes.items() if outcome.objected])
    return _usable(account_id, outcomes, at)


def _suppress(rows: Sequence[Row], outcomes: Outcomes, at: datetime) -> None:
    """The addresses that failed: never again on this channel."""
    failed = [row for row in rows if _failed(outcomes.get(row.id))]
    if not failed:
        return
    suppression.suppress_entries(
        [Entry(row.channel, row.address_key, _why(outcomes[row.id]), f"delivery {row.id}") for row in failed],
        at,
    )


def _why(outcome: Outcome) -> Suppression.Reason:
    return Suppression.Reason.OBJECTION if outcome.objected else Suppression.Reason.BOUNCE


def _failed(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.kind is Kind.ADDRESS and outcome.suppress


def _usable(account_id: int, outcomes: Outcomes, at: datetime) -> bool:
    """The line failed for all: rest. We failed for all: pause, with the alarm."""
    asked = [each.retry_after for each in outcomes.values() if each.retry_after is not None]
    if asked:
        pace.rest(account_id, at, max(asked))
        return False
    kinds = {each.kind for each in outcomes.values()} - {Kind.UNSENT, Kind.ADDRESS}
    if Kind.ACCEPTED in kinds:
        return True
    if Kind.US in kinds:
        pausing.pause_account(account_id, at, _first(outcomes, Kind.US).detail)
        return False
    if not kinds:
        return True
    # Nobody got through. Answers that stay away again and again are for a person to look at: each costs certainty.
    if pace.rest(account_id, at) >= SILENCES and Kind.UNKNOWN in kinds:
        pausing.pause_account(account_id, at, _first(outcomes, Kind.UNKNOWN).detail)
    return False


def _first(outcomes: Outcomes, kind: Kind) -> Outcome:
    return next(outcome for outcome in outcomes.values() if outcome.kind is kind)


class Event(NamedTuple):
    """What a provider reports afterwards, about a delivery or the mail it knows by `provider_id`.

    `recipient` tells apart the people of a mail that went to several under one id. `key` is unique per fact
    (provider and event id). `hard`: a bounce that will repeat for ever. `because`: for what it does, if not since the
    address is dead: she has opted out or complained there before.
    """

    kind: DeliveryEvent.Kind
    key: str
    at: datetime
    delivery_id: int | None = None
    provider_id: str = ""
    recipient: str = ""
    hard: bool = True
    because: Suppression.Reason | None = None
    detail: dict[str, Any] = {}


# Later news may only raise the rank; a called or unknown row is settled by any of it.
RAISE = """
    UPDATE channels_delivery d SET state = u.kind, ended_at = u.at
    FROM (SELECT id, (array_agg(kind ORDER BY rank DESC))[1] AS kind, max(rank) AS rank, max(at) AS at
          FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[]) AS e (id, kind, rank, at)
          GROUP BY id) AS u
    WHERE d.id = u.id AND u.rank > CASE d.state
        WHEN 'calling' THEN 0 WHEN 'unknown' THEN 0 WHEN 'accepted' THEN 0 WHEN 'delivered' THEN 1
        WHEN 'bounced' THEN 2 WHEN 'complained' THEN 3 ELSE 9 END
    RETURNING d.id, d.state
"""
Happened = DeliveryEvent.Kind
RANK = {Happened.DELIVERED: 1, Happened.BOUNCED: 2, Happened.COMPLAINED: 3}
SUPPRESSING = {
    Happened.BOUNCED: Suppression.Reason.BOUNCE,
    Happened.COMPLAINED: Suppression.Reason.COMPLAINT,
    Happened.OPTED_OUT: Suppression.Reason.OBJECTION,
}
CHUNK = 10_000


class Reported(NamedTuple):
    delivery_id: int
    event: Event


@transaction.atomic
def record(events: Sequence[Event], at: datetime, origin: Origin = Origin.LIVE) -> list[int]:
    """Write each fact once, raise states, suppress; returns the ids of the new events.

    Events about mails that nobody knows are left out.
    """
    fresh = _insert(_named(events), at, origin)
    bounces.count(
        [(each.delivery_id, each.event.kind, each.event.hard, each.event.at) for each in fresh.values()]
    )
    _suppress_reported(fresh.values(), at)
    if bounced := _raise(fresh.values()):
        fallback.after(bounced, at, [each.delivery_id for each in fresh.values() if each.event.because])
    ids = sorted(fresh)
    kinds = {each.event.kind for each in fresh.values()}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        delivery_events_recorded.send(DeliveryEvent, ids=part, at=at, origin=origin, kinds=kinds)
    return ids


def all_known(events: Sequence[Event]) -> bool:
    """Whether each of these facts is about a mail of ours that we know by now."""
    return len(_named(events)) == len(events)


def _named(events: Sequence[Event]) -> list[Reported]:
    """An event names its delivery, or its mail: by our own Message-ID, or the one that the provider has given it."""
    told = [event.delivery_id or mails.delivery_of(event.provider_id) for event in events]
    there = set(Delivery.objects.filter(id__in=[pk for pk in told if pk]).values_list("id", flat=True))
    wanted = {
        event.provider_id for event, pk in zip(events, told, strict=True) if pk is None and event.provider_id
    }
    found: dict[str, list[Known]] = {}
    rows = Delivery.objects.filter(provider_id__in=wanted).order_by("id")
    for provider_id, pk, channel, key in rows.values_list("provider_id", "id", "channel", "address_key"):
        found.setdefault(provider_id, []).append(Known(pk, channel, key))
    pairs = [
        (pk if pk in there else _of(event, found.get(event.provider_id, [])), event)
        for event, pk in zip(events, told, strict=True)
    ]
    return [Reported(delivery_id, event) for delivery_id, event in pairs if delivery_id is not None]


class Known(NamedTuple):
    id: int
    channel: str
    address_key: str


def _of(event: Event, known: list[Known]) -> int | None:
    """Whose fact it is: the one who has that id, or of several the one with that address."""
    if len(known) < 2:
        return known[0].id if known else None
    mine = (
        each.id
        for each in known
        if each.address_key == suppression.address_key(each.channel, event.recipient)
    )
    return next(mine, None)


# That she has read it is noted only of somebody who agrees to that.
INSERT = f"""
    WITH fresh AS (
        INSERT INTO channels_deliveryevent (delivery_id, kind, key, at, detail, human)
        SELECT id, kind, key, at, detail::jsonb, true
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
             AS u (id, kind, key, at, detail)
        WHERE kind <> 'opened' OR EXISTS ({tracking.MAY_KNOW} AND delivery.id = u.id)
        ON CONFLICT (key) DO NOTHING
        RETURNING id, key, delivery_id, kind
    ), told AS ({tracking.LOOK_AGAIN})
    SELECT id, key FROM fresh
"""  # noqa: S608 - our own text


def _insert(pairs: Sequence[Reported], at: datetime, origin: Origin) -> dict[int, Reported]:
    """The new events by their ids; a key that is there already adds nothing."""
    by_key = {each.event.key: each for each in reversed(pairs)}
    if not by_key:
        return {}
    rows = [
        (e.delivery_id, str(e.event.kind), key, e.event.at, json.dumps(e.event.detail))
        for key, e in by_key.items()
    ]
    with connection.cursor() as cursor:
        columns = [list(column) for column in zip(*sorted(rows), strict=True)]
        cursor.execute(INSERT, [*columns, at, str(origin)])
        return {event_id: by_key[key] for event_id, key in cursor.fetchall()}


def _raise(reported: Iterable[Reported]) -> list[int]:
    """Returns the rows that have bounced now."""
    rows = [
        (e.delivery_id, str(e.event.kind), RANK[e.event.kind], e.event.at)
        for e in reported
        if e.event.kind in RANK
    ]
    if not rows:
        return []
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        # No key: another report about the row has its event there already, and waits for the Reach that we hold.
        cursor.execute(
            "SELECT FROM channels_delivery WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [columns[0]]
        )
        cursor.execute(RAISE, columns)
        return [delivery_id for delivery_id, state in cursor.fetchall() if state == Delivery.State.BOUNCED]


def _suppress_reported(reported: Iterable[Reported], at: datetime) -> None:
    """A complaint stops marketing to the address, a hard bounce everything."""
    reasons = [
        (each.delivery_id, each.event.because or SUPPRESSING[each.event.kind])
        for each in reported
        if each.event.hard and each.event.kind in SUPPRESSING
    ]
    addresses = _addresses({delivery_id for delivery_id, _reason in reasons})
    suppression.suppress_entries(
        [
            Entry(*addresses[delivery_id], reason, "reported by the provider")
            for delivery_id, reason in reasons
            if delivery_id in addresses
        ],
        at,
    )


# What a person says about rows of which nobody knows whether they arrived.
HOLD = (
    "SELECT id FROM channels_delivery WHERE id = ANY(%s) AND state = 'unknown' ORDER BY id FOR NO KEY UPDATE"
)
ARRIVED = """
    UPDATE channels_delivery SET state = 'accepted', reason = 'settled', ended_at = %s
    WHERE id = ANY(%s) AND state = 'unknown' RETURNING id
"""
AGAIN = """
    UPDATE channels_delivery d
    SET state = 'planned', reason = '', batch_id = NULL, due_at = %s, ended_at = NULL, provider_id = ''
    FROM channels_message m
    WHERE d.id = ANY(%s) AND d.state = 'unknown' AND m.id = d.message_id AND m.cancelled_at IS NULL
    RETURNING d.id
"""


@transaction.atomic
def settle(delivery_ids: Sequence[int], arrived: bool, at: datetime) -> list[int]:
    """Take unknown rows for arrived, or plan them again unless their message is cancelled; returns the changed ids.

    Rows that anybody else has settled meanwhile are left alone.
    """
    done: list[int] = []
    for start in range(0, len(delivery_ids), CHUNK):
        chunk = list(delivery_ids[start : start + CHUNK])
        with connection.cursor() as cursor:
            cursor.execute(HOLD, [chunk])
            cursor.execute(ARRIVED if arrived else AGAIN, [at, chunk])
            done += [delivery_id for (delivery_id,) in cursor.fetchall()]
    return sorted(done)


def _addresses(delivery_ids: set[int]) -> dict[int, tuple[str, str]]:
    """Channel and hash of the address of each of these deliveries that has one."""
    rows = Delivery.objects.filter(id__in=delivery_ids).exclude(address_key="")
    return {pk: (channel, key) for pk, channel, key in rows.values_list("id", "channel", "address_key")}
