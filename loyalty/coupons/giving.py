"""Which coupons may be given: a code of any other one would be refused wherever it is shown."""

from datetime import datetime

from django.db.models import F, Q

from loyalty.models import Coupon


def redeemable(at: datetime, prefix: str = "") -> Q:
    """Switched on, and lasting. `prefix`: the way to the coupon, such as coupon__."""
    return Q(**{f"{prefix}active": True}) & lasting(at, prefix)


def lasting(at: datetime, prefix: str = "") -> Q:
    """Not over, and within its limit and its budget, whether it is switched on or not."""

    def none_or(name: str, **bound: object) -> Q:
        return Q(**{prefix + name: None}) | Q(**{prefix + test: value for test, value in bound.items()})

    return (
        none_or("valid_until", valid_until__gt=at)
        & none_or("total_limit", used__lt=F(f"{prefix}total_limit"))
        & none_or("budget", budget__used__lt=F(f"{prefix}budget__cap"))
    )


def can_be_redeemed(coupon: Coupon, at: datetime) -> bool:
    return Coupon.objects.filter(redeemable(at), pk=coupon.pk).exists()
