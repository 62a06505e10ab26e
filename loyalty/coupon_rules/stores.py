from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Store
from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.earning_rules.fields import Words


class StoresForm(ParamsForm):
    stores = Words(
        names="store",
        label=gettext_lazy("numbers of the stores"),
        help_text=gettext_lazy("Each on a line."),
    )


@coupon_rules.register
class Stores(CouponRule):
    key = "stores"
    label = gettext_lazy("Only in stores")
    Form = StoresForm

    def words(self, params: Params, currency: str) -> str:
        names = dict(Store.objects.filter(number__in=params["stores"]).values_list("number", "name"))
        return _("only in %s") % phrases.either([names.get(number, number) for number in params["stores"]])

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.store not in params["stores"]:
            raise Refused("store")
