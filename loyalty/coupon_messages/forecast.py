"""Whether a pool will do for a message, before anybody is written to."""

from dataclasses import dataclass

from channels.models import Message
from loyalty.coupon_messages import marks
from loyalty.models import Coupon, CouponCode


@dataclass(frozen=True)
class Forecast:
    """`needed` people get the message, `free` codes are in the pool. `leave_out`: who finds none does not get it."""

    coupon: Coupon
    needed: int
    free: int
    leave_out: bool

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.free)


def of(message: Message, needed: int) -> Forecast | None:
    """For a draft that `needed` people would get; None when it gives no codes of a pool."""
    mark = marks.of_message(message)
    coupon = coupon_of(message)
    if mark is None or coupon is None or coupon.kind != Coupon.Kind.POOL:
        return None
    free = CouponCode.objects.filter(coupon=coupon, state=CouponCode.State.FREE).count()
    return Forecast(coupon, needed, free, mark.leave_out)


def coupon_of(message: Message) -> Coupon | None:
    """The coupon that a draft gives."""
    mark = marks.of_message(message)
    return Coupon.objects.filter(pk=mark.coupon_id).first() if mark else None
