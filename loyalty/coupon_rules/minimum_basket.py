from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.earning_rules.fields import MinorUnits


class AmountForm(ParamsForm):
    amount = MinorUnits(label=gettext_lazy("least amount"), min_value=1)


@coupon_rules.register
class MinimumBasket(CouponRule):
    """Counts what the coupon covers, not the rest of the basket."""

    key = "minimum_basket"
    label = gettext_lazy("Least amount of the basket")
    Form = AmountForm

    def words(self, params: Params, currency: str) -> str:
        return _("from %s") % formats.money(params["amount"], currency)

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if covered < params["amount"]:
            raise Refused(
                "below_minimum",
                missing=formats.money(params["amount"] - covered, basket.currency),
                minimum=formats.money(params["amount"], basket.currency),
            )
