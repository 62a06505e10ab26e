"""What a caller whom nobody knows hears of a code: what it takes off, or one sentence for every other case.

Whatever is wrong with the code, the same statements are asked before the answer, so that its time tells nothing.
"""

from datetime import datetime

from loyalty.coupons import offers, reading, redemptions
from loyalty.coupons.baskets import Basket
from loyalty.coupons.codes import normalise
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.models import CouponCode, Redemption


def check(text: str, basket: Basket, at: datetime) -> int:
    """Minor units off the basket. Raises Refused, which never says why."""
    code = reading.code(normalise(text))
    known = code.pk if code else 0
    used = Redemption.objects.filter(code=known, single_use=True, state__in=redemptions.LIVE).exists()
    try:
        return _worth(code, used, basket, at)
    except (Refused, offers.DamagedRule):
        raise Refused(UNKNOWN) from None


def _worth(code: CouponCode | None, used: bool, basket: Basket, at: datetime) -> int:
    if code is None or used:
        raise Refused(UNKNOWN)
    redemptions.check(code, None, at)
    coupon = code.coupon
    if coupon.total_limit is not None and coupon.used >= coupon.total_limit:
        raise Refused("limit")
    return offers.discount(coupon.offer, basket)
