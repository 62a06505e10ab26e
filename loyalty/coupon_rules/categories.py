from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.base import within
from loyalty.earning_rules.fields import Words


class CategoriesForm(ParamsForm):
    categories = Words(label=_("categories"))


@coupon_rules.register
class Categories(CouponRule):
    key = "categories"
    label = _("Only in categories")
    Form = CategoriesForm

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return within(line.category, params["categories"])
