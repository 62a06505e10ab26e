"""Messages in the small shop of the segments' tests, and what the condition on them means, one customer at a time."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.models import Account, Delivery, DeliveryEvent, Message, MessageVersion
from customers.models import Customer

Params = dict[str, Any]
DAY = timedelta(days=1)
CHANNELS = ["email", "email", "email", "sms", "push"]
STATES = [*(state for state in Delivery.State.values), *["accepted", "delivered"] * 6]


def build(chance: random.Random, people: Sequence[Customer], at: datetime) -> None:
    """Marketing and a service message, in two runs, on several channels, with clicks of people and machines."""
    account = Account.objects.create(name="World", backend="sandbox")
    versions = []
    for number in range(6):
        message = Message.objects.create(purpose="service" if number == 0 else "marketing")
        version = MessageVersion.objects.create(
            message=message, number=1, digest="", account=account, fallback_language="de"
        )
        versions.append(version)
    for number, person in enumerate(people):
        for version in chance.sample(versions, number % 5):
            for occurrence in range(1, chance.choice([2, 2, 3])):
                for attempt in range(chance.choice([1, 1, 1, 2, 3])):
                    _delivery(chance, version, person, occurrence, attempt, at)


def _delivery(
    chance: random.Random, version: MessageVersion, person: Customer, run: int, attempt: int, at: datetime
) -> None:
    state, moment = chance.choice(STATES), at - chance.choice([0, 1, 5, 29, 30, 31, 90, 365]) * DAY
    called = state in ("calling", "accepted", "delivered", "bounced", "complained", "unknown", "refused")
    row = Delivery.objects.create(
        version=version,
        message_id=version.message_id,
        account_id=version.account_id,
        customer=person,
        occurrence=run,
        attempt=attempt,
        state=state,
        language="de",
        channel=chance.choice(CHANNELS),
        due_at=moment,
        called_at=moment if called else None,
        ended_at=None
        if state in ("planned", "calling")
        else moment + timedelta(seconds=chance.choice([0, 2])),
        tracked=chance.random() < 0.8,
    )
    kinds = ["clicked", "clicked", "opted_out", "opened"]
    for place in range(chance.choice([0, 0, 0, 1, 2]) if called else 0):
        DeliveryEvent.objects.create(
            delivery=row,
            kind=chance.choice(kinds),
            key=f"world {row.pk} {place}",
            human=chance.random() < 0.8,
            at=min(at + DAY, moment + chance.choice([0, 1, 29]) * DAY),
        )


def join(people: Mapping[int, Any]) -> None:
    for row in Delivery.objects.select_related("message").prefetch_related("events"):
        people[row.customer_id].messages.append(row)


def engagement(params: Params, person: Any, at: datetime) -> bool:
    return _TESTS[params["did"]](params, person, at)


def _runs(person: Any) -> list[list[Delivery]]:
    """Marketing messages, each with its attempts in order."""
    runs = defaultdict(list)
    for row in sorted(person.messages, key=lambda each: each.attempt):
        if row.message.purpose == "marketing":
            runs[row.message_id, row.occurrence].append(row)
    return list(runs.values())


def _on(row: Delivery, params: Params) -> bool:
    return params["channel"] in ("", row.channel)


def _within(moment: datetime | None, params: Params, at: datetime) -> bool:
    if moment is None or moment > at:
        return False
    if params["window"] == "days":
        since = datetime.combine(at.date() - params["days"] * DAY, at.time(), at.tzinfo)
        return moment.timestamp() >= since.timestamp()
    day = moment.astimezone(at.tzinfo).date().isoformat()
    return params["window"] == "all" or params["since"] <= day <= params["until"]


def _last(states: Sequence[str], params: Params, person: Any, at: datetime) -> list[list[Delivery]]:
    """The runs whose last attempt ended so."""
    return [
        run
        for run in _runs(person)
        if run[-1].state in states
        and _on(run[-1], params)
        and _within(run[-1].called_at or run[-1].ended_at, params, at)
    ]


def _ended(*states: str) -> Any:
    return lambda params, person, at: len(_last(states, params, person, at)) >= params["times"]


def _clicked(run: Sequence[Delivery], at: datetime) -> bool:
    return any(e.kind == "clicked" and e.human and e.at <= at for row in run for e in row.events.all())


def _happened(kind: str) -> Any:
    def test(params: Params, person: Any, at: datetime) -> bool:
        runs = [
            run
            for run in _runs(person)
            if any(
                event.kind == kind and event.human and _on(row, params) and _within(event.at, params, at)
                for row in run
                for event in row.events.all()
            )
        ]
        return len(runs) >= params["times"]

    return test


def _no_answer(params: Params, person: Any, at: datetime) -> bool:
    """Of each of so many it is known that she did not click it."""
    runs = _last(("accepted", "delivered", "complained"), params, person, at)
    called = [row for run in runs for row in run if row.called_at]
    known = all(row.tracked and not _withdrawn(row, person) for row in called)
    return len(runs) >= params["times"] and known and not any(_clicked(run, at) for run in runs)


def _withdrawn(row: Delivery, person: Any) -> bool:
    """Whether the newest word on a topic, or on all, is a no to tracking that came after the message."""
    about = defaultdict(list)
    for said in person.consents:
        if (said.purpose, said.channel) == ("tracking", row.channel):
            about[said.topic_id].append((said.stated_at, said.state))
    newest = [max(words, key=lambda word: (word[0], word[1] == "withdrawn")) for words in about.values()]
    return any(state == "withdrawn" and row.called_at and at > row.called_at for at, state in newest)


_TESTS = {
    "sent": _ended("accepted", "delivered", "complained", "bounced"),
    "complained": _ended("complained"),
    "bounced": _ended("bounced"),
    "not_sent": _ended("withheld", "expired", "cancelled", "refused", "render_error"),
    "clicked": _happened("clicked"),
    "opted_out": _happened("opted_out"),
    "no_answer": _no_answer,
}
