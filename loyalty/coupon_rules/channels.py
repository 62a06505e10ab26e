from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.earning_rules.fields import Words


class ChannelsForm(ParamsForm):
    channels = Words(label=_("till, web, app"))


@coupon_rules.register
class Channels(CouponRule):
    key = "channels"
    label = _("Only at the till, in the web shop or in the app")
    Form = ChannelsForm

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.channel not in params["channels"]:
            raise Refused("channel", channels=", ".join(params["channels"]))
