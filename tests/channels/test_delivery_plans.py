"""Statements that would be quadratic with the wrong plan keep to their index, whatever the statistics say."""

import pytest
from django.db import connection

from channels.arbiter import facts
from channels.arbiter.choice import place
from channels.models import Delivery
from tests.channels import runs

pytestmark = pytest.mark.django_db


def plan() -> str:
    rows = facts.load(list(Delivery.objects.filter(state="planned").values_list("id", flat=True)[:50]))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + facts.TAKEN, [list(each) for each in zip(*map(place, rows), strict=True)])
        return "\n".join(line for (line,) in cursor.fetchall())


def test_taken_addresses_are_looked_up_by_address() -> None:
    runs.customers(600)
    versions = [runs.version() for _ in range(2)]
    runs.planned(versions[0])
    runs.send_all()
    runs.planned(versions[1])
    assert "delivery_address_once" in plan()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_delivery")
    assert "delivery_address_once" in plan()


def test_in_a_first_large_run_too_where_nobody_has_been_reached_by_the_statistics() -> None:
    runs.customers(1_200)
    versions = [runs.version() for _ in range(2)]
    runs.planned(versions[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_delivery")
    runs.send_all()
    runs.planned(versions[1])
    assert "delivery_address_once" in plan()
    assert "delivery_reached" not in plan()
