"""The compiled statement finds the customers that a slow and obvious evaluation of the same rule finds."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.segment_conditions.engagement import FACTS
from customers.models import Event
from customers.segments import compiler, estimates, tree
from customers.segments.conditions import LIVING, PEOPLE, conditions
from customers.segments.estimates import Estimate
from customers.segments.sql import Sql, sql
from tests.customers import segment_rules, segment_world
from tests.customers.segment_evaluator import Person, belongs, everybody, members
from tests.customers.segment_world import AT, ZONE

TIMES = [AT, *(datetime(*day, 9, 15, tzinfo=ZONE) for day in [(2026, 12, 29), (2027, 2, 27), (2028, 2, 29)])]


def examples(number: int) -> settings:
    """The same examples in every run; the fixtures are only read."""
    quiet = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(
        max_examples=number, derandomize=True, database=None, deadline=None, suppress_health_check=quiet
    )


@pytest.fixture
def people(db: None) -> list[Person]:
    segment_world.build()
    with connection.cursor() as cursor:  # else the planner believes that the tables are empty
        cursor.execute("ANALYZE")
    return everybody()


@pytest.fixture
def guesses() -> Iterator[dict[str, Estimate]]:
    """Estimates as the test wants them, so that every order of work and both forms of a leaf are tried."""
    chosen: dict[str, Estimate] = {}
    real = estimates.leaf
    estimates.leaf = lambda node, at: chosen.get(node.path, Estimate(10, 10))
    yield chosen
    estimates.leaf = real


def run(statement: Sql) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return [row[0] for row in cursor.fetchall()]


def compiled(rule: Any, at: datetime) -> list[int]:
    found = compiler.compile_rule(rule, at)
    assert not found.faults
    return run(Sql(found.sql, found.params))


def test_every_condition_is_among_the_random_rules(db: None) -> None:
    assert set(segment_rules.params()) == {condition.key for condition in conditions}


def values_drawn(of: st.SearchStrategy[dict[str, Any]], name: str) -> set[Any]:
    found: set[Any] = set()

    @examples(300)
    @given(of)
    def draw(params: dict[str, Any]) -> None:
        found.add(params[name])

    draw()
    return found


def test_every_kind_of_event_and_every_channel_with_a_statement_is_among_them(people: list[Person]) -> None:
    """What no rule asks about, or nobody in the small shop ever did, would be tested by nothing."""
    asked = {"behaviour": "kind", "consent": "channel", "engagement": "did"}
    drawn = {key: values_drawn(segment_rules.params()[key], name) for key, name in asked.items()}
    assert drawn["behaviour"] == {event.kind for p in people for event in p.events} == set(Event.Kind.values)
    assert drawn["consent"] > {said.channel for p in people for said in p.consents} > {"email", "sms"}
    assert drawn["engagement"] == {did for did, _label in FACTS}


def test_trees_give_the_customers_of_the_evaluator(
    people: list[Person], guesses: dict[str, Estimate]
) -> None:
    living = len(members({"none": [{"condition": "language", "params": {"languages": ["xx"]}}]}, people, AT))
    sizes = []

    @examples(400)
    @given(segment_rules.trees(), st.sampled_from(TIMES), st.randoms(use_true_random=False))
    def check(rule: dict[str, Any], at: datetime, chance: Any) -> None:
        guesses.clear()
        node = tree.read(rule).node
        assert node is not None
        for leaf in tree.leaves(node):
            guesses[leaf.path] = Estimate(chance.choice([1, 20, 500]), chance.choice([0, 30, 10**6]))
        found = compiled(rule, at)
        assert len(found) == len(set(found))
        assert set(found) == members(rule, people, at)
        sizes.append(len(found))

    check()
    telling = sum(1 for size in sizes if 0 < size < living)
    assert telling >= len(sizes) / 3, (
        f"only {telling} of {len(sizes)} rules match neither nobody nor everybody"
    )


def test_each_condition_answers_the_same_as_set_and_as_probe(people: list[Person]) -> None:
    @examples(600)
    @given(segment_rules.leaves(lending=False), st.sampled_from(TIMES))
    def check(rule: dict[str, Any], at: datetime) -> None:
        leaf = tree.read(rule).node
        assert isinstance(leaf, tree.Leaf)
        probe = leaf.condition.probe_sql(leaf.params, at.astimezone(ZONE))
        probed = run(sql("SELECT c.id FROM {} WHERE {} AND ({})", PEOPLE, LIVING, probe))
        listed = run(leaf.condition.set_sql(leaf.params, at.astimezone(ZONE)))
        assert len(listed) == len(set(listed))
        wanted = members(rule, people, at)
        assert set(probed) == wanted
        assert {pk for pk in listed if pk in {p.row.pk for p in people if not is_gone(p)}} == wanted
        null = sql("SELECT c.id FROM {} WHERE ({}) IS NULL", PEOPLE, probe)
        assert not run(null)

    check()


def is_gone(person: Person) -> bool:
    return person.row.merged_into_id is not None or person.row.erased_at is not None


def test_real_estimates_change_nothing(people: list[Person]) -> None:
    @examples(60)
    @given(segment_rules.trees())
    def check(rule: dict[str, Any]) -> None:
        assert set(compiled(rule, AT)) == members(rule, people, AT)

    check()


def test_stored_rules_mean_the_same_and_read_the_same(people: list[Person]) -> None:
    @examples(100)
    @given(segment_rules.leaves())
    def check(rule: dict[str, Any]) -> None:
        node = tree.read(rule).node
        assert node is not None
        stored = tree.plain(node)
        assert tree.plain(tree.read(stored).node) == stored  # type: ignore[arg-type]
        assert [belongs(stored, p, AT) for p in people] == [belongs(rule, p, AT) for p in people]

    check()
