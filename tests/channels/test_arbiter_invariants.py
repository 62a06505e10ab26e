"""What must hold whatever is launched: never in quiet hours, never above a limit, never to the suppressed, the more
important never loses to the less important, nothing waits past its expiry, the same input gives the same plan."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels import suppression
from channels.arbiter import frequency, places, timing
from channels.arbiter.frequency import Asked, Call, Now, Rival
from channels.arbiter.openings import Openings
from channels.arbiter.policy import Cap, Policy, load
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Window
from channels.delivery import ledger, sweeping
from channels.models import (
    Delivery,
    DeliveryPolicy,
    Frequency,
    Habit,
    Message,
    MessageVersion,
    Preference,
    Suppression,
)
from tests.channels import runs

START = datetime(2027, 3, 26, 6, tzinfo=UTC)  # two days before the clocks change in Europe
CLASSES = ("campaign", "automatic")


class Sent(NamedTuple):
    priority: int
    cap_class: str
    at: datetime


def days_of(sent: Iterable[Sent], cap: Cap, zone: ZoneInfo) -> list[date]:
    return [each.at.astimezone(zone).date() for each in sent if cap.cap_class in ("", each.cap_class)]


def above_limit(sent: Iterable[Sent], cap: Cap, zone: ZoneInfo) -> bool:
    """Written anew, the slow and obvious way: is there a stretch of so many days with too many?"""
    days = days_of(sent, cap, zone)
    return any(
        sum(first <= day < first + timedelta(days=cap.days) for day in days) > cap.most for first in days
    )


# --- one person and pure functions ---


@dataclass
class Waiting:
    id: int
    priority: int
    cap_class: str
    due_at: datetime
    expires_at: datetime
    state: str = "planned"
    at: datetime | None = None


minutes = st.integers(0, 5 * 24 * 60).map(lambda n: START + timedelta(minutes=n))
messages = st.lists(
    st.tuples(st.integers(3, 7), st.sampled_from(CLASSES), minutes, st.integers(1, 72), st.booleans()),
    min_size=1,
    max_size=8,
)
caps = st.lists(
    st.builds(Cap, st.sampled_from(("", *CLASSES)), st.integers(1, 7), st.integers(1, 3)), max_size=3
)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
spans = st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1])
hours = st.none() | st.integers(0, 23)
policies = st.builds(
    Policy,
    st.builds(
        Window,
        st.lists(spans, max_size=2).map(tuple),
        st.frozensets(st.integers(0, 6), min_size=1),
    ).filter(timing.ever_opens),
    st.booleans(),
    caps.map(tuple),
    st.just(timedelta(days=3)),
    st.booleans(),
    hours,
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.sampled_from(["DE", "US"]),
)


class She(NamedTuple):
    """What her answers have taught: how many times as long the shop's limits are for her, and her best hour. And how
    often at most she wants to hear of the shop."""

    stretch: int
    hour: int | None
    wish: Frequency = Frequency.ANY

    def limits(self, policy: Policy) -> list[Cap]:
        stretch = self.stretch if policy.slow_down else 1
        hers = [WISHES[self.wish]] if self.wish in WISHES else []
        return [*(cap._replace(days=cap.days * stretch) for cap in policy.caps), *hers]


WISHES = {Frequency.WEEKLY: Cap("", 7, 1), Frequency.MONTHLY: Cap("", 30, 1)}

PLACE = Whereabouts("", "", "email", None)
people = st.builds(She, st.sampled_from((1, 2, 4)), hours, st.sampled_from(Frequency))


def plan(policy: Policy, her: She, wanted: list[tuple[int, str, datetime, int, bool]]) -> list[Waiting]:
    when, rows = Openings(policy), []
    for number, (priority, cap_class, asked, lasting, best) in enumerate(wanted):
        message = Message(best_time=best, expires_after=timedelta(hours=lasting))
        due = when.planned(message, PLACE, her.hour, asked).at
        assert due >= asked
        rows.append(Waiting(number, priority, cap_class, due, asked + timedelta(hours=lasting)))
    return rows


def live(
    policy: Policy, her: She, planned: list[Waiting], order: random.Random
) -> list[tuple[Waiting, list[Waiting]]]:
    """Send as a worker does, until nothing waits any more: what went, with what was waiting beside it then."""
    when, sent = Openings(policy), []
    zone = places.zones("", "", policy.zone)[0]
    stretch = her.stretch if policy.slow_down else 1

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    while open_rows := [row for row in planned if row.state == "planned"]:
        at = min(min(row.due_at, row.expires_at) for row in open_rows)
        for row in order.sample(open_rows, len(open_rows)):
            if row.expires_at <= at:
                row.state, row.at = "expired", at
                continue
            if row.due_at > at:
                continue
            opening = when.of(PLACE, at)
            if opening.reason:
                row.due_at = opening.at
                continue
            rivals = [each for each in open_rows if each.state == "planned" and each.expires_at > at]
            calls = [Call(each.cap_class, day(each.at)) for each, _beside in sent if each.at]
            others = [
                Rival(r.id, r.priority, r.cap_class, r.due_at, day(r.due_at)) for r in rivals if r is not row
            ]
            now = Now(at, day(at), zone)
            asked = Asked(row.id, row.priority, row.cap_class, stretch, WISHES.get(her.wish))
            verdict = frequency.decide(asked, calls, others, policy.caps, now).verdict
            if verdict is None:
                beside = [Waiting(**vars(each)) for each in rivals if each is not row]
                row.state, row.at = "sent", at
                sent.append((row, beside))
            else:
                assert verdict.until is not None
                assert verdict.until > at
                row.due_at = when.of(PLACE, verdict.until).at
    return sent


@settings(max_examples=300, deadline=None)
@given(policies, people, messages, st.integers(0, 10**6))
def test_whatever_is_planned_for_one_person(
    policy: Policy, her: She, wanted: list[tuple[int, str, datetime, int, bool]], seed: int
) -> None:
    rows, again = plan(policy, her, wanted), plan(policy, her, wanted)
    sent = live(policy, her, rows, random.Random(seed))
    zone = places.zones("", "", policy.zone)[0]
    window = policy.window_of("", "email", None)
    limits = her.limits(policy)
    letters = [Sent(row.priority, row.cap_class, row.at) for row, _beside in sent if row.at]
    for row in rows:
        assert row.at is not None
        assert row.at <= row.expires_at
        assert row.state == "expired" or timing.obstacle(row.at, zone, window) == ""
    assert not any(above_limit(letters, cap, zone) for cap in limits)
    for number, (row, beside) in enumerate(sent):
        before = letters[: number + 1]
        _nobody_more_important_is_shut_out(row, beside, before, limits, zone)
    live(policy, her, again, random.Random(seed))
    assert rows == again


def _nobody_more_important_is_shut_out(
    row: Waiting, beside: list[Waiting], before: list[Sent], limits: list[Cap], zone: ZoneInfo
) -> None:
    """Whoever is more important and is due while this letter counts has room beside it, for all of them."""
    assert row.at is not None
    today = row.at.astimezone(zone).date()
    for cap in limits:
        if cap.cap_class not in ("", row.cap_class):
            continue
        used = sum(day > today - timedelta(days=cap.days) for day in days_of(before, cap, zone))
        shut = [
            each
            for each in beside
            if each.priority < row.priority
            and cap.cap_class in ("", each.cap_class)
            and each.due_at.astimezone(zone).date() < today + timedelta(days=cap.days)
        ]
        assert used + len(shut) <= cap.most or not shut


# --- several people, the rows, and the sender itself ---


class Wanted(NamedTuple):
    """A message; `due` and `lasting` in hours."""

    priority: int
    cap_class: str
    due: int
    lasting: int
    best_time: bool


class Life(NamedTuple):
    """What happens in a world: `suppressed` are the hours at which people, by their number, ask for silence."""

    days: int
    most: int
    slow_down: bool
    best_hour: int | None
    habits: dict[int, She]
    suppressed: dict[int, int]
    messages: list[Wanted]


COUNTRIES = ("DE", "US", "", "NL", "DE", "IN")
anybody = st.integers(0, len(COUNTRIES) - 1)
lives = st.builds(
    Life,
    days=st.integers(1, 2),
    most=st.integers(1, 2),
    slow_down=st.booleans(),
    best_hour=hours,
    habits=st.dictionaries(anybody, people, max_size=4),
    suppressed=st.dictionaries(anybody, st.integers(0, 60), min_size=1, max_size=3),
    messages=st.lists(
        st.builds(
            Wanted,
            st.sampled_from([3, 5, 7]),
            st.sampled_from(CLASSES),
            st.integers(0, 60),
            st.sampled_from([10, 30, 60]),
            st.booleans(),
        ),
        min_size=2,
        max_size=5,
    ),
)


class World:
    """A few people in several zones, some of them suppressed sooner or later, and messages of every kind."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.policy()
        self.people = [runs.customers(1, country=country)[0] for country in COUNTRIES]
        for number, her in life.habits.items():
            Habit.objects.create(customer=self.people[number], stretch=her.stretch, hour=her.hour)
            Preference.objects.create(customer=self.people[number], frequency=her.wish)
        self.silence = {
            self.people[number]: START + timedelta(hours=hour) for number, hour in life.suppressed.items()
        }
        self.versions = [self.version(each) for each in life.messages]
        # What still waits for each person, by number of the customer, after everything that was due then has gone.
        self.beside: dict[datetime, defaultdict[int, list[Waiting]]] = {}

    def policy(self) -> None:
        stored = [
            {"cap_class": "", "days": self.life.days, "most": self.life.most},
            {"cap_class": "automatic", "days": 3, "most": 1},
        ]
        fields = {"quiet_from": time(20), "quiet_until": time(7, 30), "slow_down": self.life.slow_down}
        own = {"country": "IN", "quiet_from": "19:00", "quiet_until": "10:00", "days": [0, 1, 2, 3, 4, 5]}
        fields |= {"countries": [own], "best_hour": self.life.best_hour}
        DeliveryPolicy.objects.update_or_create(
            pk=1, defaults={"caps": stored, "skip_holidays": True, **fields}
        )

    def version(self, wanted: Wanted) -> MessageVersion:
        version = runs.version(
            priority=wanted.priority,
            cap_class=wanted.cap_class,
            expires_after=timedelta(hours=wanted.lasting),
            best_time=wanted.best_time,
        )
        runs.planned(version, due_at=START + timedelta(hours=wanted.due))
        return version

    def live(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Jump from due time to due time until nothing waits; the database's clock jumps along."""
        calling = ledger.CALLING
        at = START
        while Delivery.objects.filter(state="planned").exists():
            rows = Delivery.objects.filter(state="planned").values_list("due_at", "expires_at")
            at = max(at, min(min(pair) for pair in rows))
            self.silence_those_who_asked(at)
            sweeping.sweep(at)
            with monkeypatch.context() as clock:
                clock.setattr(ledger, "CALLING", calling.replace("clock_timestamp()", f"'{at}'"))
                while runs.send_all(at):
                    pass
            self.beside[at] = self.waiting()
            assert all(row.expires_at > at for rows in self.beside[at].values() for row in rows)

    def waiting(self) -> defaultdict[int, list[Waiting]]:
        found = defaultdict(list)
        columns = ("customer_id", "id", "priority", "message__cap_class", "due_at", "expires_at")
        for customer_id, *row in Delivery.objects.filter(state="planned").values_list(*columns):
            found[customer_id].append(Waiting(*row))
        return found

    def silence_those_who_asked(self, at: datetime) -> None:
        emails = [person.email for person, asked_at in self.silence.items() if asked_at <= at]
        suppression.suppress("email", emails, Suppression.Reason.OBJECTION, at)


@pytest.mark.django_db
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(lives)
def test_whatever_is_launched_for_several_people(monkeypatch: pytest.MonkeyPatch, life: Life) -> None:
    with transaction.atomic():
        _lived(World(life), monkeypatch)
        transaction.set_rollback(True)


def _lived(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.live(monkeypatch)
    rule = load()
    for number, person in enumerate(world.people):
        rows = list(Delivery.objects.filter(customer=person, state="accepted").select_related("message"))
        zones = places.zones("", person.country, "Europe/Berlin")
        window = rule.window_of(person.country, "email", None)
        letters = [Sent(row.priority, row.message.cap_class, row.called_at) for row in rows if row.called_at]
        limits = world.life.habits.get(number, She(1, None)).limits(rule)
        silence = world.silence.get(person)
        assert silence is None or all(letter.at < silence for letter in letters)
        assert all(timing.obstacle(letter.at, zone, window) == "" for letter in letters for zone in zones)
        assert not any(above_limit(letters, cap, zones[0]) for cap in limits)
        assert all(row.called_at and row.expires_at and row.called_at < row.expires_at for row in rows)
        for letter in letters:
            beside = world.beside[letter.at][person.pk]
            before = [each for each in letters if each.at <= letter.at]
            gone = Waiting(0, letter.priority, letter.cap_class, letter.at, letter.at, at=letter.at)
            _nobody_more_important_is_shut_out(gone, beside, before, limits, zones[0])
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"accepted", "expired", "withheld"}
