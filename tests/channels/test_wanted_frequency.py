"""Who wants marketing at most once a week gets it at most once a week; the rest waits its turn."""

import dataclasses
from datetime import timedelta

import pytest

from channels import opt_out, preferences
from channels.models import Delivery, Message, MessageVersion, Preference
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


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
    assert of(sparing, second).due_at == NOW + WEEK
    runs.send_all(NOW + WEEK - timedelta(seconds=1))
    assert of(sparing, second).state == "planned"
    runs.send_all(NOW + WEEK)
    assert of(sparing, second).state == "accepted"


def test_taking_the_wish_back_lets_waiting_messages_go(sparing: Customer) -> None:
    for version in (versions := [runs.version(), runs.version()]):
        runs.planned(version)
    Delivery.objects.update(expires_at=None)
    runs.send_all()
    Delivery.objects.filter(state="accepted").update(called_at=NOW)
    waiting = Delivery.objects.get(customer=sparing, state="planned")
    assert waiting.reason == "customer_frequency"
    door = opt_out.door_of(waiting.pk)
    assert door is not None
    at = NOW + timedelta(hours=1)
    shown = preferences.read(sparing, at)
    wish = dataclasses.replace(shown, frequency="any")
    assert preferences.save(door, shown, wish, {"wording": "w", "form": "f", "source": "s"}, at)
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
