"""Is she in, and why: the trace says what membership says, node by node, and shows what each condition saw."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from customers import stats
from customers.models import Segment, SegmentMember
from customers.segments import compiler, explain
from customers.segments.explain import Trace
from tests.customers import segment_rules
from tests.customers.segment_evaluator import Person, belongs
from tests.customers.segment_world import AT, ZONE
from tests.customers.test_segment_equality import examples, is_gone, people  # noqa: F401 - a fixture
from tests.factories import NOON, CustomerFactory, OrderFactory, SegmentFactory

pytestmark = pytest.mark.django_db
GERMAN = {"condition": "language", "params": {"languages": ["de"]}}
RECENT = {"condition": "last_order", "params": {"operator": "within", "days": 30}}


def test_every_node_says_what_the_evaluator_says(people: list[Person]) -> None:  # noqa: F811
    def check_node(trace: Trace, rule: Any, person: Person) -> None:
        assert (trace.verdict == explain.YES) == belongs(rule, person, AT.astimezone(ZONE))
        if trace.kind == "segment":
            check_node(trace.nodes[0], Segment.objects.get(pk=rule["params"]["segment"]).rule, person)
        elif "condition" not in rule:
            for child, part in zip(trace.nodes, rule[trace.kind], strict=True):
                check_node(child, part, person)

    @examples(150)
    @given(segment_rules.trees(), st.integers(0, len(people) - 1))
    def check(rule: dict[str, Any], place: int) -> None:
        person = people[place]
        explained = explain.explain(rule, person.row.pk, AT)
        compiled = compiler.compile_rule(rule, AT)
        assert not explained.faults
        if is_gone(person):
            assert explained.trace is None
            return
        assert explained.trace is not None
        check_node(explained.trace, rule, person)
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.params)
            assert (explained.trace.verdict == explain.YES) == ((person.row.pk,) in cursor.fetchall())

    check()


def test_each_condition_shows_what_it_saw_for_everybody(people: list[Person]) -> None:  # noqa: F811
    living = [person for person in people if not is_gone(person)]

    @examples(250)
    @given(segment_rules.leaves(), st.integers(0, len(living) - 1))
    def check(rule: dict[str, Any], place: int) -> None:
        trace = explain.explain(rule, living[place].row.pk, AT).trace
        assert trace is not None
        assert trace.words
        if trace.kind == "condition":
            assert (trace.seen != "") or trace.verdict != explain.NO

    check()


def test_the_words_of_a_trace() -> None:
    anna = CustomerFactory(language="de", birthday=None)
    OrderFactory(customer=anna, placed_at=NOON - timedelta(days=40))
    stats.recount([anna.pk])
    adult = {"condition": "age", "params": {"operator": "at_least", "number": 18}}
    rule = {"all": [GERMAN, RECENT, {"none": [adult]}]}
    with translation.override("en"):
        trace = explain.explain(rule, anna.pk, NOON).trace
    assert trace is not None
    german, recent, none = trace.nodes
    assert (german.verdict, german.seen) == (explain.YES, "German")
    assert recent.verdict == explain.NO
    assert recent.words == "the last order was within the last 30 days"
    assert recent.seen == "23 Sep 2026, 14:00"
    assert (none.verdict, none.nodes[0].verdict) == (explain.YES, explain.UNKNOWN)
    assert trace.verdict == explain.NO


@pytest.mark.parametrize(
    ("kind", "verdict"), [("all", explain.UNKNOWN), ("any", explain.YES), ("none", explain.NO)]
)
def test_groups_of_what_is_true_and_what_is_not_known(kind: str, verdict: str) -> None:
    anna = CustomerFactory(language="de", birthday=None)
    soon = {"condition": "birthday", "params": {"days": 7}}
    trace = explain.explain({kind: [GERMAN, soon]}, anna.pk, NOON).trace
    assert trace is not None
    assert trace.verdict == verdict


def test_a_fault_and_a_customer_who_is_gone_have_no_tree() -> None:
    winner = CustomerFactory()
    merged = CustomerFactory(merged_into=winner)
    assert explain.explain({"all": [GERMAN]}, merged.pk, NOON).trace is None
    explained = explain.explain({"all": []}, winner.pk, NOON)
    assert (explained.trace, len(explained.faults)) == (None, 1)


def test_one_statement_asks_the_whole_tree() -> None:
    anna = CustomerFactory()

    def asked(count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            explain.explain({"all": [GERMAN, RECENT] * count}, anna.pk, NOON)
        return len(captured)

    asked(1)  # the shop is remembered from then on
    assert asked(1) == asked(20)


# --- The pages ---


def test_a_customer_is_looked_for_and_traced_on_the_page(marketer: Client) -> None:
    anna = CustomerFactory(first_name="Erna", last_name="Ernst", language="en")
    segment = SegmentFactory(name="Germans", rule={"all": [GERMAN]})
    page = reverse("segment_edit", args=[segment.pk])
    assert f"?trace={anna.pk}" in marketer.get(page, {"who": "ernst"}).content.decode()
    assert "Nobody is called that" in marketer.get(page, {"who": "nobody"}).content.decode()
    text = marketer.get(page, {"trace": anna.pk}).content.decode()
    assert "Erna Ernst does not belong to this segment." in text
    assert "it is: English" in text
    fragment = marketer.get(reverse("segment_trace"), {"segment": segment.pk, "trace": anna.pk})
    assert "Erna Ernst does not belong" in fragment.content.decode()


def test_the_draft_is_traced_and_the_inner_segment_is_shown(marketer: Client) -> None:
    anna = CustomerFactory(first_name="Erna", last_name="Ernst", language="de")
    inner = SegmentFactory(name="Germans", rule={"all": [GERMAN]})
    new = reverse("segment_create")
    form = {
        "name": "",
        "r.kind": "none",
        "r-0.condition": "in_segment",
        "r-0.segment": inner.pk,
        "action": "show:r",
    }
    answer = marketer.post(new, form, HTTP_HX_REQUEST="true", HTTP_HX_TARGET="segment-result")
    assert answer["HX-Trigger"] == "segment-drafted"
    text = marketer.get(new, {"trace": anna.pk}).content.decode()
    assert "Erna Ernst does not belong" in text
    assert f'href="{reverse("segment_edit", args=[inner.pk])}">belongs to the segment “Germans”' in text
    assert "the language is German" in text


@pytest.mark.parametrize(
    "query", [{"trace": "9" * 17}, {"trace": "x"}, {"who": "a\0b'\"%"}, {"segment": "x"}, {}]
)
def test_nonsense_is_answered(marketer: Client, query: dict[str, str]) -> None:
    assert marketer.get(reverse("segment_trace"), query).status_code == 200


def test_an_analyst_sees_no_name(sign_in: Any) -> None:
    anna = CustomerFactory(first_name="Erna", last_name="Ernst")
    segment = SegmentFactory(rule={"all": [GERMAN]})
    text = (
        sign_in("analyst")
        .get(reverse("segment_edit", args=[segment.pk]), {"trace": anna.pk})
        .content.decode()
    )
    assert f"E. E. #{anna.pk} belongs to this segment." in text
    assert "Ernst" not in text


def test_an_analyst_reads_the_verdict_but_not_what_is_personal(marketer: Client, analyst: Client) -> None:
    erna = CustomerFactory(birthday=date(1961, 7, 12), postal_code="30451", attributes={"name": "Erna Ernst"})
    rule = {
        "any": [
            {"condition": "age", "params": {"operator": "at_least", "number": 60}},
            {"condition": "postal_code", "params": {"prefixes": "304"}},
            {"condition": "attribute", "params": {"key": "name", "operator": "is_set"}},
        ]
    }
    url = reverse("segment_edit", args=[SegmentFactory(rule=rule).pk])
    mine, theirs = (who.get(url, {"trace": erna.pk}).content.decode() for who in (marketer, analyst))
    assert "belongs to this segment" in theirs
    for told in ("1961", "30451", "Erna Ernst"):
        assert told in mine
        assert told not in theirs


def test_the_page_of_a_customer_lists_her_segments(marketer: Client) -> None:
    anna = CustomerFactory()
    segment = SegmentFactory(name="Germans")
    SegmentMember.objects.create(segment=segment, customer=anna, since=NOON)
    text = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert f"{reverse('segment_edit', args=[segment.pk])}?trace={anna.pk}" in text
