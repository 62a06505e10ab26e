"""Points in time are read quickly, and as Django reads them."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from config.times import QuickTimeLoader

TIMESTAMPTZ = 1184  # its type id in PostgreSQL's catalogue
pytestmark = pytest.mark.django_db
TIMES = [
    "2026-03-29 00:59:59.123456+00",
    "2026-10-25 01:00:00.5+00",
    "1969-12-31 23:59:59+00",
    "9999-12-31 23:59:59+00",
]


def read(text: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        found: datetime = cursor.fetchone()[0]
        return found


@pytest.mark.parametrize("text", TIMES)
def test_points_in_time_are_those_that_were_written(text: str) -> None:
    assert read(text) == datetime.fromisoformat(text)
    assert read(text).tzinfo is UTC


def test_connections_read_them_our_way() -> None:
    connection.ensure_connection()
    assert connection.connection.adapters.get_loader(TIMESTAMPTZ, Format.TEXT) is QuickTimeLoader


@pytest.mark.parametrize("text", ["infinity", "0044-03-15 00:00:00+00 BC"])
def test_what_no_datetime_can_hold_is_refused_as_ever(text: str) -> None:
    with pytest.raises(DataError):
        read(text)
