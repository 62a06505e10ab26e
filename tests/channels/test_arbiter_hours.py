"""Quiet hours and days in the life of a delivery: waiting with a due time, going out then, expiring, the dry run."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from channels.arbiter import explain
from channels.delivery import dry_runs, sweeping
from channels.delivery.dry_runs import Outcome
from channels.models import Delivery, DeliveryPolicy, MessageVersion
from customers.models import Customer
from tests.channels import runs
from tests.channels.runs import Everybody

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)  # 21:30 in Berlin, 15:30 in New York
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.fixture(autouse=True)
def policy() -> DeliveryPolicy:
    return write_policy()


def write_policy(**fields: Any) -> DeliveryPolicy:
    return DeliveryPolicy.objects.update_or_create(pk=1, defaults={"caps": []} | fields)[0]


def rows(version: MessageVersion) -> dict[str, tuple[str, str, datetime]]:
    found = Delivery.objects.filter(message=version.message_id).order_by("id")
    return {row.customer.country: (row.state, row.reason, row.due_at) for row in found}


def test_each_waits_for_the_morning_of_her_own_country() -> None:
    for country in ("DE", "US", ""):
        runs.customers(1, country=country)
    Customer.objects.filter(country="US").update(time_zone="America/New_York")
    version = runs.version()
    runs.planned(version, due_at=MONDAY)
    night, day = ("planned", "quiet", MORNING), ("planned", "", MONDAY)
    assert rows(version) == {"DE": night, "US": day, "": night}
    runs.send_all(MONDAY)
    assert runs.states(version) == {"accepted": 1, "planned quiet": 2}
    assert runs.send_all(MORNING - timedelta(seconds=1)) == []
    runs.send_all(MORNING)
    assert runs.states(version) == {"accepted": 3}


def test_who_was_due_in_the_day_and_is_late_waits_for_the_next_morning() -> None:
    """Planned at noon, but the sender only got to her at night: it is planned anew, with a due time."""
    runs.customers(1)
    version = runs.version()
    runs.planned(version, due_at=MONDAY - timedelta(hours=9))
    runs.send_all(MONDAY)
    assert rows(version) == {"": ("planned", "quiet", MORNING)}
    assert Delivery.objects.get().batch_id is None


def test_a_day_that_is_closed_and_a_holiday_have_reasons_of_their_own() -> None:
    write_policy(skip_holidays=True, allowed_days=[0, 1, 2, 3, 4])
    runs.customers(1)
    saturday, christmas = datetime(2026, 11, 28, 9, tzinfo=UTC), datetime(2026, 12, 25, 9, tzinfo=UTC)
    first, second = runs.version(), runs.version()
    runs.planned(first, due_at=saturday)
    runs.planned(second, due_at=christmas)
    assert rows(first) == {"": ("planned", "day", datetime(2026, 11, 30, 7, tzinfo=UTC))}
    assert rows(second) == {"": ("planned", "holiday", datetime(2026, 12, 28, 7, tzinfo=UTC))}


def test_a_message_has_days_of_its_own() -> None:
    runs.customers(1)
    version = runs.version(allowed_days=[3])
    runs.planned(version, due_at=MONDAY)
    assert rows(version) == {"": ("planned", "day", datetime(2026, 11, 26, 7, tzinfo=UTC))}


def test_service_messages_wait_too_unless_they_are_exempt() -> None:
    runs.customers(1)
    patient = runs.version(purpose="service")
    urgent = runs.version(purpose="service", any_time=True)
    for version in (patient, urgent):
        runs.planned(version, due_at=MONDAY)
    runs.send_all(MONDAY)
    assert runs.states(patient) == {"planned quiet": 1}
    assert runs.states(urgent) == {"accepted": 1}


def test_marketing_is_never_exempt() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        runs.version(any_time=True)


def test_nothing_waits_past_its_expiry() -> None:
    runs.customers(1)
    version = runs.version(expires_after=timedelta(hours=2))
    dry = dry_runs.count(version, Everybody(), MONDAY)
    assert dict(dry.counts) == {Outcome("expired", "quiet"): 1}
    runs.planned(version, due_at=MONDAY)
    runs.send_all(MONDAY)
    assert runs.states(version) == {"planned quiet": 1}
    sweeping.sweep(MONDAY + timedelta(hours=2))
    assert runs.states(version) == {"expired quiet": 1}


def test_marketing_expires_as_the_policy_says_and_service_does_not() -> None:
    write_policy(expires_after=timedelta(days=2))
    runs.customers(1)
    runs.planned(runs.version(), due_at=MONDAY)
    runs.planned(runs.version(purpose="service"), due_at=MONDAY)
    found = list(Delivery.objects.order_by("id").values_list("expires_at", flat=True))
    assert found == [MONDAY + timedelta(days=2), None]


def test_the_dry_run_counts_who_waits_and_who_would_not_get_it_after_the_wait() -> None:
    runs.customers(2)
    runs.customers(2, email="same@example.org")
    runs.customers(1, permitted=False)
    version = runs.version()
    dry = dry_runs.count(version, Everybody(), MONDAY)
    assert dict(dry.counts) == {
        Outcome("planned", "quiet"): 3,
        Outcome("withheld", "same_address"): 1,
        Outcome("withheld", "no_consent"): 1,
    }
    assert (dry.send, dry.later, dry.gets, dry.languages) == (0, 3, 3, {"de": 3})
    assert len(dry.people[Outcome("planned", "quiet")]) == 3
    runs.planned(version, due_at=MONDAY)
    runs.send_all(MORNING)
    assert runs.states(version) == {
        "accepted": 3,
        "withheld same_address": 1,
        "withheld no_consent": 1,
    }


def test_the_explanation_says_until_when_she_waits() -> None:
    runs.customers(1)
    [row] = runs.planned(runs.version(), due_at=MONDAY)
    answers = {answer.gate: answer.verdict for answer in explain.explain(row.pk, MONDAY)}
    assert (answers["hours"].reason, answers["hours"].until) == ("quiet", MORNING)


def test_a_quiet_policy_of_two_times_is_needed() -> None:
    for fields in (
        {"quiet_until": None},
        {"quiet_from": time(8), "quiet_until": time(8)},
        {"allowed_days": []},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write_policy(**fields)


def test_planning_takes_a_fixed_number_of_statements() -> None:
    """However many people and places there are."""
    counts = []
    for number, places in ((3, 1), (40, 8)):
        for place in range(places):
            runs.customers(number, country=("DE", "FR", "US", "NL", "AT", "PL", "IT", "ES")[place])
        version = runs.version()
        with CaptureQueriesContext(connection) as queries:
            runs.planned(version, due_at=MONDAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]
