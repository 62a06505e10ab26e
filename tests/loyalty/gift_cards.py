"""Gift cards for the tests."""

from itertools import count
from typing import Any

from loyalty.gift_cards import bookings
from loyalty.gift_cards.bookings import Issue, Order
from loyalty.models import GiftCard
from tests.loyalty.points import NOON

_numbers = count(1)


def order(amount: int = 5000, **fields: Any) -> Order:
    number = str(next(_numbers))
    return Order(amount, **{"source": "test", "reference": number, "currency": "EUR"} | fields)


def card(amount: int = 5000, **fields: Any) -> GiftCard:
    return issued(amount, **fields)[0]


def issued(amount: int = 5000, **fields: Any) -> tuple[GiftCard, str]:
    """A card and its code."""
    return bookings.issue(Issue(order(amount), **fields), NOON)
