"""Statements that are planned once for each connection."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from config import prepared
from customers.models import Customer
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)

WANTED = "SELECT id FROM customers_customer WHERE id = ANY(%s::bigint[]) ORDER BY id"


@pytest.fixture(autouse=True)
def fresh_connection() -> None:
    connection.close()


def asked(ids: list[int]) -> list[int]:
    with prepared.cursor() as cursor:
        cursor.execute(WANTED, [ids])
        return [pk for (pk,) in cursor.fetchall()]


def kept() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [text for (text,) in cursor.fetchall()]


def test_it_is_planned_once_whatever_the_values_and_other_statements_are_not() -> None:
    people = [CustomerFactory().pk for _ in range(3)]
    for ids in (people[:1], people[1:2], people, people * 1000):
        assert asked(ids) == sorted(set(ids))
        Customer.objects.filter(pk__in=ids).count()
    assert kept() == [WANTED.replace("%s", "$1")]


def test_nothing_at_all_can_be_asked_for() -> None:
    assert asked([]) == []


def test_it_is_seen_where_django_looks_for_statements() -> None:
    with CaptureQueriesContext(connection) as seen:
        asked([1])
    assert [query["sql"] for query in seen.captured_queries] == [WANTED.replace("%s", "$1")]


def test_it_fails_as_others_do_and_goes_on_behind_a_rollback() -> None:
    person = CustomerFactory()
    with pytest.raises(DataError), prepared.cursor() as cursor:
        cursor.execute("SELECT %s::text", ["\x00"])
    insert = "INSERT INTO customers_customer (id, email) VALUES (%s, %s)"
    with pytest.raises(IntegrityError), transaction.atomic(), prepared.cursor() as cursor:
        cursor.execute(insert, [person.pk, "anna@example.org"])
    assert asked([person.pk]) == [person.pk]
    assert connection.connection.prepare_threshold is None


def test_a_table_that_gained_a_column_meanwhile_is_asked_as_before() -> None:
    assert asked([]) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer ADD COLUMN gained integer")
    try:
        person = CustomerFactory()
        assert asked([person.pk]) == [person.pk]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE customers_customer DROP COLUMN gained")
