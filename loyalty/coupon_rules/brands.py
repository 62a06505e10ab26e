from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.fields import Words


class BrandsForm(ParamsForm):
    brands = Words(
        label=gettext_lazy("brands"), help_text=gettext_lazy("As the shop calls them, each on a line.")
    )


@coupon_rules.register
class Brands(CouponRule):
    """The basket says the brand of a line; one that does not is not covered."""

    key = "brands"
    label = gettext_lazy("Only for brands")
    Form = BrandsForm

    def words(self, params: Params, currency: str) -> str:
        return _("only for %s") % phrases.either(params["brands"])

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return line.brand.casefold() in {brand.casefold() for brand in params["brands"]}
