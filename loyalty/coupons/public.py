"""What a caller whom nobody knows hears of a code: what it takes off, or one sentence for every other case.

Whatever is wrong with the code, the same statements are asked before the answer, so that its time tells nothing. What
any rule wants from the catalogue is read for each basket, whatever rules its code has, and how a code stands is read
for one that does not exist, too.
"""

from datetime import datetime

from loyalty.coupons import checking, offers, reading, standing
from loyalty.coupons.baskets import Basket
from loyalty.coupons.codes import normalise
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.coupons.standing import Standing
from loyalty.models import CouponCode


def check(text: str, basket: Basket, at: datetime) -> int:
    """Minor units off the basket. Raises Refused, which never says why."""
    basket = offers.completed(basket)
    code = reading.code(normalise(text))
    now = standing.read(code, None, basket, at)
    try:
        return _worth(code, now, basket, at)
    except (Refused, offers.DamagedRule):
        raise Refused(UNKNOWN) from None


def _worth(code: CouponCode | None, now: Standing, basket: Basket, at: datetime) -> int:
    if code is None:
        raise Refused(UNKNOWN)
    checking.check(code, None, at)
    amount = offers.discount(code.coupon.offer, basket)
    why = now.why_not(code, amount)
    if why:
        raise Refused(why)
    return amount
