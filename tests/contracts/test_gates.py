"""What every gate must do, also those of the apps above."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels.arbiter import facts, registry
from channels.arbiter.registry import Gate
from channels.arbiter.rows import Act
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
GATES = [pytest.param(gate, id=gate.key) for gate in registry.ordered()]


@pytest.mark.parametrize("gate", GATES)
def test_it_answers_for_the_rows_that_it_was_asked_about_only(gate: Gate) -> None:
    runs.customers(3, permitted=False)
    rows = facts.load([row.pk for row in runs.planned(runs.version())])
    verdicts = gate.gate(rows[:2], NOW)
    assert set(verdicts) <= {row.id for row in rows[:2]}
    assert all(verdict.act is not Act.SEND and verdict.reason for verdict in verdicts.values())
    assert gate.gate([], NOW) == {}


@pytest.mark.parametrize("gate", GATES)
def test_its_queries_do_not_grow_with_the_rows(gate: Gate) -> None:
    runs.customers(40)
    Customer.objects.update(language="de")
    rows = facts.load([row.pk for row in runs.planned(runs.version())])
    counts = []
    for part in (rows[:2], rows):
        with CaptureQueriesContext(connection) as queries:
            gate.gate(part, NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_positions_are_in_their_ranges() -> None:
    for gate in registry.ordered():
        ours = type(gate).__module__.startswith("channels.")
        first, waits = gate.position < 100, gate.position >= 900
        assert (first or waits) if ours else not (first or waits)
