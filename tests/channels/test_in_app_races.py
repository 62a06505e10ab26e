"""Two windows at the same moment, on real connections: each fact counts once, and the first window keeps the offer."""

import threading
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from channels.in_app import acts, shelf
from channels.models import Delivery, DeliveryEvent, InboxMessage
from tests.channels.shop_pages import known, sent
from tests.channels.test_consent_races import together

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10
WINDOWS = ("window-1", "window-2")


def offer(number: int) -> InboxMessage:
    person = known(str(number))
    sent(session_only=True)
    return InboxMessage.objects.get(customer=person)


def carelessly(row: InboxMessage, session: str, gate: threading.Barrier, won: list[str]) -> None:
    """The negative control: read, decide, write, without a lock."""
    read = InboxMessage.objects.get(pk=row.pk)
    gate.wait()
    if not read.session:
        won.append(session)
        InboxMessage.objects.filter(pk=row.pk).update(session=shelf.session_hash(session))


def test_of_two_windows_one_keeps_the_offer() -> None:
    for number in range(ROUNDS):
        row, told = offer(number), list[int]()

        def see(session: str, row: InboxMessage = row, told: list[int] = told) -> None:
            told.append(acts.record([acts.Act(row.key, "seen")], row.customer_id, session, timezone.now()))

        together(*(lambda name=name, see=see: see(name) for name in WINDOWS))
        assert sorted(told) == [0, 1]
        at = timezone.now()
        left = [name for name in WINDOWS if shelf.open_rows(row.customer_id, name, at)]
        assert len(left) == 1
    assert DeliveryEvent.objects.filter(kind="opened").count() == ROUNDS


def test_the_control_lets_both_believe_it() -> None:
    row, gate, won = offer(1), threading.Barrier(2), list[str]()
    together(*(lambda name=name: carelessly(row, name, gate, won) for name in WINDOWS))
    assert sorted(won) == list(WINDOWS)


def test_two_browsers_that_fetch_at_once_make_one_delivery() -> None:
    for number in range(ROUNDS):
        row = offer(number)
        at = datetime.now(UTC)

        def fetch(row: InboxMessage = row, at: datetime = at) -> None:
            shelf.hand_over(shelf.open_rows(row.customer_id, "window", at), at)

        together(fetch, fetch)
        assert Delivery.objects.get(pk=row.delivery_id).state == "delivered"
    assert DeliveryEvent.objects.filter(kind="delivered").count() == ROUNDS
