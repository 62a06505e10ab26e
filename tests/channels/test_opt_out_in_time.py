"""Between planning and sending: an opt-out and a slice that is being gated come one after the other (F20)."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from channels import consent, suppression
from channels.models import Reach, Suppression
from customers.models import Customer
from tests.channels.people import NOON, customer, no, yes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault("F20")]
LATER = NOON + timedelta(days=1)


@pytest.fixture
def anna() -> Customer:
    person = customer()
    suppression.refresh_keys()
    consent.record([yes(person)], LATER)
    return person


def start(job: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        job()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def withdraw(person: Customer) -> None:
    consent.record([no(person, minutes=5)], LATER)


def object_to_it(person: Customer) -> None:
    suppression.suppress("email", [person.email], Suppression.Reason.OBJECTION, LATER)


@pytest.mark.parametrize("opt_out", [withdraw, object_to_it])
def test_an_opt_out_waits_for_the_slice_that_is_being_gated(anna, opt_out):
    with transaction.atomic():
        list(Reach.objects.select_for_update().order_by("id"))  # as sending does before it gates
        other = start(lambda: opt_out(anna))
        other.join(0.4)
        assert other.is_alive()
        assert consent.load([anna.pk], "email", None)[anna.pk].may_send
    other.join(5)
    assert not other.is_alive()
    suppressed = suppression.load("email", [suppression.address_key("email", anna.email)])
    assert suppressed or not consent.load([anna.pk], "email", None)[anna.pk].may_send


def test_without_a_lock_on_her_it_does_not_wait(anna):
    berta = customer("berta@example.org")
    with transaction.atomic():
        list(Reach.objects.select_for_update().order_by("id"))
        other = start(lambda: withdraw(berta))
        other.join(5)
        assert not other.is_alive()


def test_a_slice_gated_after_the_opt_out_sees_it(anna):
    withdraw(anna)
    with transaction.atomic():
        list(Reach.objects.select_for_update().order_by("id"))
        assert not consent.load([anna.pk], "email", None)[anna.pk].may_send
