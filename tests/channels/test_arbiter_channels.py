"""Which channel: what she prefers, what she answers to, the message's order; and the next one when it fails."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from channels import consent, suppression
from channels.arbiter import choice
from channels.arbiter.choice import Likes
from channels.backends import Outcome
from channels.backends.base import Kind
from channels.delivery import dry_runs, fallback, outcomes, progress, sweeping
from channels.models import (
    Account,
    Delivery,
    DeliveryEvent,
    Habit,
    Message,
    MessageVersion,
    Reach,
    Suppression,
)
from customers.models import Customer
from tests.channels import people, runs
from tests.channels.runs import NOW, Everybody

ORDER = ("email", "sms", "push")


@pytest.mark.parametrize(
    ("likes", "wanted"),
    [
        (Likes(), "email sms push"),
        (Likes(answered="push"), "push email sms"),
        (Likes(frozenset({"sms"})), "sms email push"),
        (Likes(frozenset({"sms"}), "push"), "sms push email"),
        (Likes(frozenset({"sms", "push"}), "push"), "push sms email"),
        (Likes(frozenset({"fax"}), "telex"), "email sms push"),
    ],
)
def test_preference_comes_before_habit_before_the_messages_order(likes: Likes, wanted: str) -> None:
    assert choice.ranked(ORDER, likes) == wanted.split()


@pytest.mark.parametrize(
    ("usable", "channel"), [(("push", "sms"), "sms"), (("push",), "push"), ((), "email"), (ORDER, "email")]
)
def test_the_first_that_reaches_her_is_taken(usable: Iterable[str], channel: str) -> None:
    assert choice.channel(ORDER, Likes(), list(usable)) == channel


# --- with the rows ---

pytestmark = pytest.mark.django_db


def version(channels: tuple[str, ...] = ("email", "sms"), **fields: Any) -> MessageVersion:
    """Launched on several channels, each with an account by the scripted provider and contents in German."""
    for channel in channels[1:]:
        Account.objects.get_or_create(name=channel, defaults={"backend": "scripted", "channel": channel})
    return runs.version(backend="scripted", channels=list(channels), **fields)


def reachable(person: Customer, channel: str = "sms", said: bool = True, **fields: Any) -> None:
    address = f"+4930{person.pk}"
    if channel == "sms":
        Customer.objects.filter(pk=person.pk).update(phone=address)
    key = suppression.address_key(channel, address)
    Reach.objects.create(customer=person, channel=channel, address=address, address_key=key, **fields)
    if said:
        yes = people.yes(person)
        consent.record([consent.Statement(**(vars(yes) | {"channel": channel}))], people.NOON)


def channels_of(of: MessageVersion) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for row in Delivery.objects.filter(message=of.message_id).order_by("customer_id", "attempt"):
        found.setdefault(row.customer_id, []).append((row.channel, row.state))
    return found


def test_each_is_planned_on_the_channel_that_suits_her() -> None:
    plain, preferring, answering, silent, suppressed, nowhere = runs.customers(6)
    suppression.refresh_keys()
    for person in (plain, answering):
        reachable(person)
    reachable(preferring, preferred=True)
    reachable(silent, said=False, preferred=True)
    reachable(suppressed, preferred=True)
    suppression.suppress("sms", [f"+4930{suppressed.pk}"], Suppression.Reason.OBJECTION, NOW)
    Habit.objects.create(customer=answering, channel="sms")
    consent.record([people.no(nowhere, minutes=9)], NOW)
    made = version()
    runs.scripted()
    dry = dry_runs.count(made, Everybody(), NOW)
    assert (dry.send, dry.audience) == (5, 6)
    assert dry_runs.count(made.message, Everybody(), NOW).audience == 6
    runs.planned(made)
    assert {key: rows[0][0] for key, rows in channels_of(made).items()} == {
        plain.pk: "email",
        preferring.pk: "sms",
        answering.pk: "sms",
        silent.pk: "email",
        suppressed.pk: "email",
        nowhere.pk: "email",
    }
    sms = Delivery.objects.filter(channel="sms").select_related("account")
    assert {row.account.channel for row in sms} == {"sms"}
    runs.send_all()
    assert runs.states(made) == {"accepted": 5, "withheld no_consent": 1}


def test_one_channel_asks_nothing_about_channels(django_assert_num_queries: Any) -> None:
    from channels.delivery import routing

    runs.customers(3)
    made = runs.version()
    with django_assert_num_queries(0):
        assert [each.channel for each in routing.choose(made, [1, 2, 3])] == ["email"] * 3


def test_a_refused_message_goes_out_on_the_next_channel() -> None:
    [person] = runs.customers(1)
    reachable(person)
    made = version()
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.ADDRESS) if "@" in call.recipient else runs.ACCEPT
    runs.planned(made)
    runs.send_all()
    assert channels_of(made) == {person.pk: [("email", "refused"), ("sms", "planned")]}
    assert not progress.of(made.message_id, 1, NOW).finished
    runs.send_all()
    assert channels_of(made) == {person.pk: [("email", "refused"), ("sms", "accepted")]}
    assert [call.recipient for call in provider.calls] == [person.email, f"+4930{person.pk}"]
    after = progress.of(made.message_id, 1, NOW)
    assert (after.people, after.finished) == (1, True)


def test_a_bounce_that_is_reported_later_does_so_too_and_only_once() -> None:
    [person] = runs.customers(1)
    reachable(person)
    made = version()
    runs.scripted()
    [row] = runs.planned(made)
    runs.send_all()
    for number in range(2):
        outcomes.record([outcomes.Event(DeliveryEvent.Kind.BOUNCED, f"bounce {number}", NOW, row.pk)], NOW)
    assert channels_of(made) == {person.pk: [("email", "bounced"), ("sms", "planned")]}


def test_what_may_have_arrived_is_never_tried_elsewhere() -> None:
    [person] = runs.customers(1)
    reachable(person)
    made = version(unread_after=timedelta(hours=1))
    provider = runs.scripted()
    provider.answer = lambda call: Outcome(Kind.UNKNOWN)
    [row] = runs.planned(made)
    runs.send_all()
    assert fallback.after([row.pk], NOW) == []
    assert fallback.unread(NOW + timedelta(days=1)) == 0
    assert channels_of(made) == {person.pk: [("email", "unknown")]}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda row: Message.objects.update(cancelled_at=NOW), "cancelled"),
        (lambda row: Delivery.objects.update(expires_at=NOW), "expired"),
        (lambda row: Customer.objects.update(phone=""), "no other address"),
    ],
)
def test_nothing_follows_where_nothing_could_be_sent(change: Any, why: str) -> None:
    [person] = runs.customers(1)
    reachable(person)
    made = version()
    [row] = runs.planned(made)
    Delivery.objects.update(state="refused")
    change(row)
    assert fallback.after([row.pk], NOW) == [], why


@pytest.mark.parametrize(
    ("reason", "channel"), [("objection", "email"), ("complaint", "email"), ("bounce", "sms")]
)
def test_a_receipt_goes_where_advertising_may_not(reason: str, channel: str) -> None:
    [person] = runs.customers(1)
    reachable(person)
    suppression.suppress("email", [person.email], Suppression.Reason(reason), NOW)
    made = version(purpose=Message.Purpose.SERVICE)
    runs.scripted()
    runs.planned(made)
    runs.send_all()
    assert channels_of(made) == {person.pk: [(channel, "accepted")]}


def test_a_message_with_one_channel_ends_with_it() -> None:
    [person] = runs.customers(1)
    reachable(person)
    [row] = runs.planned(runs.version())
    Delivery.objects.update(state="refused")
    assert fallback.after([row.pk], NOW) == []


def test_what_stays_unread_goes_out_on_the_next_channel() -> None:
    unread, clicked, untracked, withdrawn, fresh, nowhere = everybody = runs.customers(6)
    for person in (unread, clicked, untracked, withdrawn, fresh):
        reachable(person)
    consent.record([people.yes(person, purpose="tracking") for person in everybody], people.NOON)
    consent.record([people.no(withdrawn, minutes=1, purpose="tracking")], NOW)
    made = version(unread_after=timedelta(hours=6))
    runs.planned(made)
    Delivery.objects.update(state="delivered", called_at=NOW - timedelta(hours=6), tracked=True)
    Delivery.objects.filter(customer=untracked).update(tracked=False)
    Delivery.objects.filter(customer=fresh).update(called_at=NOW - timedelta(hours=5))
    row = Delivery.objects.get(customer=clicked)
    DeliveryEvent.objects.create(delivery=row, kind="clicked", key="c", at=NOW, human=True)
    assert fallback.unread(NOW) == 1
    assert fallback.unread(NOW) == 0
    assert {key: len(rows) for key, rows in channels_of(made).items()} == {
        unread.pk: 2,
        clicked.pk: 1,
        untracked.pk: 1,
        withdrawn.pk: 1,
        fresh.pk: 1,
        nowhere.pk: 1,
    }


@pytest.mark.parametrize("did", ["opted_out", "dismissed"])
def test_who_answered_by_turning_away_is_not_written_to_on_the_next_channel(did: str) -> None:
    turned, silent = everybody = runs.customers(2)
    for person in everybody:
        reachable(person)
    consent.record([people.yes(person, purpose="tracking") for person in everybody], people.NOON)
    made = version(unread_after=timedelta(hours=6))
    runs.planned(made)
    Delivery.objects.update(state="delivered", called_at=NOW - timedelta(hours=6), tracked=True)
    row = Delivery.objects.get(customer=turned)
    DeliveryEvent.objects.create(delivery=row, kind=did, key="t", at=NOW)
    assert fallback.unread(NOW) == 1
    assert {key: len(rows) for key, rows in channels_of(made).items()} == {turned.pk: 1, silent.pk: 2}


@pytest.mark.parametrize(
    ("purpose", "later"), [(Message.Purpose.MARKETING, []), (Message.Purpose.SERVICE, [("sms", "planned")])]
)
@pytest.mark.parametrize("at_once", [True, False])
def test_whom_the_provider_refuses_since_she_has_objected_gets_a_receipt_elsewhere_and_no_advertising(
    at_once: bool, purpose: Message.Purpose, later: list[tuple[str, str]]
) -> None:
    [person] = runs.customers(1)
    reachable(person)
    made = version(purpose=purpose)
    provider = runs.scripted()
    [row] = runs.planned(made)
    if at_once:
        provider.answer = lambda call: Outcome(Kind.ADDRESS, objected=True)
    runs.send_all()
    if not at_once:
        why = Suppression.Reason.COMPLAINT
        bounce = outcomes.Event(DeliveryEvent.Kind.BOUNCED, "bounce", NOW, row.pk, because=why)
        outcomes.record([bounce], NOW)
    assert channels_of(made)[person.pk] == [("email", "refused" if at_once else "bounced"), *later]


def test_the_last_channel_is_the_end_of_it() -> None:
    [person] = runs.customers(1)
    for channel in ("sms", "push"):
        reachable(person, channel)
    made = version(("email", "sms", "push"))
    runs.scripted().answer = lambda call: Outcome(Kind.ADDRESS)
    runs.planned(made)
    for _time in range(4):
        runs.send_all()
    assert channels_of(made) == {person.pk: [("email", "refused"), ("sms", "refused"), ("push", "refused")]}
    sweeping.sweep(NOW)
    assert progress.of(made.message_id, 1, NOW).finished


def test_the_channels_are_part_of_what_an_approval_says_yes_to() -> None:
    from channels.messages import versions

    made = version()
    before = versions.digest(made.message)
    Message.objects.update(channels=["sms", "email"])
    made.message.refresh_from_db()
    assert versions.digest(made.message) != before
