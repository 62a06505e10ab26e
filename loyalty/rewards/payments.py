"""Points as payment: held for a basket, spent with its order or given up, given back with a refund.

A reward that is worth money is the rate: so many points are so much, in whole steps of one minor unit downwards.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from config import formats
from customers import audit
from customers.models import User
from loyalty import corrections, ledger
from loyalty.bookings import Booking
from loyalty.models import PointsPayment, Program, Reward
from loyalty.rewards import claims
from loyalty.rewards.refusals import OTHER_REQUEST, Refused

SOURCE = "payment"
MINUTES = 30
LONGEST_MINUTES = 24 * 60
State = PointsPayment.State


@dataclass(frozen=True)
class Basket:
    """So many points for a basket until `until`. `source` and `reference` are the caller's key."""

    rate: Reward
    customer_id: int
    points: int
    source: str
    reference: str
    until: datetime


def until(at: datetime, minutes: int = MINUTES) -> datetime:
    return at + timedelta(minutes=minutes)


def rate_of(program: Program, reward_id: int | None = None) -> Reward:
    """The reward that is named, or the only active one that is worth money. Raises Refused("no_rate")."""
    rates = Reward.objects.filter(program=program, kind=Reward.Kind.MONEY, active=True).select_related(
        "program"
    )
    found = list((rates if reward_id is None else rates.filter(pk=reward_id))[:2])
    if len(found) != 1:
        raise Refused("no_rate")
    return found[0]


def worth(rate: Reward, points: int) -> int:
    """Minor units, never more than the rate says."""
    return points * (rate.amount or 0) // rate.points


@transaction.atomic
def hold(basket: Basket, at: datetime) -> PointsPayment:
    """Keep the points; a repeated call gets the first answer. Raises Refused."""
    program = basket.rate.program
    ledger.hold_accounts(program, {basket.customer_id})
    person = claims.living(basket.customer_id)
    known = PointsPayment.objects.filter(source=basket.source, reference=basket.reference).first()
    if known:
        if (known.customer_id, known.points, known.reward_id) != (person, basket.points, basket.rate.pk):
            raise Refused(OTHER_REQUEST)
        return known
    claims.check(basket.rate, at)
    amount = worth(basket.rate, basket.points)
    if not amount:
        raise Refused("too_few", least=-(-basket.rate.points // (basket.rate.amount or 1)))
    row = Booking(person, basket.points, SOURCE, _reference(basket), expires_at=basket.until)
    held = ledger.hold(program, [row], at)[0]
    if held.hold_id is None:
        raise Refused("points", missing=claims.missing(basket.rate, person, basket.points, at))
    return _write(basket, person, held.hold_id, amount, at)


def _reference(basket: Basket) -> str:
    """Of the ledger's own length, whatever callers name their baskets."""
    return hashlib.sha256(f"{basket.source}\0{basket.reference}".encode()).hexdigest()


def _write(basket: Basket, person: int, hold_id: int, amount: int, at: datetime) -> PointsPayment:
    try:
        with transaction.atomic():
            return PointsPayment.objects.create(
                reward=basket.rate,
                customer_id=person,
                points=basket.points,
                amount=amount,
                currency=basket.rate.currency,
                hold_id=hold_id,
                source=basket.source,
                reference=basket.reference,
                at=at,
            )
    except IntegrityError as error:
        raise Refused(OTHER_REQUEST) from error


@transaction.atomic
def spend(payment_id: int, at: datetime, order: str = "") -> PointsPayment:
    """The basket became an order: take what was held. Whoever was too late may still have the points. Raises
    Refused."""
    found = _hold(payment_id)
    if found.state in (State.RELEASED, State.REFUNDED):
        raise Refused(str(found.state))
    if found.state == State.SPENT:
        return found
    reference, program = found.hold.reference, found.reward.program
    row = Booking(found.customer_id, found.points, SOURCE, reference, hold=reference, reason=order)
    booked = ledger.spend(program, [row], at)[0]
    if booked.entry_id is None:
        raise Refused("points", missing=claims.missing(found.reward, found.customer_id, found.points, at))
    found.spend_id = booked.entry_id
    return _end(found, State.SPENT, at)


@transaction.atomic
def release(payment_id: int, at: datetime) -> PointsPayment:
    """Nobody bought: the points are free again. Raises Refused (spent, refunded)."""
    found = _hold(payment_id)
    if found.state in (State.SPENT, State.REFUNDED):
        raise Refused(str(found.state))
    if found.state == State.RELEASED:
        return found
    row = Booking(found.customer_id, found.points, SOURCE, found.hold.reference)
    ledger.release(found.reward.program, [row], at)
    return _end(found, State.RELEASED, at)


@transaction.atomic
def refund(payment_id: int, at: datetime, by: User | None = None) -> PointsPayment:
    """The order was given back: what is left of the points comes back with their dates, once. Raises
    Refused("not_spent")."""
    found = _hold(payment_id)
    return found if found.state == State.REFUNDED else _give_back(found, found.points, at, by)


@transaction.atomic
def refund_part(
    payment_id: int, amount: int, total: int, at: datetime, by: User | None = None
) -> PointsPayment:
    """`amount` of an order that came to `total` was given back: so is that share of the points. What is reckoned is
    the share of all refunds so far, so the last one brings the rest. Raises Refused (not_spent, refunded, total,
    too_much)."""
    found = _hold(payment_id)
    if found.state == State.REFUNDED:
        raise Refused("refunded")
    if found.total not in (None, total):
        raise Refused("total", total=formats.money(found.total, found.currency))
    if found.refunded + amount > total:
        raise Refused("too_much", left=formats.money(total - found.refunded, found.currency))
    found.total, found.refunded = total, found.refunded + amount
    return _give_back(found, found.points * found.refunded // total, at, by)


def _give_back(found: PointsPayment, upto: int, at: datetime, by: User | None) -> PointsPayment:
    if found.spend_id is None:
        raise Refused("not_spent")
    points = upto - found.given_back
    corrections.reverse(found.reward.program, found.spend_id, at, by, points)
    audit.record(by, "points_payment.refunded", found, at, points=points)
    found.given_back = upto
    found.save(update_fields=["total", "refunded", "given_back"])
    return _end(found, State.REFUNDED, at) if upto == found.points else found


def _hold(payment_id: int) -> PointsPayment:
    payments = PointsPayment.objects.select_related("reward__program", "hold")
    found = payments.get(pk=payment_id)
    ledger.hold_accounts(found.reward.program, {found.customer_id})
    return payments.select_for_update(of=["self"]).get(pk=payment_id)


def _end(found: PointsPayment, state: str, at: datetime) -> PointsPayment:
    found.state, found.ended_at = state, at
    found.save(update_fields=["state", "ended_at", "spend"])
    return found
