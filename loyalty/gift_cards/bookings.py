"""Everything that is booked on gift cards is booked here: issued, paid with, paid back, topped up, made void.

The card's row is held, then read, then decided on. Every call carries the caller's key (`source`, `reference`): a
repeated call gets the first booking, the same key for something else raises OtherBooking.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from config import clocks, formats
from customers import audit, dirty
from customers.models import Shop, User
from loyalty.gift_cards import codes
from loyalty.gift_cards.refusals import UNKNOWN, Refused
from loyalty.models import GiftCard, GiftEntry

Kind = GiftEntry.Kind
State = GiftCard.State
YEARS = 3
MOST = 100_000_000  # minor units on one booking: a slipped finger should not make a fortune
LOCK_KEY = "SELECT pg_advisory_xact_lock(hashtextextended('gift card ' || %s || ' ' || %s, 0))"


class OtherBooking(Exception):
    """The caller's key was used for something else."""


@dataclass(frozen=True)
class Order:
    """Somebody's wish to book `amount` minor units (more than 0) under her key."""

    amount: int
    source: str
    reference: str
    currency: str = ""
    order_key: str = ""
    store_id: int | None = None
    actor_id: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Issue:
    """A card to be sold or given: what stands on it, and where it may be used (`accepted_in` empty: everywhere)."""

    order: Order
    vat: str = GiftCard.Vat.MULTI
    accepted_in: Collection[int] = field(default_factory=tuple)
    customer_id: int | None = None


# --- The card ---


def last_day(issued_on: date) -> date:
    """Three years from the end of the year of issue (§ 195, § 199 BGB)."""
    return date(issued_on.year + YEARS, 12, 31)


@transaction.atomic
def issue(wish: Issue, at: datetime) -> tuple[GiftCard, str]:
    """A new card and its code, normalised: it is shown now and never again. A repeated call gets the card and ""."""
    order = wish.order
    _check_amount(order)
    with connection.cursor() as cursor:
        cursor.execute(LOCK_KEY, [order.source, order.reference])
    known = _known(order, Kind.ISSUE, order.amount)
    if known is not None:
        return known.card, ""
    text, zone = codes.draw(), Shop.current().time_zone
    ends_on = last_day(clocks.local_day(at, zone))
    card = GiftCard.objects.create(
        hash=codes.hashed(text),
        last4=text[-4:],
        currency=order.currency,
        vat=wish.vat,
        store_id=order.store_id,
        customer_id=wish.customer_id,
        issued_at=at,
        ends_on=ends_on,
        ends_at=clocks.midnight(date(ends_on.year + 1, 1, 1), zone),
    )
    card.accepted_in.set(wish.accepted_in)
    _book(card, order, Kind.ISSUE, order.amount, at)
    return card, text


def find(text: str) -> GiftCard:
    """The card of a normalised code. Raises Refused; what cannot be a code is looked up too."""
    found = look_up(text)
    if found is None:
        raise Refused(UNKNOWN)
    return found


def look_up(text: str) -> GiftCard | None:
    return GiftCard.objects.filter(hash__in=codes.hashes(text)).first()


def check(card: GiftCard, at: datetime, store_id: int | None, accepted: Collection[int]) -> None:
    """Whether it can be used now, in this store (None: online). Raises Refused."""
    if card.state != State.ACTIVE:
        raise Refused(card.state)
    if at >= card.ends_at:
        raise Refused("ended", day=formats.day(card.ends_on))
    if accepted and store_id not in accepted:
        raise Refused("store")


def accepted_in(card_id: int) -> list[int]:
    """The ids of the stores in which a card can be used; none: in all."""
    places = GiftCard.accepted_in.through.objects.filter(giftcard=card_id)
    return list(places.values_list("store_id", flat=True))


# --- Bookings ---


@transaction.atomic
def charge(card_id: int, order: Order, at: datetime) -> GiftEntry:
    """Pay with the card. Raises Refused."""
    card = _hold(card_id)
    known = _known(order, Kind.CHARGE, -order.amount, card)
    if known is not None:
        return known
    check(card, at, order.store_id, accepted_in(card.pk))
    _check_order(card, order)
    if card.balance < order.amount:
        raise Refused("balance", balance=formats.money(card.balance, card.currency))
    return _book(card, order, Kind.CHARGE, -order.amount, at)


@transaction.atomic
def refund(charge_id: int, order: Order, at: datetime) -> GiftEntry:
    """Pay back what was paid with the card, also when it has ended or is blocked: the money is hers. Never more than
    that payment. Raises Refused."""
    paid = GiftEntry.objects.filter(pk=charge_id, kind=Kind.CHARGE).first()
    if paid is None:
        raise Refused("charge")
    card = _hold(paid.card_id)
    known = _known(order, Kind.REFUND, order.amount, card, charge_id)
    if known is not None:
        return known
    _check_order(card, order)
    if card.state == State.VOID:
        raise Refused("void")
    left = left_of(paid)
    if order.amount > left:
        raise Refused("refund", left=formats.money(left, card.currency))
    return _book(card, order, Kind.REFUND, order.amount, at, charge_id)


def left_of(paid: GiftEntry) -> int:
    """Minor units of a payment that were not paid back."""
    back = GiftEntry.objects.filter(reverses=paid.pk).values_list("amount", flat=True)
    return -paid.amount - sum(back)


@transaction.atomic
def top_up(card_id: int, order: Order, at: datetime) -> GiftEntry:
    """Put more on the card; its last day stays. Raises Refused."""
    card = _hold(card_id)
    known = _known(order, Kind.TOP_UP, order.amount, card)
    if known is not None:
        return known
    check(card, at, None, ())
    _check_order(card, order)
    return _book(card, order, Kind.TOP_UP, order.amount, at)


@transaction.atomic
def void(card_id: int, by: User, reason: str, source: str, reference: str, at: datetime) -> bool:
    """Take what is left off the card and never let it be used again; whether it was not void before."""
    card = _hold(card_id)
    if card.state == State.VOID:
        return False
    left = card.balance
    if left:
        order = Order(left, source, reference, actor_id=by.pk, reason=reason)
        _book(card, order, Kind.VOID, -left, at)
    GiftCard.objects.filter(pk=card.pk).update(state=State.VOID)
    audit.record(by, "gift_card.voided", card, at, amount=left, currency=card.currency)
    return True


@transaction.atomic
def block(card_id: int, by: User, at: datetime) -> bool:
    """Nothing is paid with it until it is unblocked; whether it was active."""
    return _switch(card_id, State.ACTIVE, State.BLOCKED, "gift_card.blocked", by, at)


@transaction.atomic
def unblock(card_id: int, by: User, at: datetime) -> bool:
    return _switch(card_id, State.BLOCKED, State.ACTIVE, "gift_card.active", by, at)


def _switch(card_id: int, old: str, new: str, action: str, by: User, at: datetime) -> bool:
    changed = GiftCard.objects.filter(pk=card_id, state=old).update(state=new)
    if changed:
        audit.record(by, action, GiftCard(pk=card_id), at)
    return bool(changed)


# --- Inside ---


def _hold(card_id: int) -> GiftCard:
    found = GiftCard.objects.select_for_update(no_key=True).filter(pk=card_id).first()
    if found is None:
        raise Refused(UNKNOWN)
    return found


def _known(
    order: Order, kind: str, amount: int, card: GiftCard | None = None, reverses: int | None = None
) -> GiftEntry | None:
    """The booking of this key. Asked while the card is held, so that who repeats at this moment has waited."""
    found = (
        GiftEntry.objects.select_related("card")
        .filter(source=order.source, reference=order.reference)
        .first()
    )
    if found is None:
        return None
    same = (found.kind, found.amount, found.order_key, found.reverses_id) == (
        kind,
        amount,
        order.order_key,
        reverses,
    )
    if not same or (card is not None and found.card_id != card.pk):
        raise OtherBooking(order.reference)
    return found


def _check_order(card: GiftCard, order: Order) -> None:
    if order.currency != card.currency:
        raise Refused("currency", currency=card.currency)
    _check_amount(order)


def _check_amount(order: Order) -> None:
    if not 0 < order.amount <= MOST:
        raise Refused("amount", most=formats.money(MOST, order.currency))


def _book(
    card: GiftCard, order: Order, kind: str, amount: int, at: datetime, reverses: int | None = None
) -> GiftEntry:
    """Within the transaction that holds the card: the booking and the new balance."""
    values: dict[str, Any] = {
        "kind": kind,
        "amount": amount,
        "order_key": order.order_key,
        "store_id": order.store_id,
        "reverses_id": reverses,
        "actor_id": order.actor_id,
        "reason": order.reason,
        "source": order.source,
        "reference": order.reference,
    }
    entry, made = GiftEntry.objects.get_or_create(
        source=order.source,
        reference=order.reference,
        defaults={"card": card, "at": at} | values,
    )
    if not made:  # another card's booking took the key at this moment
        raise OtherBooking(order.reference)
    card.balance += amount
    card.save(update_fields=["balance"])
    dirty.mark([card.customer_id] if card.customer_id else [], at)
    return entry
