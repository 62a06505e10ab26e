"""Two statements at the same moment, on real connections: the cache ends as the ledger says."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from channels import consent
from channels.models import Consent, Permission
from customers.models import Customer
from tests.channels.people import NOON, customer, no, yes

LATER = NOON + timedelta(days=1)
ROUNDS = 15


def together(*jobs: Callable[[], object]) -> None:
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        start.wait()
        job()
        connection.close()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def carelessly(person: Customer, granted: bool, gate: threading.Barrier) -> None:
    """The negative control: read the cache, decide, write it back, without a guard."""
    statement = (yes if granted else no)(person, minutes=0 if granted else 1)
    with transaction.atomic():
        row = consent._row(statement, LATER)
        row.save()
        old = Permission.objects.get(customer=person)
        gate.wait()
        if old.stated_at <= row.stated_at:
            if granted:
                gate.wait()  # the older word is written last
            Permission.objects.filter(pk=old.pk).update(granted=granted, stated_at=row.stated_at, consent=row)
    if not granted:
        gate.wait()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_newer_word_stays():
    for _round in range(ROUNDS):
        anna = customer()
        together(
            lambda person=anna: consent.record([yes(person, minutes=0)], LATER),
            lambda person=anna: consent.record([no(person, minutes=1)], LATER),
        )
        assert not Permission.objects.get(customer=anna).granted
    assert Consent.objects.count() == 2 * ROUNDS
    assert consent.check_permissions() == []


@pytest.mark.django_db(transaction=True)
def test_without_the_guard_an_opt_out_can_be_lost():
    anna = customer()
    consent.record([yes(anna, minutes=-1)], LATER)
    gate = threading.Barrier(2)
    together(lambda: carelessly(anna, True, gate), lambda: carelessly(anna, False, gate))
    assert Permission.objects.get(customer=anna).granted
    assert consent.check_permissions() == [anna.pk]


@pytest.mark.django_db(transaction=True)
def test_batches_about_the_same_people_in_opposite_order_do_not_deadlock():
    people = [customer(f"p{n}@example.org") for n in range(60)]
    together(
        lambda: consent.record([yes(person, minutes=0) for person in people], LATER),
        lambda: consent.record([no(person, minutes=1) for person in reversed(people)], LATER),
    )
    assert not Permission.objects.filter(granted=True).exists()
    assert consent.check_permissions() == []
