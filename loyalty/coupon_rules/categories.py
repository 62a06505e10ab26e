from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket, BasketLine
from loyalty.earning_rules.base import within
from loyalty.earning_rules.fields import Words


class CategoriesForm(ParamsForm):
    categories = Words(
        names="category",
        label=gettext_lazy("categories"),
        help_text=gettext_lazy("Paths such as Home/Kitchen, each on a line."),
    )


@coupon_rules.register
class Categories(CouponRule):
    key = "categories"
    label = gettext_lazy("Only in categories")
    Form = CategoriesForm

    def words(self, params: Params, currency: str) -> str:
        return _("only in %s") % phrases.either(params["categories"])

    def covers(self, params: Params, basket: Basket, line: BasketLine) -> bool:
        return within(line.category, params["categories"])
