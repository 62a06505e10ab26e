"""A pause makes marketing wait: until it is over, until she ends it, or until the message expires."""

import dataclasses
from datetime import timedelta

import pytest

from channels import consent, opt_out, preferences
from channels.delivery import sweeping
from channels.models import Delivery, Message, MessageVersion, Preference, SandboxMail
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
END = NOW + timedelta(days=2)  # before the messages expire


@pytest.fixture
def pausing() -> Customer:
    person = runs.customers(2)[0]
    Preference.objects.create(customer=person, paused_until=END)
    return person


def of(person: Customer, version: MessageVersion) -> Delivery:
    return Delivery.objects.get(customer=person, message=version.message_id)


def test_marketing_waits_for_her_and_goes_to_the_others(pausing: Customer) -> None:
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 1, "planned customer_pause": 1}
    assert of(pausing, version).due_at == END
    runs.send_all(END - timedelta(seconds=1))
    assert of(pausing, version).state == "planned"
    runs.send_all(END)
    assert of(pausing, version).state == "accepted"


def test_what_expires_before_is_not_sent(pausing: Customer) -> None:
    version = runs.version()
    runs.planned(version)
    Delivery.objects.update(expires_at=END - timedelta(days=1))
    runs.send_all()
    sweeping.sweep(END - timedelta(hours=1))
    row = of(pausing, version)
    assert (row.state, row.reason) == ("expired", "customer_pause")


def test_service_messages_do_not_wait(pausing: Customer) -> None:
    version = runs.version(purpose=Message.Purpose.SERVICE)
    runs.planned(version)
    runs.send_all()
    assert SandboxMail.objects.filter(recipient=pausing.email).exists()


def test_ending_the_pause_lets_waiting_messages_go(pausing: Customer) -> None:
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    door = opt_out.door_of(of(pausing, version).pk)
    assert door is not None
    at = NOW + timedelta(days=1)
    shown = preferences.read(pausing, at)
    ended = dataclasses.replace(shown, paused_until=None)
    assert preferences.save(door, shown, ended, {"wording": "w", "form": "f", "source": "s"}, at)
    runs.send_all(at)
    assert of(pausing, version).state == "accepted"


def test_no_message_is_lost_to_a_no_said_during_the_pause(pausing: Customer) -> None:
    """The pause stands behind the final answers: an opt-out ends the row at once when it is asked again."""
    version = runs.version()
    runs.planned(version)
    runs.send_all()
    opted_out = consent.Statement(
        customer_id=pausing.pk, channel="email", granted=False, basis="stated", stated_at=NOW
    )
    consent.record([opted_out], NOW)
    runs.send_all(END)
    assert of(pausing, version).reason == "no_consent"
