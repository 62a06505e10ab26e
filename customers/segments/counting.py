"""How many customers a compiled rule has, and a few of them. Never longer than the time that is given.

The statements are the compiler's, whose text is all our own; every value is a parameter.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from customers.models import Customer
from customers.segments.compiler import Compiled

SECONDS = 3.0
STEP = 10_000
SAMPLE = 10


@dataclass(frozen=True)
class Count:
    """`exact`: this many. Otherwise more than `number`, and not even that is known when `number` is None."""

    number: int | None
    exact: bool


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


def count_within(compiled: Compiled, seconds: float = SECONDS) -> Count:
    """Count within `seconds`; beyond them see whether there are more than 10,000, in the same time again."""
    if compiled.faults:
        return Count(0, True)
    whole = _single(f"SELECT count(*) FROM ({compiled.sql}) m", compiled.params, seconds)  # noqa: S608
    if whole is not None:
        return Count(whole, True)
    some = _single(f"SELECT count(*) FROM ({compiled.sql} LIMIT {STEP + 1}) m", compiled.params, seconds)  # noqa: S608
    if some is None:
        return Count(None, False)
    return Count(min(some, STEP), some <= STEP)


def sample(compiled: Compiled, seconds: float = SECONDS) -> list[Customer]:
    """Ten members, the same ones for the same members: by their random key. Empty if too slow."""
    if compiled.faults:
        return []
    chosen = f"""WITH m AS MATERIALIZED ({compiled.sql})
        SELECT c.id FROM m JOIN customers_customer c ON c.id = m.id ORDER BY c.key LIMIT {SAMPLE}"""  # noqa: S608
    try:
        with limited(seconds), connection.cursor() as cursor:
            cursor.execute(chosen, compiled.params)
            ids = [row[0] for row in cursor.fetchall()]
    except TooSlow:
        return []
    return list(Customer.objects.filter(id__in=ids).select_related("stats").order_by("sort_name", "id"))


def _single(statement: str, params: tuple[Any, ...], seconds: float) -> int | None:
    try:
        with limited(seconds), connection.cursor() as cursor:
            cursor.execute(statement, params)
            return int(cursor.fetchone()[0])
    except TooSlow:
        return None


class TooSlow(Exception):
    """The statement did not finish in its time."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Statements inside end after `seconds` with TooSlow, and cannot write."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(int(seconds * 1000))])
            cursor.execute("SET LOCAL transaction_read_only = on")
            yield
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise
