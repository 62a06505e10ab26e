"""Many who pay with one gift card at the same moment, with separate orders. The twin does it the usual wrong way."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.db import transaction
from django.db.models import Sum

from loyalty import books
from loyalty.gift_cards import bookings
from loyalty.gift_cards.refusals import Refused
from loyalty.models import GiftCard, GiftEntry
from tests.loyalty import crowd as crowds
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.gift_cards import card, order
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def charge(made: GiftCard, amount: int = 1000) -> Callable[[], GiftEntry]:
    """Each job has an order of its own."""
    return lambda: bookings.charge(made.pk, order(amount), NOON)


def spent(made: GiftCard) -> int:
    rows = GiftEntry.objects.filter(card=made, kind__in=["charge", "refund"])
    return -int(rows.aggregate(n=Sum("amount"))["n"] or 0)


def test_a_card_is_never_spent_twice(crowd):
    for _trial in range(TRIALS):
        made = card(3000)
        crowd.together([charge(made)] * SIZE, Refused)
        assert spent(made) == 3000


def test_a_repeated_call_books_once_at_the_same_moment_too(crowd):
    for _trial in range(TRIALS):
        made, wish = card(3000), order(1000)
        answers = crowd.together([partial(bookings.charge, made.pk, wish, NOON)] * SIZE)
        assert len({entry.pk for entry in answers}) == 1
        assert spent(made) == 1000


def test_a_payment_is_never_paid_back_twice(crowd):
    for _trial in range(TRIALS // 2):
        made = card(3000)
        paid = bookings.charge(made.pk, order(1000), NOON)
        jobs = [partial(bookings.refund, paid.pk, order(600), NOON) for _ in range(SIZE)]
        crowd.together(jobs, Refused)
        assert spent(made) == 400


def test_looking_before_holding_spends_twice(transactional_db):
    made, meet = card(1000), threading.Barrier(SIZE)

    def look_then_book() -> None:
        with transaction.atomic():
            enough = GiftCard.objects.get(pk=made.pk).balance >= 1000
            meet.wait(30)
            if enough:
                wish = order(1000)
                values = {"source": wish.source, "reference": wish.reference, "at": NOON}
                GiftEntry.objects.create(card=made, kind="charge", amount=-1000, **values)

    with crowds.gathered() as crowd:
        crowd.together([look_then_book] * SIZE)
    assert spent(made) == SIZE * 1000 > 1000
