"""What must hold whatever is launched: never in quiet hours, never above a limit, never to the suppressed, the more
important never loses to the less important, nothing waits past its expiry, the same input gives the same plan."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import suppression
from channels.arbiter import frequency, places, timing
from channels.arbiter.frequency import Asked, Call, Now, Rival
from channels.arbiter.openings import Openings
from channels.arbiter.policy import Cap, Policy
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Window
from channels.delivery import ledger, sweeping
from channels.models import Delivery, DeliveryPolicy, MessageVersion, Suppression
from customers.models import Customer
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
    st.tuples(st.integers(3, 7), st.sampled_from(CLASSES), minutes, st.integers(1, 72)),
    min_size=1,
    max_size=8,
)
caps = st.lists(
    st.builds(Cap, st.sampled_from(("", *CLASSES)), st.integers(1, 7), st.integers(1, 3)), max_size=3
)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
policies = st.builds(
    Policy,
    st.builds(
        Window,
        st.none() | st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]),
        st.frozensets(st.integers(0, 6), min_size=1),
    ),
    st.booleans(),
    caps.map(tuple),
    st.just(timedelta(days=3)),
    st.just(False),
    st.none(),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.sampled_from(["DE", "US"]),
)


def live(policy: Policy, planned: list[Waiting], order: random.Random) -> list[tuple[Waiting, list[Waiting]]]:
    """Send as a worker does, until nothing waits any more: what went, with what was waiting beside it then."""
    when, sent = Openings(policy), []
    place, zone = Whereabouts("", "", None), places.zones("", "", policy.zone)[0]

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
            opening = when.of(place, at)
            if opening.reason:
                row.due_at = opening.at
                continue
            rivals = [each for each in open_rows if each.state == "planned" and each.expires_at > at]
            calls = [Call(each.cap_class, day(each.at)) for each, _beside in sent if each.at]
            others = [
                Rival(r.id, r.priority, r.cap_class, r.due_at, day(r.due_at)) for r in rivals if r is not row
            ]
            now = Now(at, day(at), zone)
            asked = Asked(row.id, row.priority, row.cap_class)
            verdict = frequency.decide(asked, calls, others, policy.caps, now).verdict
            if verdict is None:
                beside = [Waiting(**vars(each)) for each in rivals if each is not row]
                row.state, row.at = "sent", at
                sent.append((row, beside))
            else:
                assert verdict.until is not None
                assert verdict.until > at
                row.due_at = when.of(place, verdict.until).at
    return sent


@settings(max_examples=300, deadline=None)
@given(policies, messages, st.integers(0, 10**6))
def test_whatever_is_planned_for_one_person(
    policy: Policy, wanted: list[tuple[int, str, datetime, int]], seed: int
) -> None:
    def planned() -> list[Waiting]:
        return [
            Waiting(number, priority, cap_class, due, due + timedelta(hours=hours))
            for number, (priority, cap_class, due, hours) in enumerate(wanted)
        ]

    rows, again = planned(), planned()
    sent = live(policy, rows, random.Random(seed))
    zone = places.zones("", "", policy.zone)[0]
    window = policy.window_of("", None)
    letters = [Sent(row.priority, row.cap_class, row.at) for row, _beside in sent if row.at]
    for row in rows:
        assert row.at is not None
        assert row.at <= row.expires_at
        assert row.state == "expired" or timing.obstacle(row.at, zone, window) == ""
    assert not any(above_limit(letters, cap, zone) for cap in policy.caps)
    for number, (row, beside) in enumerate(sent):
        before = letters[: number + 1]
        _nobody_more_important_is_shut_out(row, beside, before, policy, zone)
    live(policy, again, random.Random(seed))
    assert rows == again


def _nobody_more_important_is_shut_out(
    row: Waiting, beside: list[Waiting], before: list[Sent], policy: Policy, zone: ZoneInfo
) -> None:
    """Whoever is more important and is due while this letter counts has room beside it, for all of them."""
    assert row.at is not None
    today = row.at.astimezone(zone).date()
    for cap in policy.caps:
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


class World:
    """A few people in two zones, some of them suppressed, and messages of every kind."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.policy()
        self.people = [
            runs.customers(1, country=country)[0]
            for country in ("DE", "DE", "US", "", "NL")
            for _ in range(2)
        ]
        self.suppressed = self.dice.sample(self.people, 2)
        emails = [person.email for person in self.suppressed]
        suppression.suppress("email", emails, Suppression.Reason.OBJECTION, START)
        self.versions = [self.version() for _ in range(6)]

    def policy(self) -> None:
        stored = [
            {"cap_class": "", "days": self.dice.choice([1, 2]), "most": self.dice.choice([1, 2])},
            {"cap_class": "automatic", "days": 3, "most": 1},
        ]
        quiet = {"quiet_from": time(20), "quiet_until": time(7, 30)}
        DeliveryPolicy.objects.update_or_create(
            pk=1, defaults={"caps": stored, "skip_holidays": True, **quiet}
        )

    def version(self) -> MessageVersion:
        version = runs.version(
            priority=self.dice.choice([3, 5, 5, 7]),
            cap_class=self.dice.choice(CLASSES),
            expires_after=timedelta(hours=self.dice.choice([10, 30, 60])),
        )
        runs.planned(version, due_at=START + timedelta(hours=self.dice.randrange(60)))
        return version

    def live(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Jump from due time to due time until nothing waits; the database's clock jumps along."""
        calling = ledger.CALLING
        at = START
        while Delivery.objects.filter(state="planned").exists():
            rows = Delivery.objects.filter(state="planned").values_list("due_at", "expires_at")
            at = max(at, min(min(pair) for pair in rows))
            sweeping.sweep(at)
            monkeypatch.setattr(ledger, "CALLING", calling.replace("clock_timestamp()", f"'{at}'"))
            while runs.send_all(at):
                pass
            late = Delivery.objects.filter(state="planned", expires_at__lte=at)
            assert not late.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_launched_for_several_people(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(seed)
    world.live(monkeypatch)
    rule = DeliveryPolicy.objects.get()
    limits = [Cap(**cap) for cap in rule.caps]
    for person in Customer.objects.all():
        rows = list(Delivery.objects.filter(customer=person, state="accepted").select_related("message"))
        zones = places.zones("", person.country, "Europe/Berlin")
        window = Window((time(20), time(7, 30)), frozenset(range(7)), person.country or "DE")
        letters = [Sent(row.priority, row.message.cap_class, row.called_at) for row in rows if row.called_at]
        assert person not in world.suppressed or not rows
        assert all(timing.obstacle(letter.at, zone, window) == "" for letter in letters for zone in zones)
        assert not any(above_limit(letters, cap, zones[0]) for cap in limits)
        assert all(row.called_at and row.expires_at and row.called_at < row.expires_at for row in rows)
    assert set(Delivery.objects.values_list("state", flat=True)) <= {"accepted", "expired", "withheld"}
