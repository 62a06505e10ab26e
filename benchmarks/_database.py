"""Empty databases on the server that the settings name, for as long as a block lasts."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction


@contextmanager
def scratch(*more: str) -> Iterator[None]:
    """The database of the settings, and any more that are named.

    A test of a benchmark names in MIGRATED_DATABASE a migrated one to copy, which saves most of its time.
    """
    names = [settings.DATABASES["default"]["NAME"], *more]
    if strange := [name for name in names if not name.startswith("bench_")]:
        raise SystemExit(
            f"{strange} would be dropped: a benchmark runs with settings that name a bench_ database."
        )
    template = os.environ.get("MIGRATED_DATABASE", "template1")
    for name in names:
        _drop(name)
        _server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield
    finally:
        connections.close_all()
        for name in names:
            _drop(name)


def empty(*tables: str) -> None:
    """With all that points to them, past the triggers that keep ledgers."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        guarded = sorted(row[0] for row in cursor.fetchall())
        cursor.execute("; ".join(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded))
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        cursor.execute("; ".join(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded))


def _drop(name: str) -> None:
    """Autovacuum may be at work there, which only a superuser could end; it goes away by itself."""
    for _second in range(60):
        try:
            _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            return
        except psycopg.errors.InsufficientPrivilege:
            time.sleep(1)
    raise SystemExit(f"{name} is still in use after a minute.")


def _server(*statements: str) -> None:
    place = {name.lower(): settings.DATABASES["default"][name] for name in ("HOST", "PORT", "USER")}
    password = settings.DATABASES["default"].get("PASSWORD") or None
    with psycopg.connect(**place, password=password, dbname="postgres", autocommit=True) as session:
        for statement in statements:
            session.execute(statement)
