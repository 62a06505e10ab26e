"""A segment in the rule of another: read in its place, never in a circle, never gone while it is used."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from campaigns import audience
from customers import dirty
from customers.models import Customer, Segment, User
from customers.segments import compiler, drafts, lending, tree, words
from customers.segments.drafts import Refused, Work
from tests.campaigns import make
from tests.customers.test_membership import GERMAN, NOON, changes, made, members, tick
from tests.factories import CustomerFactory, SegmentFactory, UserFactory

pytestmark = pytest.mark.django_db
ENGLISH = {"condition": "language", "params": {"languages": ["en"]}}


def within(segment: Segment | int) -> dict[str, Any]:
    key = segment.pk if isinstance(segment, Segment) else segment
    return {"condition": "in_segment", "params": {"segment": key}}


def segment(name: str, *nodes: Any) -> Segment:
    return SegmentFactory(name=name, rule={"all": list(nodes)}, revision=1)


def save(editor: User, target: Segment, rule: Any) -> Segment:
    target.refresh_from_db()
    work = Work(target, target.name, "", rule, target.revision)
    return drafts.save(editor, work, NOON)


def found(rule: Any) -> set[int]:
    compiled = compiler.compile_rule(rule, NOON)
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def editor() -> User:
    return UserFactory(in_role="marketer")


def test_the_rule_keeps_the_reference_and_says_the_name() -> None:
    inner = segment("Germans", GERMAN)
    rule = {"all": [within(inner)]}
    node = tree.read(rule).node
    assert node is not None
    assert tree.plain(node) == rule
    assert words.sentence(rule) == "Customers for whom: belongs to the segment “Germans”."


def test_it_is_the_live_rule_and_not_what_is_kept_of_the_members() -> None:
    inner = segment("Germans", GERMAN)
    tick()
    anna, jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    assert members(inner) == set()
    assert found({"all": [within(inner)]}) == {anna.pk}
    assert found({"none": [within(inner)]}) == {jane.pk}


def test_a_fault_in_it_is_told_where_it_is_used_and_nobody_belongs() -> None:
    CustomerFactory()
    inner = segment("Broken", {"condition": "language", "params": {"languages": []}})
    compiled = compiler.compile_rule({"any": [GERMAN, {"none": [within(inner)]}]}, NOON)
    (fault,) = compiled.located
    assert fault.path == "1.0"
    assert "“Broken” has a fault" in fault.sentence
    assert found({"any": [GERMAN, {"none": [within(inner)]}]}) == set()


def test_the_limits_hold_for_all_rules_together(django_assert_max_num_queries: Any) -> None:
    doubled = segment("0", *[GERMAN] * 30)
    for number in range(1, 4):
        doubled = segment(str(number), within(doubled), within(doubled))
    with django_assert_max_num_queries(30):  # it stops at the limit, and does not read 240 conditions
        faults = tree.read({"all": [within(doubled)]}).faults
    assert any("more than 60 conditions" in fault.sentence for fault in faults)
    deep = segment("deep", {"any": [{"all": [{"any": [GERMAN]}]}]})
    assert not tree.read({"all": [within(deep)]}).faults
    (fault,) = tree.read({"all": [{"any": [within(deep)]}]}).faults
    assert "nested too deeply" in fault.sentence


def test_a_circle_is_refused_with_the_way_round(editor: User) -> None:
    first = segment("First", GERMAN)
    second = segment("Second", within(first))
    third = segment("Third", {"none": [within(second)]})
    with pytest.raises(Refused) as refused:
        save(editor, first, {"all": [GERMAN, within(third)]})
    assert "“First” → “Third” → “Second” → “First”" in refused.value.sentence
    with pytest.raises(Refused) as refused:
        save(editor, first, {"all": [within(first)]})
    assert "“First” → “First”" in refused.value.sentence
    assert save(editor, third, {"all": [within(first), within(second)]}).revision == 2


def test_a_circle_that_stands_already_matches_nobody_and_ends() -> None:
    CustomerFactory()
    first = segment("First", GERMAN)
    second = segment("Second", within(first))
    Segment.objects.filter(pk=first.pk).update(rule={"none": [within(second)]})
    assert found({"any": [GERMAN, within(second)]}) == set()
    assert "in a circle" in compiler.compile_rule({"any": [within(first)]}, NOON).faults[0]


def test_a_change_that_would_empty_a_user_is_refused(editor: User) -> None:
    inner = segment("Inner", GERMAN)
    segment("Outer", *[GERMAN] * 40, within(inner))
    with pytest.raises(Refused) as refused:
        save(editor, inner, {"any": [GERMAN] * 30})
    assert "“Outer”" in refused.value.sentence
    inner.refresh_from_db()
    assert (inner.revision, inner.rule) == (1, {"all": [GERMAN]})
    assert save(editor, inner, {"any": [GERMAN] * 20}).revision == 2


def test_a_segment_in_use_cannot_be_deleted(marketer: Client, editor: User) -> None:
    inner = segment("Inner", GERMAN)
    outer = segment("Outer", within(inner))
    make.campaign(segment=outer)
    text = marketer.post(reverse("segment_delete", args=[inner.pk])).content.decode()
    assert "segment “Outer”" in text
    assert not drafts.delete(inner, editor, NOON)
    assert not drafts.delete(outer, editor, NOON)
    save(editor, outer, {"all": [GERMAN]})
    assert drafts.delete(inner, editor, NOON)
    assert "does not exist" in tree.read({"all": [within(inner.pk or 1)]}).faults[0].sentence


def test_the_outer_one_follows_a_changed_rule_and_a_changed_person() -> None:
    anna, jane = CustomerFactory(language="de"), CustomerFactory(language="en")
    inner = made(GERMAN)
    outer = SegmentFactory(rule={"none": [within(inner)]}, revision=1)
    tick()
    assert members(outer) == {jane.pk}
    Segment.objects.filter(pk=inner.pk).update(rule={"all": [ENGLISH]}, revision=2)
    tick()
    tick()
    assert (members(inner), members(outer)) == ({jane.pk}, {anna.pk})
    assert sorted(changes(outer)[1:]) == sorted([(jane.pk, False, True), (anna.pk, True, True)])
    Customer.objects.filter(pk=anna.pk).update(language="en")
    dirty.mark([anna.pk], NOON)
    tick()
    assert (members(inner), members(outer)) == ({anna.pk, jane.pk}, set())


def test_what_a_campaign_froze_stays_when_the_inner_rule_changes() -> None:
    anna = CustomerFactory(language="de")
    inner = segment("Inner", GERMAN)
    outer = segment("Outer", within(inner))
    frozen = audience.rule(make.campaign(segment=outer))
    assert frozen["rule"] == {"all": [{"all": [GERMAN]}]}
    Segment.objects.filter(pk=inner.pk).update(rule={"all": [ENGLISH]})
    assert found(frozen["rule"]) == {anna.pk}


def test_users_are_found_also_through_others() -> None:
    inner = segment("Inner", GERMAN)
    middle = segment("Middle", within(inner))
    top = segment("Top", {"none": [within(middle)]})
    assert lending.users("in_segment", inner.pk) == [middle]
    assert set(lending.above(inner, Segment.objects.in_bulk())) == {middle, top}


def test_it_is_chosen_in_the_editor_by_a_search(marketer: Client) -> None:
    inner = segment("Germans", GERMAN)
    other = segment("Others", ENGLISH)
    query = {"condition": "in_segment", "field": "segment", "place": "r-0", "q": "germ"}
    assert "Germans" in marketer.get(reverse("segment_suggest"), query).content.decode()
    new, form = reverse("segment_create"), {"name": "X", "r.kind": "all", "r-0.condition": "in_segment"}
    text = marketer.post(new, form | {"action": "show:r"}).content.decode()
    assert "Fill in “segment”." in text
    text = marketer.post(new, form | {"action": f"choose:r-0:segment:{inner.pk}"}).content.decode()
    assert f'name="r-0.segment" value="{inner.pk}"' in text
    assert f'href="{reverse("segment_edit", args=[inner.pk])}"' in text
    chosen = form | {"r-0.segment": str(inner.pk)}
    text = marketer.post(new, chosen | {"action": f"choose:r-0:segment:{other.pk}"}).content.decode()
    assert f'value="{other.pk}"' in text
    assert f'value="{inner.pk}"' not in text
    marketer.post(new, chosen | {"action": "save"})
    assert Segment.objects.get(name="X").rule == {"all": [within(inner)]}
