"""Opting out by a link in a message, and taking that back for half an hour.

The link names a delivery. What it withdraws counts for everybody who has her address on that delivery's channel, or the
one that the message went to, since it is the mailbox that wants no more mail, and the number that wants no more texts.
Nothing here needs a session, and every call may be repeated.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction

from channels import addresses, consent, links, tracking
from channels.consent import Statement
from channels.models import Channel, Consent, Delivery, DeliveryEvent, Purpose, Topic
from customers.models import Customer

UNDO_WITHIN = timedelta(minutes=30)
WORDING = "opt-out-page-2026-11"
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Door:
    """Whom and what an opt-out link is about."""

    delivery: Delivery
    customer: Customer
    topic: Topic | None


def open_door(token: str) -> Door | None:
    """The door behind a token of any age; None for a bad one, and for people who were erased."""
    try:
        return door_of(links.read_opt_out(token))
    except links.BadToken:
        return None


def door_of(delivery_id: int) -> Door | None:
    """The door that a message to a living person leads to."""
    found = Delivery.objects.select_related("customer__merged_into", "message__topic").filter(pk=delivery_id)
    delivery = found.first()
    if delivery is None:
        return None
    customer = delivery.customer.merged_into or delivery.customer
    return None if customer.erased_at else Door(delivery, customer, delivery.message.topic)


def went_to_her(door: Door) -> bool:
    """Whether the message is known to have gone to where she is reached now."""
    return bool(addresses.still(door.customer, door.delivery.channel, door.delivery.address_key))


class Held(NamedTuple):
    """What held before a withdrawal: the topics with a yes (None: all), and those that a yes to all did not cover."""

    topics: set[int | None]
    refused: set[int | None]


class Cell(NamedTuple):
    """Whose question it is. Without `topic_id` it covers all topics."""

    customer_id: int
    channel: str
    purpose: str
    topic_id: int | None


@transaction.atomic
def withdraw(door: Door, everything: bool, evidence: dict[str, Any], at: datetime) -> None:
    """No more of this topic, or of anything, on this channel; at once."""
    topic_id = None if everything or door.topic is None else door.topic.pk
    channel, people = door.delivery.channel, _people(door)
    consent.hold(people)  # what was granted before must not be what another withdrawal is just ending
    before = held(people, channel)
    statements = [
        _statement(
            door,
            Cell(person, channel, Purpose.SENDING, topic_id),
            evidence | before[person],
            at,
            granted=False,
        )
        for person in people
    ]
    consent.record(statements, at)
    key = f"opt_out:{door.delivery.pk}"
    tracking.record([tracking.Event(door.delivery.pk, DeliveryEvent.Kind.OPTED_OUT, key, at)], at)


def can_undo(door: Door, at: datetime) -> bool:
    return bool(_to_restore(door, everybody(door), at))


@transaction.atomic
def undo(door: Door, evidence: dict[str, Any], at: datetime) -> bool:
    """Grant again what this link withdrew in the last half hour, on whatever channel, and nobody has spoken of since,
    as statements of their own."""
    people = everybody(door)
    consent.hold(people)
    taken = _to_restore(door, people, at)
    proof = evidence | {"by": "undo"}
    consent.record(
        [
            _statement(door, question._replace(topic_id=topic_id), proof, then, granted=granted)
            for question, was in taken.items()
            for topic_id, granted, then in as_before(was, at)
        ],
        at,
    )
    return bool(taken)


def as_before(was: Held, at: datetime) -> list[tuple[int | None, bool, datetime]]:
    """What has to be said so that the same holds again: topic, yes or no, when.

    A yes to all covers every topic, so it counts from the instant before, and what was refused is refused again.
    """
    if None not in was.topics:
        return [(topic_id, True, at) for topic_id in _sorted(was.topics)]
    refused = _sorted(was.refused - was.topics)
    return [(None, True, at - INSTANT), *((topic_id, False, at) for topic_id in refused)]


def _sorted(topics: Iterable[int | None]) -> list[int | None]:
    return sorted(topics, key=lambda each: each or 0)


def ended_by(row: Consent) -> Held:
    """What this withdrawal ended, by its evidence."""
    topics: set[int | None] = set(row.evidence.get("before", []))
    if "refused" in row.evidence or None not in topics or row.purpose == Purpose.TRACKING:
        return Held(topics, set(row.evidence.get("refused", [])))
    # From before that was written down: no more than what was agreed to.
    return Held(topics, _known() - topics)


def _people(door: Door) -> list[int]:
    """Whoever is reached where she is now, and at the mailbox or number that the message went to: an old one's link may
    be clicked by whom it belongs to by now."""
    delivery = door.delivery
    hers = same_address(door.customer, delivery.channel)
    there = addresses.keyed(delivery.channel, delivery.address_key).exclude(pk__in=hers)
    return [*hers, *there.order_by("pk").values_list("pk", flat=True)]


def everybody(door: Door) -> set[int]:
    """All whom this link may say something about: whoever is reached where she is, on any channel, and where the
    message went."""
    return {pk for channel in Channel.values for pk in same_address(door.customer, channel)}.union(
        _people(door)
    )


def same_address(customer: Customer, channel: str) -> list[int]:
    """She, and after her whoever else is reached on the channel where she is."""
    others = addresses.sharing(channel, addresses.own(customer).get(channel, "")).exclude(pk=customer.pk)
    return [customer.pk, *others.order_by("pk").values_list("pk", flat=True)]


def granted(people: Sequence[int], channel: str, purpose: str) -> dict[int, list[int | None]]:
    """Per person the topics that hold a yes now; None stands for all. Tracking is asked for all topics at once."""
    found: dict[int, list[int | None]] = {person: [] for person in people}
    tracking_ = purpose == Purpose.TRACKING
    for topic_id in [None] if tracking_ else [None, *Topic.objects.values_list("pk", flat=True)]:
        for person, facts in consent.load(people, channel, topic_id).items():
            if facts.may_track if tracking_ else facts.may_send:
                found[person].append(topic_id)
    return found


def held(
    people: Sequence[int], channel: str, purpose: str = Purpose.SENDING
) -> dict[int, dict[str, list[int | None]]]:
    """Per person, as evidence of a withdrawal, what it ends: see `ended_by`."""
    known = _known() if purpose == Purpose.SENDING else set()
    return {
        person: {"before": topics, "refused": _sorted(known - set(topics)) if None in topics else []}
        for person, topics in granted(people, channel, purpose).items()
    }


def _known() -> set[int | None]:
    return set(Topic.objects.values_list("pk", flat=True))


def _to_restore(door: Door, people: Collection[int], at: datetime) -> dict[Cell, Held]:
    """By person, channel and purpose the topics that this link's withdrawals took away and no later statement is
    about, and those that must not come back with them. As many queries for a mailbox of many as for one of hers."""
    taken: dict[Cell, Held] = {}
    for cell, said in _said(door, people, at).items():
        for row in said:
            if _is_ours(row, door) and row.stated_at > at - UNDO_WITHIN:
                _take(taken.setdefault(cell, Held(set(), set())), door, said, row)
    asked = {(cell.channel, cell.purpose) for cell in taken}
    now = {question: granted([*people], *question) for question in asked}
    missing = {
        cell: Held(*(each.difference(now[cell.channel, cell.purpose][cell.customer_id]) for each in was))
        for cell, was in taken.items()
    }
    return {cell: was for cell, was in missing.items() if was.topics}


def _take(was: Held, door: Door, said: Sequence[Consent], withdrawal: Consent) -> None:
    """Add what this withdrawal took away, and what must not come back with it."""
    ended = ended_by(withdrawal)
    again = {
        topic_id
        for topic_id in ended.topics
        if _overlap(withdrawal.topic_id, topic_id) and not _settled(door, said, withdrawal, topic_id)
    }
    was.topics.update(again)
    was.refused.update(ended.refused, ended.topics - again)


def _said(door: Door, people: Collection[int], at: datetime) -> dict[Cell, list[Consent]]:
    """By person, channel and purpose what was said by these people since the first withdrawal that may still be taken
    back."""
    said = Consent.objects.filter(customer__in=people).order_by("id")
    recent = said.filter(stated_at__gt=at - UNDO_WITHIN)
    first = recent.filter(state=Consent.State.WITHDRAWN, evidence__delivery=door.delivery.pk).first()
    found: defaultdict[Cell, list[Consent]] = defaultdict(list)
    for row in [] if first is None else said.filter(pk__gte=first.pk) | recent:
        found[Cell(row.customer_id, row.channel, row.purpose, None)].append(row)
    return found


def _is_ours(row: Consent, door: Door) -> bool:
    return row.state == Consent.State.WITHDRAWN and row.evidence.get("delivery") == door.delivery.pk


def _settled(door: Door, said: Sequence[Consent], withdrawal: Consent, topic_id: int | None) -> bool:
    """Whether any of what was `said` to the same question speaks of the topic since. What came in later counts even if
    it is dated back: the withdrawal did not know of it. This link's further withdrawals take nothing away that another
    could keep."""
    return any(
        (row.pk > withdrawal.pk or row.stated_at > withdrawal.stated_at)
        and _overlap(row.topic_id, topic_id)
        and not _is_ours(row, door)
        for row in said
    )


def _overlap(one: int | None, other: int | None) -> bool:
    """Whether two statements speak of a common topic; None stands for all."""
    return one is None or other is None or one == other


def _statement(door: Door, cell: Cell, evidence: dict[str, Any], at: datetime, *, granted: bool) -> Statement:
    about = {"delivery": door.delivery.pk, "wording": WORDING, "form": "opt_out_page", "source": "message"}
    return Statement(
        customer_id=cell.customer_id,
        channel=cell.channel,
        purpose=cell.purpose,
        granted=granted,
        basis=Consent.Basis.STATED,
        stated_at=at,
        topic_id=cell.topic_id,
        evidence=about | evidence,
    )
