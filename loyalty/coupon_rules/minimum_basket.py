from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused


class AmountForm(ParamsForm):
    amount = forms.IntegerField(label=_("least amount in cents"), min_value=1)


@coupon_rules.register
class MinimumBasket(CouponRule):
    """Counts what the coupon covers, not the rest of the basket."""

    key = "minimum_basket"
    label = _("Least amount of the basket")
    Form = AmountForm

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if covered < params["amount"]:
            raise Refused(
                "below_minimum",
                missing=_money(params["amount"] - covered, basket),
                minimum=_money(params["amount"], basket),
            )


def _money(amount: int, basket: Basket) -> str:
    return catalogue.money(amount, basket.currency, get_language() or "en")
