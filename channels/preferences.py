"""What customers choose for themselves: channels and topics, which channel first, how often, a pause, interests, their
language.

Consent is written to the ledger, everything else as a PreferenceChange with the same evidence. A page may lie open
for days, so only what was changed on it is written: whoever has opted out meanwhile stays out.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Q

from channels import addresses, consent, links, opt_out, pacing, preferred, suppression, tracking
from channels.consent import Statement
from channels.models import (
    Channel,
    Consent,
    DeliveryEvent,
    Frequency,
    Permission,
    Preference,
    PreferenceChange,
    Purpose,
    Reach,
    Topic,
)
from channels.opt_out import Door
from customers import interests, people
from customers.models import Customer

# Of two statements that cover each other the one about a single topic has to be the newer.
BEFORE = timedelta(microseconds=1)


class Cell(NamedTuple):
    """Something to say yes or no to. `topic_id` 0: all topics, or those messages that have none."""

    channel: str
    purpose: str
    topic_id: int


@dataclass(frozen=True)
class Wishes:
    """All that the page shows of a customer. `preferred` "": no channel; `paused_until` None: no pause."""

    allowed: frozenset[Cell] = frozenset()
    frequency: str = Frequency.ANY
    paused_until: datetime | None = None
    interests: frozenset[int] = frozenset()
    language: str = ""
    preferred: str = ""
    channels: tuple[str, ...] = field(default=(), compare=False)


# --- What the page shows ---


def open_door(token: str) -> Door | None:
    """The door behind a token of any age; None for a bad one, for people who were erased, and for mail to an
    address or a number that she no longer has: somebody else may read it."""
    try:
        door = opt_out.door_of(links.read_preferences(token))
    except links.BadToken:
        return None
    return door if door and opens(door) else None


def opens(door: Door) -> bool:
    return not door.delivery.address_key or opt_out.went_to_her(door)


def read(customer: Customer, at: datetime) -> Wishes:
    chosen = Preference.objects.filter(customer=customer).first()
    channels = _channels(customer)
    return Wishes(
        allowed=frozenset(
            cell for channel in channels for cell in _allowed([customer.pk], channel)[customer.pk]
        ),
        frequency=chosen.frequency if chosen else Frequency.ANY,
        paused_until=pacing.pauses([customer.pk], at).get(customer.pk),
        interests=frozenset(interests.of(customer.pk)),
        language=customer.language,
        preferred=preferred.of(customer.pk),
        channels=channels,
    )


def suppressed(customer: Customer, channels: Collection[str]) -> dict[str, str]:
    """Those of these channels on which her address is suppressed, each with the reason. There nothing can be switched
    on; no and "leave everything" hold all the same."""
    found = suppression.found(suppression.keys_of(addresses.of(customer)))
    return {channel: found[channel].reason for channel in channels if channel in found}


def _channels(customer: Customer) -> tuple[str, ...]:
    """The channels that she has an address for."""
    reached = set(
        Reach.objects.filter(customer=customer).exclude(address="").values_list("channel", flat=True)
    )
    if customer.email:
        reached.add(Channel.EMAIL)
    return tuple(channel for channel in Channel.values if channel in reached)


def _allowed(people_: Collection[int], channel: str) -> dict[int, set[Cell]]:
    """Per person the cells of this channel that hold a yes now."""
    found: dict[int, set[Cell]] = {person: set() for person in people_}
    for purpose in (Purpose.SENDING, Purpose.TRACKING):
        for person, topics in opt_out.granted(list(people_), channel, purpose).items():
            found[person].update(Cell(channel, purpose, topic_id or 0) for topic_id in topics)
    return found


# --- What she changes ---


@transaction.atomic
def save(door: Door, shown: Wishes, wanted: Wishes, evidence: dict[str, Any], at: datetime) -> bool:
    """Write what differs between the page as it was shown and as it was sent; False if nothing did.

    A no counts for everybody who has her address on that channel, everything else for herself. A yes to a channel on
    which her address is suppressed is none.
    """
    door = hold(door)
    customer = door.customer
    now = read(customer, at)
    proof = {"delivery": door.delivery.pk} | evidence
    blocked = suppressed(customer, now.channels)
    allowed = frozenset(
        cell for cell in wanted.allowed if cell.channel not in blocked or cell in shown.allowed
    )
    statements = [
        statement
        for channel in now.channels
        for statement in _statements(customer, channel, shown.allowed, allowed, proof, at)
    ]
    consent.record(statements, at)
    changes = _changes(customer, now, shown, wanted, proof, at)
    PreferenceChange.objects.bulk_create(changes)
    _count_opt_out(door, now, at)
    return bool(statements or changes)


@transaction.atomic
def leave(door: Door, evidence: dict[str, Any], at: datetime) -> None:
    """No more marketing on any channel, and nobody may know what she clicks; at once. May be repeated."""
    door = hold(door)
    opt_out.withdraw(door, True, evidence, at)
    hers = [
        Q(channel=channel, customer__in=opt_out.same_address(door.customer, channel))
        for channel in Channel.values
    ]
    granted = Permission.objects.filter(reduce(or_, hers), granted=True)
    others = granted.exclude(channel=door.delivery.channel, purpose=Purpose.SENDING)
    proof = {"delivery": door.delivery.pk} | evidence
    cells = sorted(set(others.values_list("customer_id", "channel", "purpose")))
    people_ = sorted({pk for pk, _channel, _purpose in cells})
    asked = {(channel, purpose) for _pk, channel, purpose in cells}
    before = {question: opt_out.held(people_, *question) for question in asked}
    consent.record(
        [
            _statement(
                pk,
                Cell(channel, purpose, 0),
                False,
                proof | before[channel, purpose][pk],
                at,
            )
            for pk, channel, purpose in cells
        ],
        at,
    )


def hold(door: Door) -> Door:
    """The door with her as she is now, locked: people are locked before their Reach, as everywhere."""
    door = replace(door, customer=Customer.objects.select_for_update(no_key=True).get(pk=door.customer.pk))
    consent.hold(opt_out.everybody(door))
    return door


def _statements(
    customer: Customer,
    channel: str,
    shown: frozenset[Cell],
    wanted: frozenset[Cell],
    proof: dict[str, Any],
    at: datetime,
) -> list[Statement]:
    people_ = opt_out.same_address(customer, channel)
    found: list[Statement] = []
    for person, now in _allowed(people_, channel).items():
        on = {cell for cell in wanted - shown - now if cell.channel == channel and person == customer.pk}
        off = now & (shown - wanted)
        found += _of_person(person, now, on, off, proof, at)
    return found


def again(person: int, channel: str, proof: dict[str, Any], at: datetime) -> list[Statement]:
    """Every yes to messages on that channel that she has now, to be said anew."""
    now = {cell for cell in _allowed([person], channel)[person] if cell.purpose == Purpose.SENDING}
    return _of_person(person, now, now, set(), proof, at)


def _of_person(
    person: int, now: set[Cell], on: set[Cell], off: set[Cell], proof: dict[str, Any], at: datetime
) -> list[Statement]:
    """A word about all topics would cover the single ones, so those are said again after it."""
    changed = on | off
    every = next((c for c in changed if c.purpose == Purpose.SENDING and not c.topic_id), None)
    if every is None:
        return [_statement(person, cell, cell in on, proof, at) for cell in sorted(changed)]
    after = (now | on) - off
    topics = {Cell(every.channel, Purpose.SENDING, pk) for pk in Topic.objects.values_list("pk", flat=True)}
    again = topics if every in on else topics & after
    rest = sorted((changed | again) - {every})
    return [
        _statement(person, every, every in on, proof, at - BEFORE),
        *(_statement(person, cell, cell in after, proof, at) for cell in rest),
    ]


def _statement(person: int, cell: Cell, granted: bool, proof: dict[str, Any], at: datetime) -> Statement:
    return Statement(
        customer_id=person,
        channel=cell.channel,
        granted=granted,
        basis=Consent.Basis.STATED,
        stated_at=at,
        topic_id=cell.topic_id or None,
        purpose=cell.purpose,
        evidence=proof,
    )


def _changes(
    customer: Customer, now: Wishes, shown: Wishes, wanted: Wishes, proof: dict[str, Any], at: datetime
) -> list[PreferenceChange]:
    """Bring all but consent up to date; what was changed."""
    what = PreferenceChange.What
    changes: list[tuple[str, list[str], list[str]]] = []
    if wanted.frequency not in (shown.frequency, now.frequency):
        choose(customer, frequency=wanted.frequency)
        # What made room for something more important waits for it because of the same wish.
        pacing.wake(customer.pk, ["customer_frequency", "lost_priority"], at)
        changes.append((what.FREQUENCY, [now.frequency], [wanted.frequency]))
    if wanted.paused_until not in (shown.paused_until, now.paused_until):
        choose(customer, paused_until=wanted.paused_until)
        pacing.wake(customer.pk, ["customer_pause"], wanted.paused_until or at)
        changes.append((what.PAUSE, _words(now.paused_until), _words(wanted.paused_until)))
    picked, dropped = wanted.interests - shown.interests, shown.interests - wanted.interests
    after = (now.interests | picked) - dropped
    if after != now.interests:
        interests.choose(customer.pk, picked, dropped, at)
        choose(customer, interests_confirmed_at=at)
        changes.append((what.INTERESTS, _words(*now.interests), _words(*after)))
    if wanted.language and wanted.language not in (shown.language, now.language):
        people.speak(customer.pk, wanted.language, at)
        changes.append((what.LANGUAGE, _words(now.language), [wanted.language]))
    if wanted.preferred not in (shown.preferred, now.preferred):
        preferred.choose(customer.pk, wanted.preferred)
        changes.append((what.CHANNEL, _words(now.preferred), _words(wanted.preferred)))
    return [
        PreferenceChange(customer=customer, what=kind, before=before, after=then, evidence=proof, at=at)
        for kind, before, then in changes
    ]


def choose(customer: Customer, **fields: Any) -> None:
    Preference.objects.update_or_create(customer=customer, defaults=fields)


def _words(*values: Any) -> list[str]:
    return sorted(
        value.isoformat() if isinstance(value, datetime) else str(value) for value in values if value
    )


def _count_opt_out(door: Door, before: Wishes, at: datetime) -> None:
    """That this message made her take back its topic counts as the message's opt-out."""
    topic_id = door.topic.pk if door.topic else 0
    cell = Cell(door.delivery.channel, Purpose.SENDING, topic_id)
    if cell in before.allowed and cell not in _allowed([door.customer.pk], cell.channel)[door.customer.pk]:
        key = f"opt_out:{door.delivery.pk}"
        tracking.record([tracking.Event(door.delivery.pk, DeliveryEvent.Kind.OPTED_OUT, key, at)], at)
