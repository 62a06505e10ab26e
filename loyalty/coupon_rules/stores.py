from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.earning_rules.fields import Words


class StoresForm(ParamsForm):
    stores = Words(label=_("numbers of the stores"))


@coupon_rules.register
class Stores(CouponRule):
    key = "stores"
    label = _("Only in stores")
    Form = StoresForm

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.store not in params["stores"]:
            raise Refused("store")
