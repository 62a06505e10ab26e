"""What a call brought is one row, committed before it is answered; sweeps turn rows into facts.

A sweep deletes the rows in the transaction that records what they say, so each is recorded once. What cannot be
recorded is set apart and shown; it never holds up the rest.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import InterfaceError, OperationalError, connection, transaction

from customers import audit
from customers.models import ApiKey, InboxBatch, User
from customers.tracking import translating
from customers.tracking.messages import Message
from customers.tracking.reading import Reading

log = logging.getLogger(__name__)

MOST_MESSAGES = 5_000
MOST_ROWS = 1_000
LOCK = 7_202_621  # any number that no other advisory lock of ours has
KEEP = """
    INSERT INTO customers_inboxbatch (key_id, received_at, messages, body)
    SELECT %s, %s, %s, %s FROM customers_apikey
    WHERE id = %s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
"""
TAKE = """
    SELECT id, key_id, messages, body FROM customers_inboxbatch WHERE NOT parked
    ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
"""
COUNT = """
    INSERT INTO customers_ingestcount AS kept (key_id, day, what, fate, count)
    SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::text[], %s::bigint[])
    ON CONFLICT (key_id, day, what, fate) DO UPDATE SET count = kept.count + excluded.count
"""
USED = "UPDATE customers_apikey SET last_used_at = %s WHERE id = ANY(%s)"

Counts = Counter[tuple[int, str, str]]  # of key, what and fate


class Content(msgspec.Struct):
    """A row's body: the messages to record, and of the others what they were and why they were refused."""

    messages: list[Message]
    refused: list[tuple[str, str]] = []


class Row(NamedTuple):
    id: int
    key_id: int
    messages: int
    body: bytes

    @property
    def content(self) -> Content:
        return msgspec.json.decode(self.body, type=Content)


def keep(key: ApiKey, reading: Reading, at: datetime) -> bool:
    """Make a call's messages safe. False when the key has stopped working; then nothing is kept."""
    content = Content(reading.messages, [(refusal.what, refusal.fate) for refusal in reading.refused])
    with connection.cursor() as cursor:
        body = msgspec.json.encode(content)
        cursor.execute(KEEP, [key.pk, at, len(reading.messages), body, key.pk])
        return bool(cursor.rowcount)


def sweep(at: datetime) -> int:
    """Record a few thousand waiting messages; how many rows that were. 0: nothing waits, or somebody else is at it."""
    try:
        with transaction.atomic():
            rows = _take()
            _record(rows, at)
            return len(rows)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.warning("A sweep of the inbox failed (%s): its rows are tried one by one", type(error).__name__)
    return _one_by_one(at)


def _take() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return []
        cursor.execute(TAKE, [MOST_ROWS])
        rows: list[Row] = []
        most = MOST_MESSAGES
        for row_id, key_id, messages, body in cursor.fetchall():
            row = Row(row_id, key_id, messages, bytes(body))
            most -= row.messages
            if rows and most < 0:
                break
            rows.append(row)
        return rows


def _record(rows: Sequence[Row], at: datetime) -> None:
    if not rows:
        return
    keys = ApiKey.objects.select_related("store").in_bulk({row.key_id for row in rows})
    told: dict[int, list[Message]] = {}
    counts: Counts = Counter()
    for row in rows:
        content = row.content
        told.setdefault(row.key_id, []).extend(content.messages)
        counts.update((row.key_id, what, fate) for what, fate in content.refused)
    for key_id, messages in sorted(told.items()):
        if messages and key_id in keys:
            counts.update(_told(keys[key_id], messages, at))
    _finish(rows, counts, at)


def _told(key: ApiKey, messages: Sequence[Message], at: datetime) -> Counts:
    """Record what these messages say; how many met which fate, as the columns of the counts can hold it."""
    counts: Counts = Counter()
    for (what, fate), count in translating.apply(key, messages, at).items():
        counts[key.pk, what[:40], fate[:40]] += count
    return counts


def _finish(rows: Sequence[Row], counts: Counts, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_inboxbatch WHERE id = ANY(%s)", [[row.id for row in rows]])
        if counts:
            lines = [(key, at.date(), what, fate, n) for (key, what, fate), n in sorted(counts.items())]
            cursor.execute(COUNT, [list(column) for column in zip(*lines, strict=True)])
        cursor.execute(USED, [at, sorted({row.key_id for row in rows})])


def _one_by_one(at: datetime) -> int:
    """The rows of a sweep that failed: each by itself, and of one that fails again each message by itself."""
    with transaction.atomic():
        rows = _take()
        for row in rows:
            try:
                with transaction.atomic():
                    _record([row], at)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                _sort_out(row, error, at)
        return len(rows)


def _sort_out(row: Row, error: Exception, at: datetime) -> None:
    """Record the good messages of this row; the bad ones stay as a row that waits for a human."""
    key = ApiKey.objects.select_related("store").get(pk=row.key_id)
    content = row.content
    counts: Counts = Counter((row.key_id, what, fate) for what, fate in content.refused)
    bad = []
    for message in content.messages:
        try:
            with transaction.atomic():
                fates = _told(key, [message], at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            bad.append(message)
            counts[row.key_id, message.type, "failed"] += 1
        else:
            counts.update(fates)
    _finish([row], counts, at)
    if bad:
        log.error(
            "Key %s: %s messages could not be recorded (%s)", row.key_id, len(bad), type(error).__name__
        )
        InboxBatch.objects.create(
            key_id=row.key_id,
            messages=len(bad),
            body=msgspec.json.encode(Content(bad)),
            parked=True,
            fault=type(error).__name__,
        )


@transaction.atomic
def discard(key: ApiKey, by: User, at: datetime) -> int:
    """Give up the parked messages of this key; how many they were."""
    rows = list(InboxBatch.objects.select_for_update().filter(key=key, parked=True))
    InboxBatch.objects.filter(pk__in=[row.pk for row in rows]).delete()
    count = sum(row.messages for row in rows)
    if rows:
        audit.record(by, "api_key.discarded", key, at, messages=count)
    return count


def retry(rows: Iterable[InboxBatch]) -> None:
    """Let parked rows be tried again by the next sweep."""
    ids = [row.pk for row in rows]
    InboxBatch.objects.filter(pk__in=ids, parked=True).update(parked=False, fault="")
