"""Empty databases on the server that the settings name, for as long as a block lasts."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connections


@contextmanager
def scratch(*more: str) -> Iterator[None]:
    """The database of the settings, and any more that are named."""
    names = [settings.DATABASES["default"]["NAME"], *more]
    if strange := [name for name in names if not name.startswith("bench_")]:
        raise SystemExit(
            f"{strange} would be dropped: a benchmark runs with settings that name a bench_ database."
        )
    for name in names:
        _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        yield
    finally:
        connections.close_all()
        for name in names:
            _server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _server(*statements: str) -> None:
    place = {name.lower(): settings.DATABASES["default"][name] for name in ("HOST", "PORT", "USER")}
    password = settings.DATABASES["default"].get("PASSWORD") or None
    with psycopg.connect(**place, password=password, dbname="postgres", autocommit=True) as session:
        for statement in statements:
            session.execute(statement)
