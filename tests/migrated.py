"""A database as migrations leave it, made once; the databases of tests are copies of it, which take a second.

`python -m tests.migrated` makes it ahead of a parallel run, whose workers would wait for the first of them.
"""

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from config.embedded.postgres import programs

ROOT = Path(__file__).resolve().parents[1]
LOCK = 5_273_001  # any number that nothing else locks


def database() -> str:
    """Its name, after what migrations depend on: themselves, the libraries, and the day, for which they make
    partitions."""
    name = f"migrated_{_fingerprint()}"
    with _maintenance() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrated\\_%'")
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            _drop(cursor, found)
            _make(cursor, name)
    return name


def dump_into(file: Path) -> None:
    """For a server other than the tests' own."""
    place = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    where = {name: str(place[part]) for name, part in given.items() if place[part]}
    command = [programs() / "pg_dump", "--format", "custom", "--no-owner", "--file", file, database()]
    subprocess.run(command, env=os.environ | where, check=True)


def _fingerprint() -> str:
    files = [*sorted(ROOT.glob("*/migrations/*.py")), ROOT / "requirements.txt"]
    told = hashlib.sha256(str(datetime.now(UTC).date()).encode())
    for file in files:
        told.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    return told.hexdigest()[:16]


def _drop(cursor: CursorWrapper, names: set[str]) -> None:
    for name in names:
        cursor.execute(f"DROP DATABASE {connection.ops.quote_name(name)}")


def _make(cursor: CursorWrapper, name: str) -> None:
    """Under another name first: a killed run leaves no half of one."""
    draft = f"{name}_draft"
    cursor.execute(f"CREATE DATABASE {draft}")
    with _connected_to(draft):
        call_command("migrate", verbosity=0)
    cursor.execute(f"ALTER DATABASE {draft} RENAME TO {name}")


@contextlib.contextmanager
def _maintenance() -> Iterator[CursorWrapper]:
    """Locks end with it."""
    with connection._nodb_cursor() as cursor:
        yield cursor


@contextlib.contextmanager
def _connected_to(name: str) -> Iterator[None]:
    connection.close()
    usual = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    database()
