"""A mailbox that bounces for the time being: five in a row, and marketing rests for a month."""

from datetime import datetime, timedelta

import pytest

from channels.delivery import bounces, outcomes
from channels.delivery.outcomes import Event
from channels.models import Delivery, DeliveryEvent, Message, Reach, Suppression
from tests.channels import runs
from tests.channels.runs import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def send(at: datetime, **fields: object) -> Delivery:
    version = runs.version(**fields)
    runs.planned(version, due_at=at, occurrence=Delivery.objects.count() + 1)
    runs.send_all(at)
    return Delivery.objects.get(message=version.message_id)


def bounce(row: Delivery, at: datetime, hard: bool = False) -> None:
    kind = DeliveryEvent.Kind.BOUNCED
    outcomes.record([Event(kind, f"b{row.pk}", at, delivery_id=row.pk, hard=hard)], at)


def bounced(times: int, since: datetime = NOW) -> datetime:
    for day in range(times):
        bounce(send(since + day * DAY), since + day * DAY)
    return since + times * DAY


@pytest.fixture(autouse=True)
def anna() -> None:
    runs.customers(1)


def test_the_sixth_is_not_sent_and_a_month_later_one_is_tried() -> None:
    at = bounced(bounces.MOST)
    assert Reach.objects.get().soft_bounces == bounces.MOST
    row = send(at)
    assert (row.state, row.reason) == ("withheld", "bouncing")
    assert not Suppression.objects.exists()
    later = at + bounces.WITHIN
    row = send(later)
    assert row.state == "accepted"
    bounce(row, later)
    assert Reach.objects.get().soft_bounces == 1  # a new row of them


def test_four_are_no_reason() -> None:
    assert send(bounced(bounces.MOST - 1)).state == "accepted"


def test_a_mail_that_arrives_ends_the_row() -> None:
    at = bounced(bounces.MOST - 1)
    row = send(at)
    outcomes.record([Event(DeliveryEvent.Kind.DELIVERED, "d", at, delivery_id=row.pk)], at)
    assert Reach.objects.get().soft_bounces == 0
    bounce(send(at + DAY), at + DAY)
    assert send(at + 2 * DAY).state == "accepted"


def test_the_same_report_counts_once() -> None:
    row = send(NOW)
    for _n in range(bounces.MOST + 1):
        bounce(row, NOW)
    assert Reach.objects.get().soft_bounces == 1


def test_service_messages_are_tried_all_the_same() -> None:
    assert send(bounced(bounces.MOST), purpose=Message.Purpose.SERVICE).state == "accepted"


def test_a_hard_bounce_suppresses_as_before() -> None:
    bounce(send(NOW), NOW, hard=True)
    assert Reach.objects.get().soft_bounces == 0
    assert Suppression.objects.get().reason == "bounce"
