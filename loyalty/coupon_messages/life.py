"""What becomes of a code that was put aside for a delivery: given, counted from its arrival, or free again."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from channels.models import DeliveryEvent
from customers import dirty
from customers.models import Origin
from loyalty.coupon_messages import reserving
from loyalty.coupon_messages import statements as sql
from loyalty.coupons import windows
from loyalty.models import Coupon, CouponCode
from loyalty.signals import coupons_issued

AT_ONCE = 10_000
HEARD = {DeliveryEvent.Kind.DELIVERED, DeliveryEvent.Kind.BOUNCED}


def call(delivery_ids: Sequence[int], at: datetime) -> int:
    """These deliveries enter `calling`: from now on their codes can be redeemed. How many were given just now.

    Belongs into that transaction. Safe to repeat; a code that was made void meanwhile stays so.
    """
    by_coupon: defaultdict[int, list[int]] = defaultdict(list)
    holders = {}
    for code_id, coupon_id, customer_id in _rows(sql.TIES, {"ids": list(delivery_ids)}):
        by_coupon[coupon_id].append(code_id)
        holders[code_id] = customer_id
    given: list[int] = []
    for coupon in Coupon.objects.filter(pk__in=by_coupon).order_by("pk"):
        codes = by_coupon[coupon.pk]
        hers = windows.of_customers(coupon, {holders[code] for code in codes}, at)
        starts, ends = zip(*(hers[holders[code]] for code in codes), strict=True)
        params = {"codes": codes, "at": at, "starts": list(starts), "ends": list(ends)}
        _rows(sql.HOLD, params)
        given += [pk for (pk,) in _rows(sql.CALL, params)]
    if given:
        dirty.mark([holders[pk] for pk in given], at)
        coupons_issued.send(CouponCode, ids=given, at=at, origin=Origin.LIVE)
    return len(given)


@transaction.atomic
def report(event_ids: Sequence[int], at: datetime) -> None:
    """What providers report: the first arrival starts the days of a code anew; what bounced for good frees it."""
    arrived: list[tuple[int, int, datetime]] = []
    bounced: list[int] = []
    for kind, code_id, coupon_id, reported in _rows(sql.REPORTED, {"ids": list(event_ids)}):
        if kind == "bounced":
            bounced.append(code_id)
        else:
            arrived.append((code_id, coupon_id, min(reported, at)))
    if arrived:
        _arrive(arrived)
    free(bounced, at)


def _arrive(arrived: Sequence[tuple[int, int, datetime]]) -> None:
    coupons = Coupon.objects.in_bulk({coupon_id for _code, coupon_id, _at in arrived})
    ends = [windows.since_delivery(coupons[coupon_id], at) for _code, coupon_id, at in arrived]
    params: dict[str, Any] = {
        "codes": [each[0] for each in arrived],
        "times": [each[2] for each in arrived],
        "ends": ends,
    }
    _rows(sql.HOLD, params)
    with connection.cursor() as cursor:
        cursor.execute(sql.ARRIVE, params)


@transaction.atomic
def free(code_ids: Collection[int], at: datetime) -> int:
    """Put those back into the pool that no attempt has brought, or may bring, to anybody, and that nobody has redeemed;
    how many. Locked first, read by a second statement."""
    if not code_ids:
        return 0
    params = {"codes": sorted(code_ids)}
    _rows(sql.HOLD_ALONE, params)
    freed = _rows(sql.FREE, params)
    dirty.mark([customer for customer, state in freed if state == CouponCode.State.ISSUED and customer], at)
    return len(freed)


def sweep(at: datetime) -> None:
    """Free what was put aside in vain, give it to those who wait, and close the runs that are over. Safe to repeat, and
    to run twice at once."""
    runs = _rows(sql.OPEN, {})
    short = {coupon_id for _run, coupon_id, waiting, _over in runs if waiting}
    over = [run_id for run_id, _coupon, _waiting, over in runs if over]
    _free_unused([run for run, coupon_id, _waiting, over in runs if over or coupon_id in short], at)
    for run_id, coupon_id, waiting, _over in runs:
        while waiting and reserving.wait(run_id, coupon_id, at) == reserving.AT_ONCE:
            pass
    if over:
        with connection.cursor() as cursor:
            cursor.execute(sql.CLOSE, {"runs": over, "at": at})


def _free_unused(run_ids: list[int], at: datetime) -> None:
    params = {"runs": run_ids, "limit": AT_ONCE}
    while run_ids and (unused := [pk for (pk,) in _rows(sql.UNUSED, params)]):
        if not free(unused, at):
            break


def _rows(statement: str, params: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
