from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Order
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused


@coupon_rules.register
class FirstOrder(CouponRule):
    """The order that it is redeemed for may have been recorded already."""

    key = "first_order"
    label = gettext_lazy("Only for the first order")
    Form = ParamsForm
    needs_customer = True

    def words(self, params: Params, currency: str) -> str:
        return _("only for the first order")

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.customer_id is None:
            raise Refused("whose")
        earlier = Order.objects.filter(customer=basket.customer_id, kind=Order.Kind.ORDER)
        if earlier.exclude(number=basket.order_key).exists():
            raise Refused("first_order")
