"""Coupons are made and changed here. Once codes are out, what they promise does not change any more."""

from datetime import datetime

from django.db import transaction

from customers import audit
from customers.models import User
from loyalty.coupons import issuing, windows
from loyalty.models import Coupon, CouponCode, Offer, Redemption, TillLease

# What may be changed all the same: its name, its days, how often in all, and what it is booked under.
ALWAYS = frozenset({"name", "total_limit", "starts_on", "ends_on", "time_zone", "cost_centre"})
DERIVED = frozenset({"valid_from", "valid_until"})
UNWRITTEN = ("id", "used", "active", "created_at")


class Frozen(Exception):
    """Codes went out while somebody was changing what they promise."""


def frozen(coupon: Coupon) -> bool:
    """Whether somebody has a code of a pool already, or has redeemed one, or a till has leased one."""
    if coupon.pk is None:
        return False
    issued = CouponCode.objects.filter(coupon=coupon, coupon__kind=Coupon.Kind.POOL).exclude(state="free")
    used = (model.objects.filter(coupon__offer=coupon.offer_id) for model in (Redemption, TillLease))
    return any(rows.exists() for rows in used) or issued.exists()


@transaction.atomic
def save(coupon: Coupon, code: str, by: User, at: datetime, fields: list[str]) -> Coupon:
    """Store a coupon and its offer; `code` is published for a new generic one. Raises Refused where it is taken, and
    Frozen where codes went out meanwhile and it changes what they promise.

    What bookings keep (`used`) is never written.
    """
    added = coupon.pk is None
    windows.derive(coupon)
    if not added and _promises_change(_hold(coupon), coupon) and frozen(coupon):
        raise Frozen
    coupon.offer.save()
    coupon.offer_id = coupon.offer.pk
    if added:
        coupon.save()
    else:
        coupon.save(update_fields=[f.name for f in Coupon._meta.concrete_fields if f.name not in UNWRITTEN])
    if added and coupon.kind == Coupon.Kind.GENERIC:
        issuing.publish(coupon, code, at)
    audit.record(by, "coupon.added" if added else "coupon.changed", coupon, at, fields=sorted(fields))
    return coupon


def _hold(coupon: Coupon) -> Coupon:
    """As it is stored. Who leases or redeems it waits until it is saved, and those who were first are seen."""
    rows = Coupon.objects.select_related("offer", "budget").select_for_update(of=("self",), no_key=True)
    return rows.get(pk=coupon.pk)


def _promises_change(before: Coupon, after: Coupon) -> bool:
    free = ALWAYS | DERIVED | {*UNWRITTEN}
    return any(
        getattr(before_, field.attname) != getattr(after_, field.attname)
        for model, before_, after_ in ((Coupon, before, after), (Offer, before.offer, after.offer))
        for field in model._meta.concrete_fields
        if field.name not in free
    )


@transaction.atomic
def switch(coupon: Coupon, active: bool, by: User, at: datetime) -> None:
    """Pause a coupon, or let it go on."""
    if Coupon.objects.filter(pk=coupon.pk).exclude(active=active).update(active=active):
        audit.record(by, "coupon.resumed" if active else "coupon.paused", coupon, at)
