"""Planning: a row for everybody, once, in hers or the fallback language."""

from datetime import timedelta

import pytest

from channels.delivery import arms, planning
from channels.models import Delivery, Reach
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import NOW, Everybody

pytestmark = pytest.mark.django_db


def test_everybody_in_the_audience_gets_a_row() -> None:
    people = runs.customers(3, permitted=False)
    version = runs.version()
    assert planning.plan(version, 7, Everybody(), 0, NOW) == (people[-1].pk, 3)
    rows = Delivery.objects.order_by("id")
    assert [(row.customer_id, row.state, row.occurrence, row.due_at) for row in rows] == [
        (person.pk, "planned", 7, NOW) for person in people
    ]
    assert Reach.objects.count() == 3


def test_chunks_resume_and_a_repeated_chunk_adds_nothing() -> None:
    people = runs.customers(5)
    version = runs.version()
    first = planning.plan(version, 1, Everybody(), 0, NOW, limit=2)
    assert first == (people[1].pk, 2)
    assert planning.plan(version, 1, Everybody(), 0, NOW, limit=2) == (people[1].pk, 0)
    assert planning.plan(version, 1, Everybody(), people[1].pk, NOW, limit=10) == (people[4].pk, 3)
    assert planning.plan(version, 1, Everybody(), people[4].pk, NOW) == (None, 0)
    assert Delivery.objects.count() == 5


def test_another_occurrence_has_rows_of_its_own() -> None:
    runs.customers(2)
    version = runs.version()
    runs.planned(version, occurrence=1)
    runs.planned(version, occurrence=2)
    assert Delivery.objects.count() == 4


def test_the_language_is_hers_or_hers_without_region_or_the_fallback() -> None:
    version = runs.version(languages=("de", "en"))
    for language in ("de", "en", "en-GB", "fr", ""):
        runs.customers(1, language=language)
    assert [row.language for row in runs.planned(version)] == ["de", "en", "en", "de", "de"]


def test_the_policy_of_the_message_is_copied() -> None:
    runs.customers(1)
    version = runs.version(priority=2, expires_after=timedelta(hours=6))
    [row] = runs.planned(version)
    assert (row.priority, row.expires_at, row.account_id) == (2, NOW + timedelta(hours=6), version.account_id)


def test_the_arm_is_the_same_hash_in_sql_and_python() -> None:
    runs.customers(60)
    version = runs.version()
    planning.plan(version, 1, Everybody(), 0, NOW, holdout=0.4)
    keys = dict(Customer.objects.values_list("id", "key"))
    rows = Delivery.objects.all()
    assert all(
        row.arm == arms.arm(f"message:{version.message_id}", keys[row.customer_id], 0.4) for row in rows
    )
    assert 8 < sum(row.arm == "holdout" for row in rows) < 40


def test_no_holdout_unless_asked_for() -> None:
    runs.customers(20)
    assert {row.arm for row in runs.planned(runs.version())} == {""}
