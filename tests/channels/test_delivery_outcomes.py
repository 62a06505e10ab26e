"""What providers report later: once each, in any order."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from channels import suppression
from channels.delivery import mails, outcomes
from channels.delivery.outcomes import Event
from channels.models import Delivery, DeliveryEvent, Suppression
from channels.signals import delivery_events_recorded
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
Kind = DeliveryEvent.Kind


@pytest.fixture
def sent() -> Delivery:
    runs.customers(1)
    runs.planned(runs.version())
    runs.send_all()
    return Delivery.objects.get()


def event(row: Delivery, kind: DeliveryEvent.Kind, key: str = "", **fields: Any) -> Event:
    return Event(kind, key or f"p:{kind}", NOW, provider_id=row.provider_id, **fields)


@pytest.mark.fault("F15")
def test_a_report_counts_once_however_often_it_comes(sent: Delivery) -> None:
    """F15."""
    one = event(sent, Kind.DELIVERED)
    assert len(outcomes.record([one, one], NOW)) == 1
    assert outcomes.record([one], NOW) == []
    assert DeliveryEvent.objects.count() == 1


@pytest.mark.fault("F16")
@pytest.mark.parametrize(
    "order", list(itertools.permutations([Kind.DELIVERED, Kind.BOUNCED, Kind.COMPLAINED]))
)
def test_states_only_rise_in_rank(sent: Delivery, order: tuple[DeliveryEvent.Kind, ...]) -> None:
    """F16: a late "delivered" does not undo a complaint."""
    for kind in order:
        outcomes.record([event(sent, kind)], NOW)
    sent.refresh_from_db()
    assert sent.state == "complained"
    assert DeliveryEvent.objects.count() == 3


def test_several_reports_at_once_rise_to_the_highest(sent: Delivery) -> None:
    outcomes.record([event(sent, Kind.BOUNCED), event(sent, Kind.DELIVERED)], NOW)
    sent.refresh_from_db()
    assert sent.state == "bounced"


@pytest.mark.parametrize("state", ["calling", "unknown"])
def test_a_report_settles_what_was_in_doubt(sent: Delivery, state: str) -> None:
    Delivery.objects.update(state=state)
    outcomes.record([event(sent, Kind.DELIVERED)], NOW)
    sent.refresh_from_db()
    assert sent.state == "delivered"


@pytest.mark.parametrize("state", ["planned", "withheld", "cancelled", "refused"])
def test_a_report_about_what_was_never_sent_changes_no_state(sent: Delivery, state: str) -> None:
    Delivery.objects.update(state=state)
    outcomes.record([event(sent, Kind.DELIVERED)], NOW)
    sent.refresh_from_db()
    assert sent.state == state


@pytest.mark.parametrize(
    ("kind", "hard", "reason"),
    [
        (Kind.BOUNCED, True, "bounce"),
        (Kind.BOUNCED, False, None),
        (Kind.COMPLAINED, True, "complaint"),
        (Kind.DELIVERED, True, None),
        (Kind.OPENED, True, None),
    ],
)
def test_complaints_and_hard_bounces_suppress_the_address(
    sent: Delivery, kind: DeliveryEvent.Kind, hard: bool, reason: str | None
) -> None:
    outcomes.record([event(sent, kind, hard=hard)], NOW)
    expected = [(suppression.address_key("email", "anna0@example.org"), reason)] if reason else []
    assert list(Suppression.objects.values_list("address_key", "reason")) == expected


def test_a_report_may_name_the_mail_by_our_message_id_which_nobody_else_can_make(sent: Delivery) -> None:
    ours = f"<{mails.reference(sent.pk)}@linden.example>"
    forged = f"<{sent.pk}.{'0' * 18}@linden.example>"
    assert outcomes.record([Event(Kind.COMPLAINED, "p:1", NOW, provider_id=forged)], NOW) == []
    assert len(outcomes.record([Event(Kind.DELIVERED, "p:2", NOW, provider_id=ours)], NOW)) == 1
    sent.refresh_from_db()
    assert sent.state == "delivered"


def test_a_report_about_a_mail_that_nobody_knows_is_left_out() -> None:
    stranger = Event(Kind.COMPLAINED, "p:1", NOW, provider_id="somebody else's")
    assert outcomes.record([stranger], NOW) == []


def test_the_apps_above_are_told_in_the_same_transaction(sent: Delivery) -> None:
    told: list[dict[str, Any]] = []

    def hear(**facts: Any) -> None:
        told.append(facts)

    delivery_events_recorded.connect(hear)
    try:
        ids = outcomes.record([event(sent, Kind.DELIVERED)], NOW + timedelta(seconds=1))
    finally:
        delivery_events_recorded.disconnect(hear)
    assert [(each["ids"], each["at"]) for each in told] == [(ids, NOW + timedelta(seconds=1))]
    assert told[0]["kinds"] == {Kind.DELIVERED}
