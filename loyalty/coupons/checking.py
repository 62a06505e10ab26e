"""Whether a code may be used, as far as can be read: what is counted is asked when it is booked (redemptions.py)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import formats

from loyalty.coupons import reading
from loyalty.coupons.codes import normalise
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.models import Coupon, CouponCode, Redemption


def find(text: str, order_key: str = "") -> CouponCode:
    """The code, unless it does not exist. What cannot be a code is looked up too: the answer takes as long."""
    code = reading.code(normalise(text), order_key)
    if code is None:
        raise Refused(UNKNOWN)
    return code


def check(code: CouponCode, customer_id: int | None, at: datetime) -> None:
    """Whether this customer may use the code now, whatever is in her basket. Raises Refused."""
    coupon = code.coupon
    if not coupon.active:
        raise Refused("paused")
    if code.state != CouponCode.State.ISSUED:
        raise Refused("void" if code.state == CouponCode.State.VOID else "not_issued")
    for start, end in ((coupon.valid_from, coupon.valid_until), (code.valid_from, code.valid_until)):
        if start and at < start:
            raise Refused("not_yet", day=_day(start, coupon))
        if end and at >= end:
            raise Refused("ended", day=_day(end - timedelta(seconds=1), coupon))
    if code.customer_id is not None and code.customer_id != customer_id:
        raise Refused("other_holder")
    if coupon.per_customer_limit and customer_id is None:
        raise Refused("customer_needed")


def _day(moment: datetime, coupon: Coupon) -> str:
    return formats.date_format(moment.astimezone(ZoneInfo(coupon.time_zone)), "SHORT_DATE_FORMAT")


def check_stacking(coupon: Coupon, live: Collection[Redemption]) -> None:
    if any(keeps_away(coupon, other) for other in live):
        raise Refused("stacking")


def keeps_away(coupon: Coupon, other: Redemption) -> bool:
    """Whether the coupon cannot be used together with what the order has already."""
    offer = coupon.offer
    same = bool(offer.stacking_group) and offer.stacking_group == other.stacking_group
    return same or offer.exclusive or other.exclusive
