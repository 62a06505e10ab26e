"""Coupons for tills that may be without a line: leased beforehand, told of later.

A lease is booked as used when it is given, by the same guarded update as a redemption, so the coupon's limit and its
budget hold whatever tills do. What a till tells becomes redemptions as far as its lease goes; the rest is a conflict
that somebody looks at, never a silent second use. What was not used is given back when the till says that it is done,
or a day after the lease has ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import connection, transaction

from config import clocks
from customers.models import Origin, Store
from loyalty.coupons import checking, offers, reading, redemptions
from loyalty.coupons import lease_statements as statements
from loyalty.coupons.baskets import Basket
from loyalty.coupons.codes import normalise
from loyalty.coupons.redemptions import OtherRedemption
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.models import CouponCode, Redemption, TillLease, TillSync
from loyalty.signals import coupons_redeemed

LASTS = timedelta(hours=24)
GRACE = timedelta(hours=24)  # a till that closes in the evening tells the next day
SKEW = timedelta(minutes=5)
MOST_QUANTITY = 200
SALT = "loyalty.till_lease"
SOURCE = "till"
OF_PLACE = ("stores", "channels")
Conflict = TillSync.Conflict


@dataclass(frozen=True)
class LeaseWish:
    """`quantity` redemptions of the code, each at most `most` minor units, for a till of a store."""

    text: str
    store: Store
    till: str
    quantity: int
    most: int
    source: str
    reference: str
    api_key_id: int | None = None


@dataclass(frozen=True)
class Told:
    """One redemption of a till, by its running number; `amount` in minor units."""

    sequence: int
    order_key: str
    amount: int
    at: datetime


@transaction.atomic
def lease(wish: LeaseWish, at: datetime) -> TillLease:
    """Lease a code to a till. Raises Refused; OtherRedemption for a key that was used for something else."""
    with connection.cursor() as cursor:
        cursor.execute(statements.LOCK_KEY, [wish.source, wish.reference])
    code = _find(wish)
    found = TillLease.objects.filter(source=wish.source, reference=wish.reference).first()
    if found is not None:
        return _same(found, wish, code)
    _check(code, wish, at)
    made = TillLease(
        coupon=code.coupon,
        code=code,
        store=wish.store,
        till=wish.till,
        api_key_id=wish.api_key_id,
        quantity=wish.quantity,
        most=wish.most,
        currency=code.coupon.offer.currency,
        source=wish.source,
        reference=wish.reference,
        issued_at=at,
        expires_at=min([at + LASTS, *filter(None, (code.coupon.valid_until, code.valid_until))]),
    )
    why = _book(made)
    if why:
        _check(_find(wish), wish, at)  # says what became of it meanwhile
        raise Refused(why)
    made.save()
    return made


def payload(lease_: TillLease) -> str:
    """What the till keeps and shows when it tells: signed, and bound to the store and the till."""
    said = [str(lease_.key), lease_.store_id, lease_.till, lease_.quantity, lease_.most]
    return signing.dumps(said, salt=SALT)


def opened(text: str, store: Store | None) -> TillLease:
    """The lease of a payload. Raises Refused for one that we have not signed, or of another store (None: whatever the
    store)."""
    try:
        key, store_id, *_rest = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Refused("lease") from None
    found = TillLease.objects.select_related("store").filter(key=key).first()
    if found is None or found.store_id != store_id or (store is not None and store.pk != store_id):
        raise Refused("lease")
    return found


@transaction.atomic
def settle(lease_: TillLease, told: Sequence[Told], at: datetime, *, done: bool = False) -> list[TillSync]:
    """Record what the till tells, each number once; with `done` what it did not use is given back. A repeated call gets
    the first rows. Raises OtherRedemption where a number was told of before as something else."""
    with connection.cursor() as cursor:
        cursor.execute(statements.HOLD_ORDERS, [[each.order_key for each in told]])
        cursor.execute(statements.HOLD, [[lease_.pk]])
    held = TillLease.objects.select_for_update().select_related("coupon__offer", "store").get(pk=lease_.pk)
    known = _known(held, told)
    new = [each for each in told if each.sequence not in known]
    rows = _rows(held, new, at)
    counted = [row.redemption for row in rows if row.redemption is not None]
    Redemption.objects.bulk_create(counted)
    TillSync.objects.bulk_create(rows)
    if counted:
        saved = held.most * len(counted) - sum(each.amount for each in counted)
        with connection.cursor() as cursor:
            params = {"lease": held.pk, "count": len(counted), "saved": saved}
            cursor.execute(statements.SETTLE, params)
        ids = [each.pk for each in counted]
        coupons_redeemed.send(Redemption, ids=ids, at=at, origin=Origin.LIVE)
    if done:
        _end([held.pk], TillLease.State.SETTLED, at)
    known |= {row.sequence: row for row in rows}
    return [known[each.sequence] for each in told]


@transaction.atomic
def sweep(at: datetime) -> int:
    """Give back what is left of leases that ended, when their tills have had their time to tell; how many."""
    late = TillLease.objects.filter(state=TillLease.State.OPEN, expires_at__lte=at - GRACE)
    return _end(list(late.order_by("pk").values_list("pk", flat=True)[:1000]), TillLease.State.EXPIRED, at)


# --- Inside ---


def _find(wish: LeaseWish) -> CouponCode:
    code = reading.code(normalise(wish.text))
    if code is None:
        raise Refused(UNKNOWN)
    return code


def _same(found: TillLease, wish: LeaseWish, code: CouponCode) -> TillLease:
    said = (code.pk, wish.store.pk, wish.till, wish.quantity, wish.most)
    if (found.code_id, found.store_id, found.till, found.quantity, found.most) != said:
        raise OtherRedemption(wish.reference)
    return found


def _check(code: CouponCode, wish: LeaseWish, at: datetime) -> None:
    coupon = code.coupon
    budget = coupon.budget
    in_parts = budget is not None and (budget.store_cap is not None or budget.period_cap is not None)
    if coupon.single_use or coupon.per_customer_limit or code.customer_id or in_parts:
        raise Refused("online_only")
    checking.check(code, None, at)
    on = clocks.local_day(at, coupon.time_zone)
    basket = Basket((), coupon.offer.currency, on, wish.store.number, "till")
    rules = offers.rules(coupon.offer)
    if any(rule.needs_customer for rule, _params in rules):
        raise Refused("online_only")
    for rule, params in rules:
        if rule.key in OF_PLACE:
            rule.check(params, basket, 0)


def _book(made: TillLease) -> str:
    """Count, pay and hold the code; the first guard that said no, as the code of a refusal."""
    params: dict[str, Any] = {
        "coupon": made.coupon_id,
        "code": made.code_id,
        "quantity": made.quantity,
        "amount": made.quantity * made.most,
    }
    with connection.cursor() as cursor:
        cursor.execute(statements.BOOK, params)
        counted, paid, held = cursor.fetchone()
    guards = ((held, "not_issued"), (counted, "limit"), (paid, "budget"))
    return next((why for passed, why in guards if not passed), "")


def _known(held: TillLease, told: Sequence[Told]) -> dict[int, TillSync]:
    numbers = [each.sequence for each in told]
    found = TillSync.objects.filter(store=held.store, till=held.till, sequence__in=numbers)
    known = {row.sequence: row for row in found}
    for each in told:
        row = known.get(each.sequence)
        if row and (row.lease_id, row.order_key, row.amount) != (held.pk, each.order_key, each.amount):
            raise OtherRedemption(str(each.sequence))
    return known


def _rows(held: TillLease, new: Sequence[Told], at: datetime) -> list[TillSync]:
    """In the order of the till. The orders are held, so nobody redeems the code for one of them meanwhile."""
    keys = {each.order_key for each in new}
    live = list(Redemption.objects.filter(order_key__in=keys, state__in=redemptions.LIVE))
    taken = {each.order_key for each in live if each.code_id == held.code_id}
    alone = {each.order_key for each in live if checking.keeps_away(held.coupon, each)}
    left = held.quantity - held.settled
    rows = []
    for each in sorted(new, key=lambda row: row.sequence):
        why = _conflict(held, each, left, taken, alone)
        left -= not why
        taken.add(each.order_key)
        rows.append(_row(held, each, why, at))
    return rows


def _conflict(held: TillLease, each: Told, left: int, taken: set[str], alone: set[str]) -> str:
    """`taken`: orders that have the code; `alone`: those with a coupon that it cannot be used together with."""
    if held.state != TillLease.State.OPEN:
        return Conflict.ENDED
    if not held.issued_at - SKEW <= each.at <= held.expires_at + SKEW:
        return Conflict.TIME
    if each.amount > held.most:
        return Conflict.AMOUNT
    if each.order_key in taken:
        return Conflict.ORDER
    if each.order_key in alone:
        return Conflict.STACKING
    return "" if left else Conflict.QUANTITY


def _row(held: TillLease, each: Told, why: str, at: datetime) -> TillSync:
    redemption = None
    if not why:
        redemption = Redemption(
            coupon=held.coupon,
            code_id=held.code_id,
            order_key=each.order_key,
            store=held.store,
            state=Redemption.State.REDEEMED,
            amount=each.amount,
            currency=held.currency,
            snapshot={"lease": str(held.key)},
            stacking_group=held.coupon.offer.stacking_group,
            exclusive=held.coupon.offer.exclusive,
            source=SOURCE,
            reference=f"{held.key}/{each.sequence}",
            at=each.at,
        )
    about = {"order_key": each.order_key, "amount": each.amount, "at": each.at, "told_at": at}
    place = {"lease": held, "till": held.till, "store": held.store, "sequence": each.sequence}
    return TillSync(redemption=redemption, conflict=why, **place, **about)


def _end(ids: list[int], state: str, at: datetime) -> int:
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statements.HOLD, [ids])
        cursor.execute(statements.END, {"ids": ids, "state": str(state), "at": at})
        return len(cursor.fetchall())
