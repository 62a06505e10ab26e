"""Empties the database behind a test that commits: it leaves what Django's flush leaves, in a fraction of the time.

Flush truncates two hundred tables with their indexes and makes all permissions and roles anew, which takes a second.
Such a test has written few rows to few tables.
"""

from functools import cache

from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

# Made by migrate, and by flush again. A test that changes them is followed by a flush.
KEPT = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
UNMANAGED = ("customers_event",)  # flush does not know it
FEW = 2_000  # rows of a table; deleting more takes longer than truncating, for each asks all tables that point to it
_kept: list[str] = []  # what the rows of KEPT looked like after the last flush


def empty() -> None:
    with connection.cursor() as cursor:
        filled = _filled(cursor)
        small = _kept == [_looks(cursor)] and all(rows < FEW for rows in filled.values())
        if not (small and _delete(cursor, list(filled))):
            _flush(cursor)


def _flush(cursor: CursorWrapper) -> None:
    with transaction.atomic():
        _triggers(cursor, "DISABLE")
        cursor.execute(f"TRUNCATE {', '.join(UNMANAGED)}")
        call_command("flush", verbosity=0, interactive=False, reset_sequences=False)
        _triggers(cursor, "ENABLE")
    _kept[:] = [_looks(cursor)]


def _triggers(cursor: CursorWrapper, act: str) -> None:
    """Those that keep ledgers from being emptied."""
    cursor.execute("; ".join(f"ALTER TABLE {table} {act} TRIGGER USER" for table in sorted(_with_triggers())))


def _filled(cursor: CursorWrapper) -> dict[str, int]:
    """Tables with rows, and how many, at most FEW."""
    cursor.execute(_counts())
    return dict(cursor.fetchall())


@cache
def _counts() -> str:
    tables = sorted({*connection.introspection.django_table_names(only_existing=True), *UNMANAGED} - {*KEPT})
    count = "SELECT '{0}', count(*) FROM (SELECT FROM {0} LIMIT {1}) t HAVING count(*) > 0"
    return " UNION ALL ".join(count.format(table, FEW) for table in tables)


def _looks(cursor: CursorWrapper) -> str:
    parts = (f"(SELECT string_agg(t::text, ',' ORDER BY t::text) FROM {table} t)" for table in KEPT)
    cursor.execute(f"SELECT md5(concat_ws(';', {', '.join(parts)}))")
    return str(cursor.fetchone()[0])


def _delete(cursor: CursorWrapper, tables: list[str]) -> bool:
    """In any order, as keys are checked at the end; without triggers, which keep ledgers from losing rows. False where
    a server that the test has left behind was still writing: nothing is deleted then."""
    guarded = [table for table in tables if table in _with_triggers()]
    statements = [
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
        *(f"DELETE FROM {table}" for table in tables),
        "SET CONSTRAINTS ALL IMMEDIATE",
        *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
    ]
    try:
        with transaction.atomic():
            cursor.execute("; ".join(statements))
    except IntegrityError:
        return False
    return True


@cache
def _with_triggers() -> frozenset[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        return frozenset(row[0] for row in cursor.fetchall())
