"""How many customers a compiled rule has, and a few of them. Never longer than the time that is given.

The statements are the compiler's, whose text is all our own; every value is a parameter.

While somebody edits, a count is soon out of date. Those of one `reader` bear this name in the server, and who asks
again under it (`supersede`) ends them there; nobody waits any more for what they had to say.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import QueryCanceled

from customers.models import Customer
from customers.segments.compiler import Compiled

SECONDS = 3.0
STEP = 10_000
SAMPLE = 10


# Who ends a statement and who is done with his own hold this lock, so that never the next one of a connection is hit.
HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
CANCEL = """
    SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
    WHERE application_name = %s AND pid <> pg_backend_pid() AND usename = current_user AND state = 'active'
"""


@dataclass(frozen=True)
class Count:
    """`exact`: this many. Otherwise more than `number`, and not even that is known when `number` is None.

    `superseded`: it was not worked out, since the same reader has asked again.
    """

    number: int | None
    exact: bool
    superseded: bool = False


def count(compiled: Compiled) -> int:
    """Exactly how many, however long it takes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({compiled.sql}) m", compiled.params)  # noqa: S608
        return int(cursor.fetchone()[0])


def count_up_to(compiled: Compiled, most: int) -> int:
    """How many, but `most` where there are more."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({compiled.sql} LIMIT {most:d}) m", compiled.params)  # noqa: S608
        return int(cursor.fetchone()[0])


def reader(user_id: int, segment_id: int | None) -> str:
    """The name under which somebody counts for a draft; the server shows at most 63 characters of it."""
    return f"count:{user_id}:{segment_id or 'new'}"


@transaction.atomic
def supersede(reader: str) -> int:
    """End what the server still counts for this reader; returns how many statements that were."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [reader])
        cursor.execute(CANCEL, [reader])
        return int(cursor.fetchone()[0])


def count_within(compiled: Compiled, seconds: float = SECONDS, reader: str = "") -> Count:
    """Count within `seconds`; beyond them see whether there are more than 10,000, in the same time again."""
    if compiled.faults:
        return Count(0, True)
    try:
        whole = _single(f"SELECT count(*) FROM ({compiled.sql}) m", compiled.params, seconds, reader)  # noqa: S608
        if whole is not None:
            return Count(whole, True)
        limit = f"SELECT count(*) FROM ({compiled.sql} LIMIT {STEP + 1}) m"  # noqa: S608
        some = _single(limit, compiled.params, seconds, reader)
    except Superseded:
        return Count(None, False, superseded=True)
    return Count(None, False) if some is None else Count(min(some, STEP), some <= STEP)


def sample(compiled: Compiled, seconds: float = SECONDS, reader: str = "") -> list[Customer]:
    """Ten members, the same ones for the same members: by their random key. Empty if too slow."""
    if compiled.faults:
        return []
    chosen = f"""WITH m AS MATERIALIZED ({compiled.sql})
        SELECT c.id FROM m JOIN customers_customer c ON c.id = m.id ORDER BY c.key LIMIT {SAMPLE}"""  # noqa: S608
    try:
        with limited(seconds, reader), connection.cursor() as cursor:
            cursor.execute(chosen, compiled.params)
            ids = [row[0] for row in cursor.fetchall()]
    except (TooSlow, Superseded):
        return []
    return list(Customer.objects.filter(id__in=ids).select_related("stats").order_by("sort_name", "id"))


def _single(statement: str, params: tuple[Any, ...], seconds: float, reader: str) -> int | None:
    try:
        with limited(seconds, reader), connection.cursor() as cursor:
            cursor.execute(statement, params)
            return int(cursor.fetchone()[0])
    except TooSlow:
        return None


class TooSlow(Exception):
    """The statement did not finish in its time."""


class Superseded(Exception):
    """The statement was ended, since its reader has asked again."""


@contextmanager
def limited(seconds: float, reader: str = "") -> Iterator[None]:
    """Statements inside end after `seconds` with TooSlow, and cannot write. With a `reader` they bear this name, and
    end with Superseded when the same reader asks again."""
    begun = time.monotonic()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('application_name')")
            before, name = cursor.fetchone()
            _set(cursor, statement_timeout=str(int(seconds * 1000)), application_name=reader or name)
            cursor.execute("SET LOCAL transaction_read_only = on")
            yield
            if reader:
                cursor.execute(HOLD, [reader])
            _set(cursor, statement_timeout=before, application_name=name)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        # The server tells both apart by words of its own language only; its clock for the statement began after ours.
        raise (Superseded if reader and time.monotonic() - begun < seconds else TooSlow) from error


def _set(cursor: CursorWrapper, **values: str) -> None:
    for name, value in values.items():
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
