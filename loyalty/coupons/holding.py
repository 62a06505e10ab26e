"""The codes that a customer holds."""

from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from customers.models import Shop
from loyalty.coupons import budgets, giving
from loyalty.models import CouponCode, CouponUse, Redemption
from loyalty.models.redemption import LIVE

WINDOWS = ("", "coupon__")


def usable(customer_id: int, at: datetime) -> QuerySet[CouponCode]:
    """Those of her own that can be redeemed at this moment, whatever is in her basket, with their coupons."""
    own = left(customer_id, at)
    for window in WINDOWS:
        own = own.filter(Q(**{f"{window}valid_from": None}) | Q(**{f"{window}valid_from__lte": at}))
    used_up = budgets.used_up(Shop.day(at)).filter(budget=OuterRef("coupon__budget"))
    return own.filter(~Exists(used_up))


def left(customer_id: int, at: datetime) -> QuerySet[CouponCode]:
    """Those of her own that can be redeemed now or later: neither used nor ended, and nothing that limits their coupon
    is used up."""
    used = Redemption.objects.filter(code=OuterRef("pk"), single_use=True, state__in=LIVE)
    own = CouponCode.objects.filter(
        giving.redeemable(at, "coupon__"),
        Q(valid_until=None) | Q(valid_until__gt=at),
        ~Exists(used),
        customer=customer_id,
        state=CouponCode.State.ISSUED,
    )
    return _below_her_limit(own).select_related("coupon")


def _below_her_limit(own: QuerySet[CouponCode]) -> QuerySet[CouponCode]:
    """Without coupons that she has redeemed as often as each customer may; 0 is no limit."""
    uses = CouponUse.objects.filter(coupon=OuterRef("coupon"), customer=OuterRef("customer"))
    count = uses.order_by().values("coupon").annotate(uses=Count("pk")).values("uses")
    hers = own.annotate(uses=Coalesce(Subquery(count), 0))
    unlimited = Q(coupon__per_customer_limit=None) | Q(coupon__per_customer_limit=0)
    return hers.filter(unlimited | Q(uses__lt=F("coupon__per_customer_limit")))
