"""Who was sent our messages, who clicked them and who did not: as a condition of segments, and as members."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from channels import consent, tracking
from channels.delivery import outcomes
from channels.models import Channel, Delivery, DeliveryEvent, Message
from channels.segment_conditions.engagement import FACTS
from customers.models import Customer, Dirty, Origin
from customers.segments import compiler, counting, explain, tree, words
from customers.segments.membership import keeping, proof
from tests.channels.people import NOON, no, sent
from tests.customers.test_membership import GERMAN, made, members, tick
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOW = NOON + 10 * DAY


def engaged(did: str, times: int = 1, channel: str = "", days: int = 0) -> dict[str, Any]:
    window = {"window": "days", "days": days} if days else {"window": "all"}
    return {"condition": "engagement", "params": {"did": did, "times": times, "channel": channel} | window}


def found(rule: dict[str, Any]) -> set[int]:
    compiled = compiler.compile_rule({"all": [rule]}, NOW)
    assert not compiled.faults
    return {person.pk for person in counting.sample(compiled)}


def happened(kind: str, *deliveries: Delivery, human: bool = True, after: timedelta = DAY) -> None:
    events = [
        tracking.Event(row.pk, kind, f"{kind} {row.pk}", (row.called_at or NOON) + after, human=human)
        for row in deliveries
    ]
    tracking.record(events, NOW)


def people(number: int) -> list[Customer]:
    return CustomerFactory.create_batch(number)


def verdict(rule: dict[str, Any], person: Customer) -> tuple[str, str]:
    trace = explain.explain(rule, person.pk, NOW).trace
    assert trace is not None
    return trace.verdict, trace.seen


def test_who_was_sent_how_many_when_and_where():
    anna, jane, _nobody = people(3)
    sent(anna)
    sent(anna, at=NOW - DAY)
    Delivery.objects.filter(pk=sent(jane, at=NOW - DAY).pk).update(channel=Channel.SMS)
    assert found(engaged("sent")) == {anna.pk, jane.pk}
    assert found(engaged("sent", times=2)) == {anna.pk}
    assert found(engaged("sent", times=2, days=7)) == set()
    assert found(engaged("sent", channel="sms", days=7)) == {jane.pk}
    assert found({"none": [engaged("sent", channel="email")]}) == {jane.pk, _nobody.pk}


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("planned", set()),
        ("calling", set()),
        ("unknown", set()),
        ("accepted", {"sent", "no_answer"}),
        ("delivered", {"sent", "no_answer"}),
        ("complained", {"sent", "complained", "no_answer"}),
        ("bounced", {"sent", "bounced"}),
        ("withheld", {"not_sent"}),
        ("expired", {"not_sent"}),
        ("cancelled", {"not_sent"}),
        ("refused", {"not_sent"}),
        ("render_error", {"not_sent"}),
    ],
)
def test_what_each_state_of_a_delivery_says(state: str, facts: set[str]):
    Delivery.objects.filter(pk=sent(CustomerFactory()).pk).update(state=state)
    assert {did for did, _label in FACTS if found(engaged(did))} == facts


def test_a_message_that_went_on_to_another_channel_counts_once_and_by_the_last():
    anna = CustomerFactory()
    first = sent(anna)
    Delivery.objects.filter(pk=first.pk).update(state="bounced")
    fields = {
        name: getattr(first, name) for name in ["message", "version", "account", "language", "called_at"]
    }
    second = Delivery.objects.create(
        **fields, customer=anna, occurrence=1, attempt=1, channel="sms", state="accepted", due_at=NOON
    )
    assert not found(engaged("bounced"))
    assert not found(engaged("sent", times=2))
    assert not found(engaged("sent", channel="email"))
    assert found(engaged("sent", channel="sms")) == {anna.pk}
    happened("clicked", first, second)
    assert found(engaged("clicked", channel="email")) == {anna.pk}
    assert not found(engaged("clicked", times=2)), "one message, clicked on both channels"


def test_clicks_are_those_of_people_and_service_messages_do_not_count():
    anna, scanner, buyer = people(3)
    happened("clicked", sent(anna))
    happened("clicked", sent(scanner), human=False)
    receipt = sent(buyer)
    Message.objects.filter(pk=receipt.message_id).update(purpose="service")
    happened("clicked", receipt)
    assert found(engaged("clicked")) == {anna.pk}
    assert found(engaged("sent")) == {anna.pk, scanner.pk}
    happened("opted_out", *Delivery.objects.filter(customer=anna), after=2 * DAY)
    assert found(engaged("opted_out", days=9)) == {anna.pk}
    assert not found(engaged("opted_out", days=7))


def test_who_did_not_answer_got_enough_and_clicked_none_of_it():
    silent, once, clicked, later = people(4)
    for person in (silent, silent, once):
        sent(person, at=NOW - 3 * DAY)
    for person in (clicked, later):
        rows = [sent(person, at=NOW - 3 * DAY), sent(person, at=NOW - 3 * DAY)]
        happened("clicked", rows[0], after=DAY if person == clicked else 4 * DAY)
    rule = engaged("no_answer", times=2, days=7)
    assert found(rule) == {silent.pk, later.pk}, "what comes after this moment is not known yet"
    assert verdict(rule, silent) == (explain.YES, "2 messages and 0 clicked")
    assert verdict(rule, clicked) == (explain.NO, "2 messages and 1 clicked")
    assert verdict(rule, once) == (explain.NO, "1 message and 0 clicked")


def test_of_whom_no_clicks_are_known_neither_a_click_nor_silence_is_true():
    untracked, mixed, withdrew, tracked = people(4)
    for person in (untracked, mixed, withdrew, tracked):
        for _message in range(2):
            sent(person, at=NOON, tracked=person != untracked)
    sent(mixed, at=NOON, tracked=False)
    consent.record([no(withdrew, minutes=5, purpose="tracking")], NOON + DAY)
    silence, click = engaged("no_answer", times=2), engaged("clicked")
    assert found(silence) == {tracked.pk}
    assert found(click) == set()
    for person in (untracked, mixed, withdrew):
        assert verdict(silence, person)[0] == explain.UNKNOWN
    assert verdict(click, untracked)[0] == explain.UNKNOWN
    assert verdict(click, tracked) == (explain.NO, "0 messages")
    assert found({"none": [silence]}) == {untracked.pk, mixed.pk, withdrew.pk}
    assert verdict(engaged("no_answer", times=3), untracked)[0] == explain.NO, "too few, whatever she did"


@pytest.mark.parametrize("did", [did for did, _label in FACTS])
def test_everybody_is_found_without_asking_about_each(did: str):
    """No part of the statement is run again for each row of another, but for what an index answers."""
    sent(CustomerFactory())
    compiled = compiler.compile_rule({"all": [engaged(did, days=30)]}, NOW)
    assert "c.id =" not in compiled.sql.replace("c.id = x.id", "")
    assert "SubPlan" not in plan(compiled).replace("hashed SubPlan", "")


def plan(compiled: compiler.Compiled) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {compiled.sql}", compiled.params)
        return "\n".join(line for (line,) in cursor.fetchall())


def marked() -> list[tuple[int, str]]:
    rows = list(Dirty.objects.order_by("customer_id").values_list("customer_id", "origin"))
    Dirty.objects.all().delete()
    return rows


def test_clicks_and_opt_outs_are_heard_only_where_a_segment_asks():
    anna, jane, erna = people(3)
    made(GERMAN)
    happened("clicked", sent(anna))
    assert marked() == []
    inner = made(engaged("clicked"))
    SegmentFactory(rule={"none": [{"condition": "in_segment", "params": {"segment": inner.pk}}]})
    hers = sent(jane)
    happened("clicked", hers, sent(erna))
    assert marked() == [(jane.pk, "live"), (erna.pk, "live")]
    happened("clicked", hers)
    assert marked() == [], "told again, it is no news"
    happened("opened", sent(jane))
    assert marked() == []
    Kind = DeliveryEvent.Kind
    news = [outcomes.Event(kind, f"told {kind}", NOON, hers.pk) for kind in (Kind.DELIVERED, Kind.BOUNCED)]
    outcomes.record(news[:1], NOON)
    assert marked() == []
    outcomes.record(news, NOON, Origin.IMPORT)
    assert set(marked()) >= {(jane.pk, "import")}


def test_a_click_makes_a_member_within_a_tick_and_a_delivery_within_ten_minutes():
    anna = CustomerFactory()
    clicked, silent = made(engaged("clicked")), made(engaged("no_answer"))
    tick(NOON)
    hers = sent(anna, at=NOON + timedelta(minutes=1))
    tick(NOON + timedelta(minutes=2))
    assert members(silent) == set(), "sending tells nobody"
    tick(NOON + keeping.OFTEN)
    assert members(silent) == {anna.pk}
    at = NOON + timedelta(minutes=15)
    tracking.record([tracking.Event(hers.pk, "clicked", "click", at)], at)
    tick(at)
    assert (members(clicked), members(silent)) == ({anna.pk}, set())
    assert proof.differences(at, 10) == []


@pytest.mark.parametrize(
    ("rule", "english", "german"),
    [
        (
            engaged("sent", 3, "email", 30),
            "was sent at least 3 messages (E-mail) within the last 30 days",
            "hat mindestens 3 Nachrichten erhalten (E-Mail) in den letzten 30 Tagen",
        ),
        (engaged("clicked"), "clicked in at least 1 message", "hat in mindestens 1 Nachricht geklickt"),
        (
            engaged("no_answer", 2),
            "got at least 2 messages and clicked in none of them",
            "hat mindestens 2 Nachrichten erhalten und in keiner geklickt",
        ),
    ],
)
def test_the_rule_in_words(rule: dict[str, Any], english: str, german: str):
    node = tree.read(rule).node
    assert node is not None
    assert words.clause(node) == english
    with translation.override("de"):
        assert words.clause(node) == german


@pytest.mark.parametrize(
    "params", [{"did": "read"}, {"times": 0}, {"times": 1001}, {"channel": "fax"}, {"channel": ["sms"]}]
)
def test_what_the_ledger_cannot_answer_is_refused(params: dict[str, Iterable[str]]):
    rule = engaged("sent")
    assert tree.read({**rule, "params": rule["params"] | params}).faults
