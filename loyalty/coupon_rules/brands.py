from dataclasses import replace

from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Product
from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.fields import Words


class BrandsForm(ParamsForm):
    brands = Words(
        names="brand",
        label=gettext_lazy("brands"),
        help_text=gettext_lazy("As the shop calls them, each on a line."),
    )


@coupon_rules.register
class Brands(CouponRule):
    """What the basket says of a line's brand counts; where it says nothing, what the catalogue says of the article."""

    key = "brands"
    label = gettext_lazy("Only for brands")
    Form = BrandsForm

    def words(self, params: Params, currency: str) -> str:
        return _("only for %s") % phrases.either(params["brands"])

    def completed(self, basket: Basket) -> Basket:
        unsaid = {line.sku.upper() for line in basket.lines if line.sku and not line.brand}
        if not unsaid:
            return basket
        rows = Product.objects.annotate(upper=Upper("sku")).filter(upper__in=unsaid)
        known = dict(rows.values_list("upper", "brand"))
        lines = (replace(line, brand=line.brand or known.get(line.sku.upper(), "")) for line in basket.lines)
        return replace(basket, lines=tuple(lines))

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return line.brand.casefold() in {brand.casefold() for brand in params["brands"]}
