"""Programmes, accounts and bookings for the tests of points."""

from datetime import UTC, datetime, timedelta
from typing import Any

from loyalty import ledger, terms
from loyalty.bookings import Booked, Booking
from loyalty.models import Account, EarningRule, Program
from tests.factories import CustomerFactory

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def program(key: str = "points", **fields: Any) -> Program:
    return Program.objects.create(key=key, name="Treuepunkte", **{"ready_after_days": 14} | fields)


def rule(programme: Program, key: str = "rate", **params: Any) -> EarningRule:
    made = EarningRule.objects.create(program=programme, key=key, name=key, params=params)
    terms.freeze(programme, NOON)
    return made


def person() -> int:
    return CustomerFactory().pk


def give(
    programme: Program,
    customer_id: int,
    points: int,
    reference: str = "1",
    *,
    ends: datetime | None = None,
    ready: datetime | None = NOON,
    at: datetime = NOON,
) -> Booked:
    row = Booking(customer_id, points, "test", reference, available_from=ready, expires_at=ends)
    return ledger.earn(programme, [row], at)[0]


def spend(
    programme: Program,
    customer_id: int,
    points: int,
    reference: str = "1",
    at: datetime = NOON,
    **fields: Any,
) -> Booked:
    return ledger.spend(programme, [Booking(customer_id, points, "test", reference, **fields)], at)[0]


def free(programme: Program, customer_id: int, at: datetime = NOON) -> int:
    return ledger.standing(programme, [customer_id], at)[customer_id].free


def account(programme: Program, customer_id: int) -> Account:
    return Account.objects.get(program=programme, customer=customer_id)
