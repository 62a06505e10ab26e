"""What a code would take off now, booking nothing: the answer that redeeming it at this moment would give."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.coupons import checking, offers, reading, redemptions, standing
from loyalty.coupons.redemptions import LIVE, OtherRedemption, Wish
from loyalty.coupons.refusals import Refused
from loyalty.models import CouponCode, Redemption


@dataclass(frozen=True)
class Quote:
    """What a code would take off, in minor units of the basket's currency."""

    code: CouponCode
    amount: int


def quote(wish: Wish, at: datetime) -> Quote:
    """Raises Refused for the reason for which `redemptions.redeem` would, and OtherRedemption as it does. Without an
    order nothing is said about what goes together."""
    code = checking.find(wish.text)
    live = _live(wish)
    ours = next((each for each in live if each.code_id == code.pk), None)
    if ours is not None:
        return Quote(code, _of_ours(ours, code, wish))
    checking.check(code, wish.customer_id, at)
    checking.check_stacking(code.coupon, live)
    amount = offers.discount(code.coupon.offer, wish.whole_basket())
    why = standing.read(code, wish.customer_id, wish.basket, at).why_not(code, amount)
    if why:
        raise Refused(why)
    return Quote(code, amount)


def _live(wish: Wish) -> list[Redemption]:
    if not wish.order_key:
        return []
    found = reading.redemptions(wish.order_key, wish.source, wish.reference)
    return [each for each in found if each.order_key == wish.order_key and each.state in LIVE]


def _of_ours(ours: Redemption, code: CouponCode, wish: Wish) -> int:
    """A code that is on the order already: a repeated call gets its first answer, a reservation becomes real."""
    if ours.source == wish.source and wish.reference in ours.keys:
        if not redemptions.answers(ours, code, wish):
            raise OtherRedemption(wish.reference)
        return ours.amount
    if ours.state != Redemption.State.RESERVED:
        raise Refused("same_order")
    return min(ours.amount, offers.discount(code.coupon.offer, wish.whole_basket()))
