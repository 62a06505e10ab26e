"""Points in the small shop of the segments' tests, and what conditions on them mean, one customer at a time."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from customers.models import Customer
from loyalty import ledger
from loyalty.bookings import Booking
from loyalty.models import Account, Budget, Coupon, Entry, Hold, Lot, Program, Reward, RewardClaim, RewardUse
from tests.loyalty.coupons import coupon

Params = dict[str, Any]
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def build(chance: random.Random, people: Sequence[Customer], at: datetime) -> None:
    """Points that wait, that end, that were spent, of a programme and of a younger one that does not count."""
    programme = Program.objects.create(key="points", name="Treuepunkte")
    other = Program.objects.create(key="other", name="Andere")
    mug = rewards(programme, other, at.date())
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
        if number % 5 == 0:
            claim(mug, person, number)
        if number % 3 == 0:
            keep(chance, programme, person, at, f"basket {number}")


def rewards(programme: Program, other: Program, today: date) -> Reward:
    """Those that are not given cost what points often come close to. The one that is answered may be had once."""

    def make(points: int, of: Program = programme, **fields: Any) -> Reward:
        return Reward.objects.create(
            program=of, **{"name": "Becher", "points": points, "kind": "goods"} | fields
        )

    make(31, other)
    make(32, active=False)
    make(33, stock=0)
    make(34, ends_on=today - DAY)
    make(35, starts_on=today + 500 * DAY)
    make(36, kind="money", amount=1, currency="EUR")
    spent = Budget.objects.create(name="Leer", currency="EUR", cap=100, used=100)
    dead: list[Params] = [
        {"active": False},
        {"ends_on": today - DAY},
        {"total_limit": 1, "used": 1},
        {"budget": spent},
    ]
    for points, why in enumerate(dead, 37):
        make(points, kind="coupon", coupon=coupon(kind="pool", **why))
    make(90, kind="coupon", coupon=coupon(kind="pool", ends_on=today + DAY, total_limit=2, used=1))
    make(160, starts_on=today, ends_on=today)
    make(200, stock=5)
    return make(60, per_customer_limit=1)


def claim(of: Reward, person: Customer, number: int) -> None:
    made = RewardClaim.objects.create(
        reward=of, customer=person, points=60, state="done", source="world", reference=str(number), at=NOON
    )
    RewardUse.objects.create(reward=of, customer=person, slot=1, claim=made)


def keep(chance: random.Random, programme: Program, person: Customer, at: datetime, reference: str) -> None:
    """A basket, open still, over by then, or given up. Its points may end before it does."""
    until = at + chance.choice([-DAY, timedelta(0), DAY, 500 * DAY])
    row = Booking(person.pk, chance.choice([1, 29, 30]), "world", reference, expires_at=until)
    ledger.hold(programme, [row], at - 2 * DAY)
    if chance.random() < 0.2:
        ledger.release(programme, [row], at - DAY)


@dataclass
class Held:
    """The account of a person with the oldest active programme: its lots, what open baskets keep, and when points were
    earned."""

    lots: list[Lot] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    earned: list[datetime] = field(default_factory=list)
    had: set[int] = field(default_factory=set)


def accounts() -> dict[int, Held]:
    oldest = Program.objects.filter(active=True).order_by("pk").first()
    found = {account.pk: account for account in Account.objects.filter(program=oldest, closed_at=None)}
    held = {account.customer_id: Held() for account in found.values()}
    for lot in Lot.objects.filter(account__in=found):
        held[found[lot.account_id].customer_id].lots.append(lot)
    for use in RewardUse.objects.filter(customer__in=held):
        held[use.customer_id].had.add(use.reward_id)
    for hold in Hold.objects.filter(account__in=found, fate="open"):
        held[found[hold.account_id].customer_id].holds.append(hold)
    for entry in Entry.objects.filter(account__in=found, kind="earn"):
        held[found[entry.account_id].customer_id].earned.append(entry.at)
    return held


def _lots(held: Held | None, at: datetime) -> list[Lot]:
    return [
        lot
        for lot in (held.lots if held else [])
        if lot.available_from and lot.available_from <= at and (not lot.expires_at or lot.expires_at > at)
    ]


def _unkept(held: Held | None, lots: list[Lot], at: datetime) -> int:
    kept = sum(hold.points for hold in (held.holds if held else []) if hold.expires_at > at)
    return max(0, sum(lot.remaining for lot in lots) - kept)


def points(params: Params, person: Any, at: datetime) -> bool:
    if person.held is None:
        return False
    free = _unkept(person.held, _lots(person.held, at), at)
    if params["operator"] == "between":
        return bool(params["number"] <= free <= params["upper"])
    number = params["number"]
    answers = {"at_least": free >= number, "at_most": free <= number, "exactly": free == number}
    return bool(answers[params["operator"]])


def points_ending(params: Params, person: Any, at: datetime) -> bool:
    end = _ago(at, -params["days"])
    ending = [lot for lot in _lots(person.held, at) if lot.expires_at and lot.expires_at <= end]
    return _unkept(person.held, ending, at) >= params["number"]


def near_next_reward(params: Params, person: Any, at: datetime) -> bool:
    if person.held is None:
        return False
    free, today = _unkept(person.held, _lots(person.held, at), at), at.date()
    for reward in (
        Reward.objects.filter(program__key="points").select_related("coupon__budget").order_by("points")
    ):
        begun = reward.starts_on is None or reward.starts_on <= today
        ended = reward.ends_on is not None and reward.ends_on < today
        gone = reward.stock is not None and reward.used >= reward.stock
        dead = reward.coupon is not None and _dead(reward.coupon, at)
        limit = reward.per_customer_limit is not None and reward.pk in person.held.had
        if (
            reward.points > free
            and reward.active
            and reward.kind != "money"
            and begun
            and not (ended or gone or limit or dead)
        ):
            return bool(reward.points - free <= params["points"])
    return False


def _dead(of: Coupon, at: datetime) -> bool:
    over = of.valid_until is not None and of.valid_until <= at
    full = of.total_limit is not None and of.used >= of.total_limit
    broke = of.budget is not None and of.budget.used >= of.budget.cap
    return not of.active or over or full or broke


def points_last_earned(params: Params, person: Any, at: datetime) -> bool:
    last = max(person.held.earned if person.held else [], default=None)
    if last is None:
        return False
    recent = last.timestamp() >= _ago(at, params["days"]).timestamp()
    return bool(recent if params["operator"] == "within" else not recent)


def _ago(at: datetime, days: int) -> datetime:
    """The same time of the day, so many days ago, in the shop's zone."""
    return datetime.combine(at.date() - days * DAY, at.time(), at.tzinfo)
