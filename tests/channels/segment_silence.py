"""Interests in the small shop of the segments' tests, and what it means that nothing was heard of somebody."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from channels.models import Preference
from customers.models import Category, Customer, Interest

Params = dict[str, Any]
AGES = [1, 29, 31, 60, 90, 365, 400]


def build(chance: random.Random, people: Sequence[Customer], at: datetime) -> None:
    categories = list(Category.objects.order_by("pk"))
    for person in people:
        for category in chance.sample(categories, chance.choice([0, 0, 1, 2])):
            stated = at - timedelta(days=chance.choice(AGES))
            withdrawn = chance.choice([None, None, stated + timedelta(days=20)])
            Interest.objects.create(
                customer=person, category=category, stated_at=stated, withdrawn_at=withdrawn
            )
        if chance.random() < 0.3:
            moment = chance.choice([None, at - timedelta(days=chance.choice(AGES))])
            Preference.objects.create(customer=person, interests_confirmed_at=moment)


def join(people: Mapping[int, Any]) -> None:
    for interest in Interest.objects.all():
        people[interest.customer_id].interests.append(interest)
    for wish in Preference.objects.exclude(interests_confirmed_at=None):
        people[wish.customer_id].confirmed = [wish.interests_confirmed_at]


def consent_idle(params: Params, person: Any, at: datetime) -> bool:
    cells: dict[Any, Any] = {}
    for said in person.consents:
        cell = said.channel, said.purpose, said.topic_id
        word = said.stated_at, said.state == "withdrawn", said.pk
        cells[cell] = max(cells.get(cell, word), word)
    agreed = any(cell[1] == "sending" and not word[1] for cell, word in cells.items())
    clicks = [e.at for row in person.messages for e in row.events.all() if e.kind == "clicked" and e.human]
    did = [event.at for event in person.events]
    signs = [*clicks, *did, *person.confirmed, *(said.stated_at for said in person.consents)]
    orders = [order.placed_at for order in person.orders if order.refund_of_id is None]
    return agreed and all(sign <= _since(params, at) for sign in signs + orders)


def interests_unconfirmed(params: Params, person: Any, at: datetime) -> bool:
    words = [word for each in person.interests for word in (each.stated_at, each.withdrawn_at) if word]
    named = any(each.withdrawn_at is None for each in person.interests)
    return named and all(word <= _since(params, at) for word in [*words, *person.confirmed])


def _since(params: Params, at: datetime) -> datetime:
    """Day by day back to the month, then to the day, or the last one that there is."""
    day, months = at.replace(day=1), params["months"]
    for _month in range(months):
        day = (day - timedelta(days=1)).replace(day=1)
    while day.day < at.day and (day + timedelta(days=1)).month == day.month:
        day += timedelta(days=1)
    return day
