from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.fields import Words


class ProductsForm(ParamsForm):
    skus = Words(
        names="product", label=gettext_lazy("article numbers"), help_text=gettext_lazy("Each on a line.")
    )


@coupon_rules.register
class Products(CouponRule):
    key = "products"
    label = gettext_lazy("Only for products")
    Form = ProductsForm

    def words(self, params: Params, currency: str) -> str:
        return _("only for the articles %s") % phrases.either(params["skus"])

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return line.sku.upper() in {sku.upper() for sku in params["skus"]}
