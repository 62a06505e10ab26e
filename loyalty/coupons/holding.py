"""The codes that a customer holds."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from loyalty.models import CouponCode, Redemption
from loyalty.models.coupon import LIVE


def usable(customer_id: int, at: datetime) -> QuerySet[CouponCode]:
    """Those of her own that can be redeemed at this moment, whatever is in her basket, with their coupons."""
    own = CouponCode.objects.filter(customer=customer_id, state=CouponCode.State.ISSUED, coupon__active=True)
    for window in ("", "coupon__"):
        own = own.filter(
            Q(**{f"{window}valid_from": None}) | Q(**{f"{window}valid_from__lte": at}),
            Q(**{f"{window}valid_until": None}) | Q(**{f"{window}valid_until__gt": at}),
        )
    used = Redemption.objects.filter(code=OuterRef("pk"), single_use=True, state__in=LIVE)
    return own.filter(~Exists(used)).select_related("coupon")
