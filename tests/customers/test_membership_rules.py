"""When the rule changes: all at once, never by halves, and with its users. Faults empty a segment and are told."""

from typing import Any

import pytest

from customers import dirty
from customers.models import Category, Customer, Segment
from customers.segments import membership, tree
from customers.segments.conditions import conditions
from customers.segments.membership import checking, keeping, readings
from customers.segments.sql import Sql
from tests.customers.test_membership import BUYERS, GERMAN, NOON, changes, made, members, orders_of, tick
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"condition": "language", "params": {"languages": ["en"]}}


def edit(segment: Segment, rule: Any) -> None:
    Segment.objects.filter(pk=segment.pk).update(rule={"all": [rule]}, revision=segment.revision + 1)
    segment.refresh_from_db()


def test_an_edited_rule_is_applied_as_a_whole_and_marked_as_such() -> None:
    anna, jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    segment = made(GERMAN)
    tick()
    edit(segment, ENGLISH)
    assert membership.state(segment, NOON).kind == "building"
    assert members(segment) == {anna.pk}
    tick()
    assert members(segment) == {jane.pk}
    assert sorted(changes(segment)[1:]) == sorted([(anna.pk, False, True), (jane.pk, True, True)])


def test_between_edit_and_build_nobody_is_judged_by_the_new_rule() -> None:
    anna, _jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    segment = made(GERMAN)
    tick()
    edit(segment, ENGLISH)
    dirty.mark(Customer.objects.values_list("pk", flat=True), NOON)
    assert keeping.sweep(lambda: NOON)
    assert members(segment) == {anna.pk}


def test_a_rule_that_cannot_be_read_empties_the_segment_says_so_and_comes_back() -> None:
    anna, category = CustomerFactory(), Category.objects.create(path="Home")
    params = {"categories": [str(category.pk)], "times": 1, "window": "all"}
    segment = SegmentFactory(rule={"none": [{"condition": "bought_category", "params": params}]}, revision=1)
    tick()
    assert members(segment) == {anna.pk}
    key = category.pk
    category.delete()
    dirty.mark_everybody(NOON)
    tick()
    assert members(segment) == set()
    assert changes(segment)[-1] == (anna.pk, False, True)
    segment.refresh_from_db()
    state = membership.state(segment, NOON)
    assert (state.kind, state.size) == ("fault", 0)
    assert "does not exist" in state.fault
    dirty.mark([anna.pk], NOON)
    tick()
    assert members(segment) == set()
    Category.objects.create(pk=key, path="Home")
    tick()
    assert members(segment) == {anna.pk}


def test_a_condition_whose_app_is_missing_is_a_fault_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    CustomerFactory()
    segment = made(GERMAN)
    tick()
    monkeypatch.setattr(conditions, "get", lambda key: None)
    dirty.mark_everybody(NOON)
    tick()
    assert members(segment) == set()
    segment.refresh_from_db()
    assert "does not exist" in membership.state(segment, NOON).fault


def test_one_segment_that_the_database_refuses_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = CustomerFactory()
    broken, good = made(GERMAN), made(BUYERS)
    tick()
    language = conditions["language"]
    for name in ("test_sql", "probe_sql"):
        monkeypatch.setattr(language, name, lambda *_args: Sql("1 / 0 = c.id"))
    readings._read.clear()
    orders_of(anna)
    tick()
    assert members(good) == {anna.pk}
    assert members(broken) == {anna.pk}
    broken.refresh_from_db()
    assert broken.due_at == NOON
    assert membership.state(broken, NOON + 2 * membership.BEHIND).kind == "late"
    monkeypatch.undo()
    readings._read.clear()
    tick(NOON + keeping.OFTEN)
    broken.refresh_from_db()
    assert broken.built_at == NOON + keeping.OFTEN


def test_segments_that_use_a_segment_are_found_and_outdated_by_its_edit() -> None:
    inner = made(GERMAN)
    outer = SegmentFactory(rule={"none": [{"condition": "in_segment", "params": {"segment": str(inner.pk)}}]})
    assert readings.uses(outer.rule) == {inner.pk}
    assert readings.uses([{"all": 7}, {"condition": "in_segment", "params": None}]) == set()
    top = SegmentFactory(rule={"all": [{"condition": "in_segment", "params": {"segment": outer.pk}}]})
    every = Segment.objects.in_bulk()
    assert readings.below(top, every) == {outer.pk, inner.pk}
    Segment.objects.filter(pk__in=[outer.pk, top.pk]).update(built_revision=0)
    keeping.build(inner.pk, lambda: NOON)
    assert set(Segment.objects.filter(built_revision=None).values_list("pk", flat=True)) == {outer.pk, top.pk}


def test_equal_conditions_of_many_segments_are_asked_once_and_read_once() -> None:
    CustomerFactory()
    for number in range(30):
        SegmentFactory(rule={"all": [GERMAN, BUYERS] if number % 2 else [BUYERS]}, revision=1)
    tick()
    segments = Segment.objects.in_bulk()
    rules = readings.read(segments, "Europe/Berlin")
    assert len(checking._probes(rules, NOON)) == 2
    assert readings.read(segments, "Europe/Berlin")[0] is rules[0]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (GERMAN, False),
        (BUYERS, False),
        ({"condition": "birthday", "params": {"days": 7}}, True),
        ({"condition": "age", "params": {"operator": "at_least", "number": 18}}, True),
        ({"condition": "last_order", "params": {"operator": "within", "days": 7}}, True),
        ({"condition": "last_order", "params": {"operator": "before", "date": "2026-01-01"}}, False),
    ],
)
def test_which_rules_depend_on_time(rule: dict[str, Any], expected: bool) -> None:
    node = tree.read(rule).node
    assert node is not None
    assert readings.depends_on_time(node, NOON) is expected
