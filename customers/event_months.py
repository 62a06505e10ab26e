"""The months of the event table: made when they are needed, forgotten when their time is over."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from customers.models import Event

FIRST = datetime(2015, 1, 1, tzinfo=UTC)  # what is older lies in one partition of its own
AHEAD = 2
LOCK = 7_202_611  # any number that no other advisory lock of ours has
BATCH = 20_000
# A partition is made apart and then attached: that waits for nobody who reads or writes other months.
MAKE = """
    CREATE TABLE {name} (LIKE customers_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
    ALTER TABLE customers_event ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}');
"""
FORGET = """
    DELETE FROM customers_event WHERE (id, at) IN (
        SELECT id, at FROM customers_event WHERE at < %(before)s AND kind = ANY(%(kinds)s) LIMIT %(batch)s
    )
"""
FORGET_KEYS = """
    DELETE FROM customers_eventkey WHERE key IN (
        SELECT key FROM customers_eventkey WHERE at < %(before)s LIMIT %(batch)s
    )
"""


def ensure(times: Iterable[datetime]) -> None:
    """Make the months in which these times lie; asked each time, since another process may have forgotten one."""
    wanted = sorted({month(at) for at in times if at >= FIRST})
    if not _missing(wanted):
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        for since in _missing(wanted):
            bounds = {"since": since.isoformat(), "until": after(since).isoformat()}
            cursor.execute(MAKE.format(name=name_of(since), **bounds))


def _missing(months: list[datetime]) -> list[datetime]:
    names = {name_of(since): since for since in months}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL", [list(names)]
        )
        return sorted(names[name] for (name,) in cursor.fetchall())


def month(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def after(since: datetime) -> datetime:
    return month(since + timedelta(days=32))


def name_of(since: datetime) -> str:
    return f"customers_event_{since:%Y_%m}"


def prepare(at: datetime) -> None:
    """Have the next months ready, so that no sweep has to make them."""
    months = [month(at)]
    for _ahead in range(AHEAD):
        months.append(after(months[-1]))
    ensure(months)


def forget(at: datetime) -> int:
    """Delete what is kept no longer: whole months at once, then the kinds that are kept for a shorter time.

    Returns the rows deleted one by one. Keys go with the oldest events: a message that is sent again after that
    would be forgotten again the same night.
    """
    keep = {
        kind: settings.EVENT_KEEP_DAYS.get(kind, settings.EVENT_KEEP_DAYS["other"])
        for kind in Event.Kind.values
    }
    oldest = at - timedelta(days=max(keep.values()))
    _drop_months(oldest)
    gone = sum(
        _in_batches(
            FORGET, {"before": at - timedelta(days=days), "kinds": [k for k in keep if keep[k] == days]}
        )
        for days in sorted(set(keep.values()))
    )
    _in_batches(FORGET_KEYS, {"before": oldest})
    return gone


def _drop_months(oldest: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'customers_event'::regclass"
        )
        tables = {row[0] for row in cursor.fetchall()}
        since = month(oldest)
        for name in sorted(
            table for table in tables if "customers_event_2" in table and table < name_of(since)
        ):
            cursor.execute(f"DROP TABLE {name}")


def _in_batches(statement: str, params: dict[str, Any]) -> int:
    gone = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, params | {"batch": BATCH})
            gone += int(cursor.rowcount)
            if cursor.rowcount < BATCH:
                return gone
