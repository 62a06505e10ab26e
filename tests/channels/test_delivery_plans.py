"""Statements that would be quadratic with the wrong plan keep to their index, whatever the statistics say."""

import itertools
import re
from typing import Any

import pytest
from django.db import connection

from channels.arbiter import facts
from channels.arbiter.choice import place
from channels.delivery import batching, ledger
from channels.models import Delivery
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db


def plans() -> list[str]:
    """With these values, and as the server keeps it ready for any."""
    rows = facts.load(list(Delivery.objects.filter(state="planned").values_list("id", flat=True)[:50]))
    values = [list(each) for each in zip(*map(place, rows), strict=True)]
    return [explained("EXPLAIN " + facts.TAKEN, values), explained(for_any(facts.TAKEN), None)]


def explained(statement: str, values: list[list[Any]] | None) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return "\n".join(line for (line,) in cursor.fetchall())


def for_any(statement: str) -> str:
    """As it is prepared, before its values are known."""
    numbers = itertools.count(1)
    return "EXPLAIN (GENERIC_PLAN) " + re.sub("%s", lambda _place: f"${next(numbers)}", statement)


def in_hand() -> list[tuple[str, list[Any]]]:
    """The statements about the rows of a batch, each with its values."""
    packed = next(batching.pack(NOW)).batch_id
    ids = [row.id for row in batching.rows_of(packed)][:200]
    columns = [ids, ["accepted"] * 200, *[[""] * 200] * 3, [None] * 200, [0] * 200]
    return [
        (batching.ROWS, [packed]),
        (facts.DELIVERIES.format(address=facts.ADDRESS), [ids]),
        (ledger.CALLING, [packed, ids, [f"{pk:032x}" for pk in ids], [True] * 200]),
        (ledger.WRITE, [*columns, "planned", packed, 0, 0]),
        (ledger.WRITE, [*columns, "calling", packed, 0, 0]),
    ]


def test_rows_in_hand_are_looked_up_by_their_keys_also_where_the_statistics_know_of_nothing_that_waits() -> (
    None
):
    """As in a large ledger between two runs: what waits is in small indexes, which the statistics call empty."""
    runs.customers(1_500)
    runs.planned(runs.version())
    runs.send_all()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE channels_delivery")
    runs.planned(runs.version())
    for statement, values in in_hand():
        for plan in (explained("EXPLAIN " + statement, values), explained(for_any(statement), None)):
            assert "delivery_waiting" not in plan, plan
            assert "delivery_due" not in plan, plan


def keep_to(index: str) -> bool:
    return all(index in plan and "delivery_reached" not in plan for plan in plans())


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
