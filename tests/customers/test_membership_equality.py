"""After any facts and ticks the members are those whom the compiled rules select."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import consent
from customers import dirty, stats
from customers.models import Customer, Segment, SegmentMember
from customers.segments import compiler, tree
from customers.segments.conditions import LendingCondition
from customers.segments.membership import checking, keeping, proof, readings
from tests.channels.people import no, yes
from tests.customers import segment_rules, segment_world
from tests.customers.segment_world import AT
from tests.customers.test_membership import GERMAN, made, orders_of
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db
RULES = 8
KINDS = ["order", "move", "yes", "no", "erase", "new"]
FACTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 59)), max_size=8)


@pytest.fixture
def world() -> None:
    segment_world.build()


def happens(kind: str, person: Customer) -> None:
    if kind == "order":
        orders_of(person, AT)
    elif kind in ("yes", "no"):
        stated = yes(person, minutes=0) if kind == "yes" else no(person, minutes=0)
        consent.record([stated], AT)
    else:
        fields: dict[str, Any] = {
            "move": {"city": "Wien", "country": "AT", "language": "de"},
            "erase": {"erased_at": AT},
            "new": {"language": "fr", "birthday": AT.date()},
        }[kind]
        Customer.objects.filter(pk=person.pk).update(**fields)
        dirty.mark([person.pk], AT)


def selected(segment: Segment) -> set[int]:
    compiled = compiler.compile_rule(segment.rule, AT)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return {row[0] for row in cursor.fetchall()}


@pytest.mark.usefixtures("world")
def test_a_few_are_asked_as_many_are() -> None:
    """By another statement, whose values the server binds: every condition must stand that."""
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))[:20]
    parts = [people[start : start + checking.FEW] for start in range(0, len(people), checking.FEW)]
    assert len(people) > checking.FEW

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(segment_rules.leaves(), min_size=30, max_size=30))
    def run(leaves: list[Any]) -> None:
        rules = [readings.once(number, {"all": [leaf]}) for number, leaf in enumerate(leaves)]
        many = checking.belonging(rules, people, AT)
        few = [checking.belonging(rules, part, AT) for part in parts]
        assert all(each.keys() == many.keys() == set(range(len(rules))) for each in few)
        assert {number: set().union(*(each[number] for each in few)) for number in many} == many

    run()


telling: list[bool] = []


@pytest.mark.usefixtures("world")
def test_members_are_those_of_the_rules() -> None:
    people = list(Customer.objects.order_by("pk"))
    lent = set(Segment.objects.values_list("pk", flat=True))

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(segment_rules.trees(), min_size=RULES, max_size=RULES),
        st.lists(FACTS, min_size=1, max_size=3),
    )
    def run(rules: list[Any], rounds: list[Any]) -> None:
        Segment.objects.exclude(pk__in=lent).delete()
        segments = [SegmentFactory(rule=rule, revision=1) for rule in rules]
        assert keeping.tick(lambda: AT)
        for facts in rounds:
            for kind, place in facts:
                happens(kind, people[place])
            assert keeping.sweep(lambda: AT)
        for segment in segments:
            assert not tree.read(segment.rule).faults
            kept = set(segment.members.values_list("customer_id", flat=True))
            assert kept == selected(segment)
            telling.append(0 < len(kept) < len(people) - 2)
        assert proof.differences(AT, 10) == []

    run()
    assert len(telling) >= 20 * RULES
    assert sum(telling) * 3 >= len(telling)


def test_a_probe_that_is_moved_is_the_one_that_would_be_made(world: None) -> None:
    zone, moved = segment_world.ZONE, []

    @settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(segment_rules.leaves(), st.integers(-10 * 3600, 13 * 3600))
    def check(rule: Any, seconds: int) -> None:
        leaf = tree.read(rule).node
        if not isinstance(leaf, tree.Leaf) or isinstance(leaf.condition, LendingCondition):
            return
        at = AT.astimezone(zone)
        later = at + timedelta(seconds=seconds)
        probe = readings.Probe.of(leaf, at)
        assert probe.at(at) == leaf.condition.probe_sql(leaf.params, at)
        assert probe.serves(later)
        assert probe.at(later) == leaf.condition.probe_sql(leaf.params, later)
        assert probe.serves(later + timedelta(days=1)) == probe.lasts
        moved.append(any(probe.moving or ()))

    check()
    assert sum(moved) >= 30


def test_the_command_finds_a_wrong_member_and_a_missing_one_and_mends_them(capsys: Any) -> None:
    anna, jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    segment = made(GERMAN)
    keeping.tick(lambda: AT)
    Segment.objects.update(due_at=None)
    call_command("check_membership")
    SegmentMember.objects.update(customer=jane)
    with pytest.raises(CommandError, match="2 differences"):
        call_command("check_membership", mend=True)
    said = capsys.readouterr().out
    assert f"customer {anna.pk} belongs but is not kept" in said
    assert f"customer {jane.pk} is kept but does not belong" in said
    keeping.tick(lambda: AT)
    assert list(segment.members.values_list("customer_id", flat=True)) == [anna.pk]
    assert stats.differences() == []
