"""What was learnt of somebody is hers: she gets it with her data, and it goes when she goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels import habits, suppression
from channels.models import Habit, Reach, Suppression
from customers import merging, privacy
from customers.models import Customer, Erasure
from tests.channels.people import NOON, customer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> Customer:
    person = customer(phone="+4915112345678")
    Habit.objects.create(customer=person, unanswered=3, answered_at=NOON, hour=19, channel="sms")
    return person


def test_she_gets_what_was_learnt_and_what_is_blocked_with_her_data(anna: Customer) -> None:
    berta = customer("berta@example.org")
    Reach.objects.create(customer=anna, channel="push", address="b", address_key="key of her browsers")
    suppression.suppress("sms", [anna.phone], Suppression.Reason.OBJECTION, NOON)
    suppression.suppress_keys("push", ["key of her browsers"], Suppression.Reason.COMPLAINT, NOON)
    suppression.suppress("email", ["other@example.org"], Suppression.Reason.BOUNCE, NOON)
    told = privacy.export([anna.pk, berta.pk])
    tables = {table.key: table.rows for table in told[anna.pk]}
    assert tables["habits"] == [
        {"unanswered": 3, "answered_at": NOON, "stretch": 1, "hour": 19, "channel": "sms"}
    ]
    assert {(row["channel"], row["reason"]) for row in tables["suppressions"]} == {
        ("sms", "objection"),
        ("push", "complaint"),
    }
    assert not {"habits", "suppressions"} & {table.key for table in told[berta.pk]}


def test_it_goes_when_she_is_forgotten(anna: Customer) -> None:
    entry = privacy.erase(anna.pk, privacy.Asked(Erasure.By.CUSTOMER, NOON), NOON)
    assert entry is not None
    assert entry.counts["habits"] == 1
    assert not Habit.objects.exists()


def test_of_two_who_are_one_only_the_habit_of_who_stays_is_left(anna: Customer) -> None:
    twin = customer("twin@example.org")
    Habit.objects.create(customer=twin, hour=7)
    merging.merge(twin.pk, anna.pk, UserFactory(in_role="marketer"), timezone.now())
    assert Habit.objects.get().customer == anna


def test_learning_forgets_those_after_the_last_living_customer(anna: Customer) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=NOON)
    habits.learn(NOON + timedelta(days=1))
    assert not Habit.objects.exists()
