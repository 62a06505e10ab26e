"""Who wants marketing at most once a week gets it at most once a week; the rest waits its turn."""

import dataclasses
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from channels import opt_out, preferences
from channels.arbiter import frequency, timing
from channels.arbiter.frequency import AGAIN, Asked, Call, Now
from channels.arbiter.policy import Cap
from channels.arbiter.rows import wait
from channels.models import Delivery, Message, MessageVersion, Preference
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
NEXT_WEEK = datetime(2026, 11, 29, 23, tzinfo=UTC)  # the same weekday in Berlin, as soon as it begins


@pytest.fixture
def sparing() -> Customer:
    person = runs.customers(2)[0]
    Preference.objects.create(customer=person, frequency="weekly")
    return person


def of(person: Customer, version: MessageVersion) -> Delivery:
    return Delivery.objects.get(customer=person, message=version.message_id)


def test_the_second_message_waits_a_week(sparing: Customer) -> None:
    first = runs.version()
    runs.planned(first)
    runs.send_all()
    Delivery.objects.update(called_at=NOW)  # the database's own clock wrote it
    second = runs.version()
    runs.planned(second)
    Delivery.objects.update(expires_at=None)
    runs.send_all(NOW + timedelta(days=1))
    assert runs.states(second) == {"accepted": 1, "planned customer_frequency": 1}
    assert of(sparing, second).due_at == NEXT_WEEK
    runs.send_all(NEXT_WEEK - timedelta(seconds=1))
    assert of(sparing, second).state == "planned"
    runs.send_all(NEXT_WEEK)
    assert of(sparing, second).state == "accepted"


def take_back(person: Customer, waiting: Delivery, at: datetime) -> None:
    door = opt_out.door_of(waiting.pk)
    assert door is not None
    shown = preferences.read(person, at)
    wish = dataclasses.replace(shown, frequency="any")
    assert preferences.save(door, shown, wish, {"wording": "w", "form": "f", "source": "s"}, at)


def test_taking_the_wish_back_lets_waiting_messages_go(sparing: Customer) -> None:
    for version in (versions := [runs.version(), runs.version()]):
        runs.planned(version)
    Delivery.objects.update(expires_at=None)
    runs.send_all()
    Delivery.objects.filter(state="accepted").update(called_at=NOW)
    runs.send_all(NOW + AGAIN)
    waiting = Delivery.objects.get(customer=sparing, state="planned")
    assert waiting.reason == "customer_frequency"
    at = NOW + timedelta(hours=1)
    take_back(sparing, waiting, at)
    runs.send_all(at)
    assert {of(sparing, version).state for version in versions} == {"accepted"}


def test_of_two_at_once_one_goes(sparing: Customer) -> None:
    versions = [runs.version(), runs.version()]
    for version in versions:
        runs.planned(version)
    runs.send_all()
    states = sorted(of(sparing, version).state for version in versions)
    assert states == ["accepted", "planned"]


def test_service_messages_neither_wait_nor_count(sparing: Customer) -> None:
    service = runs.version(purpose=Message.Purpose.SERVICE)
    runs.planned(service)
    runs.send_all()
    marketing = runs.version()
    runs.planned(marketing)
    runs.send_all()
    assert of(sparing, service).state == of(sparing, marketing).state == "accepted"


# Three days ago she had a message; whose limit it is that she waits for, and for how long.
WHOSE = [
    ((), 1, "customer_frequency", 7),
    ((Cap("", 7, 1),), 1, "capped", 7),  # of equals the shop's, which stays when she takes hers back
    ((Cap("", 5, 1),), 1, "customer_frequency", 7),
    ((Cap("", 14, 1),), 1, "capped", 14),
    ((Cap("", 5, 1),), 4, "capped", 20),
    ((Cap("", 3, 1),), 4, "slowed", 12),
    ((), 4, "customer_frequency", 7),  # her own word is no longer for her silence
]


@pytest.mark.parametrize(("caps", "stretch", "reason", "days"), WHOSE)
def test_the_limit_that_holds_longest_is_the_reason(
    caps: tuple[Cap, ...], stretch: int, reason: str, days: int
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    now = Now(NOW, NOW.astimezone(berlin).date(), berlin)
    last = now.today - timedelta(days=3)
    asked = Asked(1, 5, "campaign", stretch, Cap("", 7, 1))
    verdict = frequency.decide(asked, [Call("campaign", last)], [], caps, now).verdict
    assert verdict == wait(reason, timing.start_of(last + timedelta(days=days), berlin))


def test_a_message_gives_way_to_a_more_important_one_of_the_same_week(sparing: Customer) -> None:
    less, more = runs.version(priority=7), runs.version(priority=3)
    runs.planned(less)
    runs.planned(more, due_at=NOW + timedelta(hours=2))
    runs.send_all(NOW)
    assert runs.states(less) == {"accepted": 1, "planned lost_priority": 1}  # the other person chose nothing
    runs.send_all(NOW + timedelta(hours=2))
    assert of(sparing, more).state == "accepted"
    Delivery.objects.filter(state="accepted").update(called_at=NOW + timedelta(hours=2))
    runs.send_all(of(sparing, less).due_at)
    assert runs.states(less) == {"accepted": 1, "planned customer_frequency": 1}


def test_what_gave_way_goes_at_once_when_she_takes_the_wish_back(sparing: Customer) -> None:
    less, more = runs.version(priority=7), runs.version(priority=3)
    runs.planned(less)
    runs.planned(more, due_at=NOW + timedelta(hours=2))
    runs.send_all(NOW)
    waiting = of(sparing, less)
    assert waiting.reason == "lost_priority"
    take_back(sparing, waiting, NOW + timedelta(minutes=5))
    runs.send_all(NOW + timedelta(minutes=5))
    assert (of(sparing, less).state, of(sparing, more).state) == ("accepted", "planned")
