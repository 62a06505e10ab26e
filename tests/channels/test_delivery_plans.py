"""Statements that would be quadratic with the wrong plan keep to their index, whatever the statistics say."""

import itertools
import re
from typing import Any

import pytest
from django.db import connection

from channels.arbiter import facts
from channels.arbiter.choice import place
from channels.models import Delivery
from tests.channels import runs

pytestmark = pytest.mark.django_db


def plans() -> list[str]:
    """With these values, and as the server keeps it ready for any."""
    rows = facts.load(list(Delivery.objects.filter(state="planned").values_list("id", flat=True)[:50]))
    values = [list(each) for each in zip(*map(place, rows), strict=True)]
    numbers = itertools.count(1)
    for_any = re.sub("%s", lambda _place: f"${next(numbers)}", facts.TAKEN)
    return [explained("EXPLAIN " + facts.TAKEN, values), explained("EXPLAIN (GENERIC_PLAN) " + for_any, None)]


def explained(statement: str, values: list[list[Any]] | None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return "\n".join(line for (line,) in cursor.fetchall())


def keep_to(index: str) -> bool:
    return all(index in plan for plan in plans())


def test_taken_addresses_are_looked_up_by_address() -> None:
    runs.customers(600)
    versions = [runs.version() for _ in range(2)]
    runs.planned(versions[0])
    runs.send_all()
    runs.planned(versions[1])
    assert keep_to("delivery_address_once")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_delivery")
    assert keep_to("delivery_address_once")


def test_in_a_first_large_run_too_where_nobody_has_been_reached_by_the_statistics() -> None:
    runs.customers(1_200)
    versions = [runs.version() for _ in range(2)]
    runs.planned(versions[0])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_delivery")
    runs.send_all()
    runs.planned(versions[1])
    assert keep_to("delivery_address_once")
