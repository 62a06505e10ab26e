"""Points in the small shop of the segments' tests, and what conditions on them mean, one customer at a time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.models import Customer
from loyalty import ledger
from loyalty.bookings import Booking
from loyalty.models import Account, Entry, Lot, Program

Params = dict[str, Any]
DAY = timedelta(days=1)


def build(chance: random.Random, people: Sequence[Customer], at: datetime) -> None:
    """Points that wait, that end, that were spent, of a programme and of a younger one that does not count."""
    programme = Program.objects.create(key="points", name="Treuepunkte")
    other = Program.objects.create(key="other", name="Andere")
    for number, person in enumerate(people[3:40]):
        for turn in range(chance.choice([1, 1, 2, 3])):
            earned = at - chance.choice([0, 1, 29, 30, 31, 90, 365]) * DAY
            row = Booking(
                person.pk,
                chance.choice([1, 30, 31, 100]),
                "world",
                f"{number}/{turn}",
                available_from=earned + chance.choice([0, 0, 0, 400]) * DAY,
                expires_at=chance.choice([None, at + DAY, at + 5 * DAY, at + 30 * DAY, at + 31 * DAY]),
            )
            ledger.earn(chance.choice([programme, programme, programme, other]), [row], earned)
        if number % 4 == 0:
            ledger.spend(programme, [Booking(person.pk, 1, "world", str(number))], at)


@dataclass
class Held:
    """The account of a person with the oldest active programme: its lots, and when points were earned."""

    lots: list[Lot] = field(default_factory=list)
    earned: list[datetime] = field(default_factory=list)


def accounts() -> dict[int, Held]:
    oldest = Program.objects.filter(active=True).order_by("pk").first()
    found = {account.pk: account for account in Account.objects.filter(program=oldest, closed_at=None)}
    held = {account.customer_id: Held() for account in found.values()}
    for lot in Lot.objects.filter(account__in=found):
        held[found[lot.account_id].customer_id].lots.append(lot)
    for entry in Entry.objects.filter(account__in=found, kind="earn"):
        held[found[entry.account_id].customer_id].earned.append(entry.at)
    return held


def _lots(held: Held | None, at: datetime) -> list[Lot]:
    return [
        lot
        for lot in (held.lots if held else [])
        if lot.available_from and lot.available_from <= at and (not lot.expires_at or lot.expires_at > at)
    ]


def points(params: Params, person: Any, at: datetime) -> bool:
    if person.held is None:
        return False
    free = sum(lot.remaining for lot in _lots(person.held, at))
    if params["operator"] == "between":
        return bool(params["number"] <= free <= params["upper"])
    number = params["number"]
    answers = {"at_least": free >= number, "at_most": free <= number, "exactly": free == number}
    return bool(answers[params["operator"]])


def points_ending(params: Params, person: Any, at: datetime) -> bool:
    end = _ago(at, -params["days"])
    ending = [lot.remaining for lot in _lots(person.held, at) if lot.expires_at and lot.expires_at <= end]
    return bool(sum(ending) >= params["number"])


def points_last_earned(params: Params, person: Any, at: datetime) -> bool:
    last = max(person.held.earned if person.held else [], default=None)
    if last is None:
        return False
    recent = last.timestamp() >= _ago(at, params["days"]).timestamp()
    return bool(recent if params["operator"] == "within" else not recent)


def _ago(at: datetime, days: int) -> datetime:
    """The same time of the day, so many days ago, in the shop's zone."""
    return datetime.combine(at.date() - days * DAY, at.time(), at.tzinfo)
