"""Histories of customers made by chance whose parameters are known, and orders to put into the database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np

from customers import stats
from customers.forecasts.histories import Floats
from customers.models import Customer, Order
from tests.factories import CustomerFactory, OrderFactory

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)


def simulated(people: int, shape: float, days: float, leaves: float, stays: float) -> list[Floats]:
    """The days of the orders of each, from her first (0) on, for 2,000 days; drawn just as the model tells it."""
    chance = np.random.default_rng(20261123)
    found = []
    for _person in range(people):
        rate, leaving = chance.gamma(shape, 1 / days), chance.beta(leaves, stays)
        times, at = [0.0], 0.0
        while chance.random() >= leaving:
            at += chance.exponential(1 / rate)
            if at > 2_000:
                break
            times.append(at)
        found.append(np.array(times))
    return found


def figures(times: Iterable[Floats], age: float) -> tuple[Floats, Floats, Floats]:
    """Orders after the first, the day of the last, and the age, for customers who are watched so long."""
    seen = [each[each < age] for each in times]
    again = np.array([len(each) - 1 for each in seen], dtype=float)
    return again, np.array([each[-1] for each in seen]), np.full(len(seen), age)


def ordered(*days_ago: float, total: int = 5_000, person: Customer | None = None) -> Customer:
    """A customer with orders of this value so many days before `AT`."""
    person = person or CustomerFactory()
    for each in days_ago:
        placed = AT - timedelta(days=each)
        OrderFactory(customer=person, placed_at=placed, currency="EUR", total=total, base_total=total)
    return person


def shop(people: int = 240) -> list[Customer]:
    """A shop in which every third customer ordered once, and the others every 10 to 59 days."""
    found = Customer.objects.bulk_create(
        Customer(first_name="Anna", last_name=f"Ahrens {n}", language="de") for n in range(people)
    )
    chance = np.random.default_rng(7)
    orders = []
    for number, person in enumerate(found):
        gap = 10 + number % 50
        times = 1 if number % 3 == 0 else int(chance.integers(2, 9))
        start = float(chance.uniform(20, 400))
        for place in range(times):
            days = start - place * gap * float(chance.uniform(0.8, 1.2))
            if days <= 0 and place:
                break
            total = int(chance.gamma(4, 1_000))
            orders.append(
                Order(
                    source="test",
                    number=f"{number}-{place}",
                    customer=person,
                    placed_at=AT - timedelta(days=max(days, 0.1)),
                    currency="EUR",
                    total=total,
                    base_total=total,
                )
            )
    Order.objects.bulk_create(orders)
    stats.recount(None)
    return found
