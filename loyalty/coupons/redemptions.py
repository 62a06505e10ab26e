"""Codes are reserved, redeemed, released and rolled back here, and only here.

What counts are rows and guarded updates: the customer's slot, the coupon's and the budget's figures, one live
redemption per single code. What was read before only says why something is refused. Every call carries the caller's key
(`source`, `reference`): a repeated call gets the first answer."""

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction

from config import prepared
from customers import dirty
from customers.models import Origin, Store
from loyalty.coupons import checking, offers, reading, slots, windows
from loyalty.coupons import redemption_statements as statements
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.models import CouponCode, Redemption
from loyalty.signals import coupons_redeemed, coupons_reversed

State = Redemption.State
RESERVED_FOR = timedelta(minutes=30)
LIVE = (State.RESERVED, State.REDEEMED)
IN_THE_WAY = ("limit", "budget", "period_budget", "store_budget", "used", "customer_limit")
SWEEP_AT_ONCE = 10_000


class OtherRedemption(Exception):
    """The key was used for another code, order or basket."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants to redeem: the code as typed, for which order, and the caller's key."""

    text: str
    basket: Basket
    order_key: str
    source: str
    reference: str
    customer_id: int | None = None
    actor_id: int | None = None

    def whole_basket(self) -> Basket:
        """The basket with whose it is, which some rules ask for."""
        return replace(self.basket, customer_id=self.customer_id, order_key=self.order_key)


def reserve(wish: Wish, at: datetime, until: datetime | None = None) -> Redemption:
    """Keep the code for an order that is not paid yet. Raises Refused."""
    return _book(wish, at, State.RESERVED, until or at + RESERVED_FOR)


def redeem(wish: Wish, at: datetime) -> Redemption:
    """Redeem the code for the order, also one that is reserved for it. Raises Refused."""
    return _book(wish, at, State.REDEEMED, None)


def _book(wish: Wish, at: datetime, state: str, until: datetime | None) -> Redemption:
    try:
        return _try(wish, at, state, until)
    except Refused as refused:
        # Reservations that nobody came for may be in the way, or the order's own was given up at this moment.
        if refused.code == "given_up" or (refused.code in IN_THE_WAY and _make_room(wish, at)):
            return _try(wish, at, state, until)
        raise


def _make_room(wish: Wish, at: datetime) -> int:
    code = checking.find(wish.text)
    slots.hold(code, wish.customer_id)  # before the coupon, as in booking: the caller's transaction may go on
    return sweep(at, code.coupon_id)


@transaction.atomic
def _try(wish: Wish, at: datetime, state: str, until: datetime | None) -> Redemption:
    code = checking.find(wish.text, wish.order_key)
    found = reading.redemptions(wish.order_key, wish.source, wish.reference)
    known = _known(wish, code, found)
    if known is not None:
        return known
    live = [each for each in found if each.order_key == wish.order_key and each.state in LIVE]
    ours = next((each for each in live if each.code_id == code.pk), None)
    if ours is not None:
        if ours.state == State.RESERVED and state == State.REDEEMED:
            return _confirm(ours, code, wish, at)
        raise Refused("same_order")
    checking.check(code, wish.customer_id, at)
    checking.check_stacking(code.coupon, live)
    amount = offers.discount(code.coupon.offer, wish.whole_basket())
    redemption = _insert(code, wish, at, state, until, amount)
    _announce([redemption], at)
    return redemption


def _known(wish: Wish, code: CouponCode, found: list[Redemption]) -> Redemption | None:
    own = (each for each in found if each.source == wish.source and wish.reference in each.keys)
    known = next(own, None)
    if known is not None and not answers(known, code, wish):
        raise OtherRedemption(wish.reference)
    return known


def answers(known: Redemption, code: CouponCode, wish: Wish) -> bool:
    """Whether what was made by this key is what the wish asks for: an order may have less in its basket when it is paid
    than when it was reserved. Old redemptions keep no basket."""
    basket = wish.basket.fingerprint
    place = "confirmed_basket" if wish.reference == known.confirmed_by else "basket"
    asked = (code.pk, wish.order_key, basket)
    return (known.code_id, known.order_key, known.snapshot.get(place, basket)) == asked


def _confirm(ours: Redemption, code: CouponCode, wish: Wish, at: datetime) -> Redemption:
    """The order's own reservation becomes real, at its real discount and never more than was reserved."""
    amount = min(ours.amount, offers.discount(code.coupon.offer, wish.whole_basket()))
    with connection.cursor() as cursor:
        cursor.execute(statements.HOLD_COUPONS, {"ids": [ours.pk]})
        said: dict[str, Any] = {
            "id": ours.pk,
            "amount": amount,
            "at": at,
            "source": wish.source,
            "reference": wish.reference,
            "basket": wish.basket.fingerprint,
        }
        try:
            cursor.execute(statements.CONFIRM, said)
        except IntegrityError as error:  # at this moment its key confirms another order
            raise OtherRedemption(wish.reference) from error
        if cursor.fetchone() is None:
            raise Refused("given_up")
    ours.refresh_from_db()
    _tell([ours], at)
    return ours


# --- Booking ---


def _insert(
    code: CouponCode, wish: Wish, at: datetime, state: str, until: datetime | None, amount: int
) -> Redemption:
    """Take the slot, count, pay, write. Raises Refused, which rolls everything back."""
    coupon, offer = code.coupon, code.coupon.offer
    if coupon.total_limit is not None and coupon.used >= coupon.total_limit:
        raise Refused("limit")
    dirty.mark([wish.customer_id] if wish.customer_id else [], at)
    kept = offers.snapshot(offer) | windows.seen(code) | {"basket": wish.basket.fingerprint}
    params = {
        "use": slots.take(code, wish.customer_id),
        "coupon": coupon.pk,
        "code": code.pk,
        "customer": wish.customer_id,
        "order_key": wish.order_key,
        "store": _store(wish.basket.store),
        "on": wish.basket.on,
        "actor": wish.actor_id,
        "state": str(state),
        "amount": amount,
        "currency": wish.basket.currency,
        "snapshot": json.dumps(kept),
        "single_use": coupon.single_use,
        "stacking_group": offer.stacking_group,
        "exclusive": offer.exclusive,
        "source": wish.source,
        "reference": wish.reference,
        "at": at,
        "expires_at": until,
    }
    with prepared.cursor() as cursor:
        cursor.execute(statements.BOOK if coupon.budget_id else statements.BOOK_FREE, params)
        counted, paid, in_time, afforded, held, pk, share, period = cursor.fetchone()
    if not held:
        checking.check(checking.find(wish.text), wish.customer_id, at)  # says what became of it meanwhile
    if pk is None:
        raise Refused(_why(counted, paid, in_time, afforded))
    own = {f.attname for f in Redemption._meta.concrete_fields}
    renamed = {f"{name}_id": params[name] for name in ("coupon", "code", "customer", "store", "actor")}
    plain = {name: value for name, value in params.items() if name in own}
    return Redemption(pk=pk, share_id=share, budget_period_id=period, **plain | renamed | {"snapshot": kept})


def _why(counted: int, paid: int, in_time: int, afforded: int) -> str:
    """The first guard that said no; if none did, the code is used."""
    guards = ((counted, "limit"), (paid, "budget"), (in_time, "period_budget"), (afforded, "store_budget"))
    return next((code for passed, code in guards if not passed), "used")


def _store(number: str) -> int | None:
    return Store.objects.filter(number=number).values_list("pk", flat=True).first() if number else None


# --- Giving back ---


def release(source: str, reference: str, at: datetime) -> bool:
    """Give up a reservation; whether it was open."""
    return bool(_end(_ids(source, reference), State.RELEASED, (State.RESERVED,), at))


def reverse(source: str, reference: str, at: datetime) -> bool:
    """Roll back a redemption, because its order was cancelled; whether it was live. The code can be used again."""
    return bool(_end(_ids(source, reference), State.REVERSED, LIVE, at))


def sweep(at: datetime, coupon_id: int | None = None) -> int:
    """Give up reservations that ran out; how many."""
    late = Redemption.objects.filter(state=State.RESERVED, expires_at__lte=at)
    if coupon_id is not None:
        late = late.filter(coupon=coupon_id)
    ids = list(late.order_by("expires_at").values_list("pk", flat=True)[:SWEEP_AT_ONCE])
    return len(_end(ids, State.RELEASED, (State.RESERVED,), at, late=at))


def _ids(source: str, reference: str) -> list[int]:
    return list(Redemption.objects.filter(source=source, reference=reference).values_list("pk", flat=True))


@transaction.atomic
def _end(
    ids: list[int], state: str, live: Collection[str], at: datetime, late: datetime | None = None
) -> list[int]:
    if not ids:
        return []
    params: dict[str, Any] = {
        "ids": ids,
        "state": str(state),
        "from": [str(s) for s in live],
        "at": at,
        "late": late,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.HOLD_COUPONS, params)
        if len(ids) > 1:
            cursor.execute(statements.HOLD_BUDGETS, params)
        cursor.execute(statements.END, params)
        ended = [pk for (pk,) in cursor.fetchall()]
    _tell(Redemption.objects.filter(pk__in=ended), at)
    return ended


def _tell(rows: Collection[Redemption] | Any, at: datetime) -> None:
    """Segments look at these people again; upper apps hear of what was redeemed."""
    rows = list(rows)
    dirty.mark([row.customer_id for row in rows if row.customer_id], at)
    _announce(rows, at)


def _announce(rows: Collection[Redemption], at: datetime) -> None:
    for state, signal in ((State.REDEEMED, coupons_redeemed), (State.REVERSED, coupons_reversed)):
        ids = [row.pk for row in rows if row.state == state]
        if ids:
            signal.send(Redemption, ids=ids, at=at, origin=Origin.LIVE)
