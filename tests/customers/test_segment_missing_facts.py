"""What is not known is not true: the editor says so where a fact may be missing, and what it means in a none-group."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from hypothesis import given

from customers.segments import drawing, tree
from customers.segments.conditions import LIVING, PEOPLE, LendingCondition, conditions
from customers.segments.sql import sql
from tests.customers import segment_rules
from tests.customers.segment_evaluator import Person
from tests.customers.segment_world import AT, ZONE
from tests.customers.test_segment_equality import examples, people  # noqa: F401 - a fixture
from tests.factories import SegmentFactory

pytestmark = pytest.mark.django_db
BIRTHDAY = {"condition": "birthday", "params": {"days": 7}}
ORDERS = {"condition": "orders_count", "params": {"operator": "at_most", "number": 3, "window": "all"}}
GROUP = "Here belongs everybody of whom none of these is known to be true."


def last_order(operator: str) -> dict[str, Any]:
    return {"condition": "last_order", "params": {"operator": operator, "days": 7}}


def editor(client: Client, rule: dict[str, Any]) -> str:
    page = client.get(reverse("segment_edit", args=[SegmentFactory(rule=rule).pk]))
    return " ".join(page.content.decode().split())


def test_the_editor_says_who_lacks_the_fact_and_where_she_belongs(marketer: Client) -> None:
    page = editor(marketer, {"all": [BIRTHDAY]})
    assert "Who has no birthday counts as not fulfilling this.<" in page
    assert GROUP not in page
    page = editor(marketer, {"all": [ORDERS, {"none": [BIRTHDAY, last_order("within")]}]})
    assert GROUP in page
    for fact in ("birthday", "order"):
        assert (
            f"Who has no {fact} counts as not fulfilling this, and therefore belongs to this group.<" in page
        )
    assert page.count("counts as not fulfilling this") == 2, "of no orders the number is known: none"


def test_a_group_inside_a_none_group_is_told_by_itself(marketer: Client) -> None:
    page = editor(marketer, {"none": [{"any": [BIRTHDAY]}]})
    assert GROUP in page
    assert "Who has no birthday counts as not fulfilling this.<" in page


def test_nothing_is_said_where_the_missing_fact_is_what_is_asked_for(marketer: Client) -> None:
    page = editor(marketer, {"none": [last_order("never")]})
    assert "counts as not fulfilling this" not in page


def test_it_is_said_in_german(marketer: Client) -> None:
    with translation.override("de"):
        drawn = drawing.draw({"none": [BIRTHDAY]})
    assert drawn.nodes[0].needs == "Geburtstag"  # type: ignore[union-attr]
    type(marketer.user).objects.filter(pk=marketer.user.pk).update(language="de")  # type: ignore[attr-defined]
    page = editor(marketer, {"none": [BIRTHDAY]})
    assert "Ohne Geburtstag gilt dies als nicht erfüllt; in dieser Gruppe gehört man dann also dazu." in page


@pytest.mark.parametrize("value", [None, 7, [], {"a": 1}, ["never"]])
def test_unfinished_and_damaged_conditions_can_be_drawn(value: Any) -> None:
    for condition in conditions:
        params = {} if value is None else dict.fromkeys(condition.Form.base_fields, value)
        drawn = drawing.draw({"all": [{"condition": condition.key, "params": params}]})
        assert drawn.nodes[0].needs in ("", str(condition.fact))  # type: ignore[union-attr]


def test_who_has_no_tier_is_not_said_to_lack_one(marketer: Client) -> None:
    page = editor(marketer, {"all": [{"condition": "tier", "params": {"tiers": [0]}}]})
    assert "counts as not fulfilling this" not in page


def test_every_condition_that_saw_nothing_of_somebody_names_the_fact(people: list[Person]) -> None:  # noqa: F811
    """By the people of the small shop: where what is looked at is missing and it is not true for that, it is said."""
    told: set[str] = set()
    silent: set[str] = set()
    for key, params in segment_rules.params().items():
        if not isinstance(conditions.get(key), LendingCondition):
            look(key, params, told, silent)
    assert silent == set()
    assert told == {condition.key for condition in conditions if condition.fact}


def look(key: str, params: Any, told: set[str], silent: set[str]) -> None:
    @examples(20)
    @given(params)
    def check(chosen: dict[str, Any]) -> None:
        leaf = tree.read({"condition": key, "params": chosen}).node
        assert isinstance(leaf, tree.Leaf)
        if lack(leaf):
            (told if leaf.condition.needs(leaf.params) else silent).add(key)

    check()


def lack(leaf: tree.Leaf) -> int:
    """Of how many the condition saw nothing, and is not true for that."""
    at = AT.astimezone(ZONE)
    seen = leaf.condition.seen_sql(leaf.params, at)
    if seen is None:
        return 0
    lacking = sql("({}) IS NULL AND NOT ({})", seen, leaf.condition.probe_sql(leaf.params, at))
    statement = sql("SELECT count(*) FROM {} WHERE {} AND {}", PEOPLE, LIVING, lacking)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return int(cursor.fetchone()[0])
