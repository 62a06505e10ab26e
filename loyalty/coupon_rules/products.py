from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.fields import Words


class ProductsForm(ParamsForm):
    skus = Words(label=_("article numbers"))


@coupon_rules.register
class Products(CouponRule):
    key = "products"
    label = _("Only for products")
    Form = ProductsForm

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return line.sku.upper() in {sku.upper() for sku in params["skus"]}
