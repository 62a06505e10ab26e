"""No ledger is emptied at once, which triggers for its rows do not see."""

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty.models import Entry
from tests import emptying
from tests.loyalty import points

# Tables that refuse to lose a row (8), and whether they refuse to lose all of them (32).
LEDGERS = """
    SELECT tgrelid::regclass::text, bool_or(tgtype::integer & 32 > 0) FROM pg_trigger
    WHERE NOT tgisinternal AND (tgname LIKE '%append_only' OR tgtype::integer & 32 > 0)
    GROUP BY tgrelid HAVING bool_or(tgtype::integer & 8 > 0)
"""


@pytest.mark.django_db
def test_what_is_append_only_is_not_truncated() -> None:
    with connection.cursor() as cursor:
        cursor.execute(LEDGERS)
        ledgers = dict(cursor.fetchall())
    assert len(ledgers) == 9
    assert all(ledgers.values())
    for table in ledgers:
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_nor_are_the_accounts_that_bookings_belong_to() -> None:
    points.give(points.program(), points.person(), 100)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE loyalty_account CASCADE")
    assert Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_tests_are_emptied_past_it_and_guarded_again() -> None:
    points.give(points.program(), points.person(), 100)
    with connection.cursor() as cursor:
        emptying._flush(cursor)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal")
        assert cursor.fetchone() == (0,)
    assert not Entry.objects.exists()
