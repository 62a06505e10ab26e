from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.earning_rules.fields import Words

CHANNELS = {
    "till": gettext_lazy("at the till"),
    "web": gettext_lazy("in the web shop"),
    "app": gettext_lazy("in the app"),
}
MEANT = {
    "kasse": "till",
    "kassa": "till",
    "pos": "till",
    "shop": "web",
    "webshop": "web",
    "onlineshop": "web",
}


class ChannelsForm(ParamsForm):
    channels = Words(
        label=gettext_lazy("till, web, app"),
        help_text=gettext_lazy("As tills and shops call themselves, each on a line."),
    )

    def clean_channels(self) -> list[str]:
        """Words that a hurried person writes for the usual three; anything else stays, as a shop's own name."""
        return list(dict.fromkeys(_meant(name) for name in self.cleaned_data["channels"]))


def _meant(name: str) -> str:
    word = name.casefold()
    return word if word in CHANNELS else MEANT.get(word.replace("-", ""), name)


def _named(names: list[str]) -> str:
    return phrases.either([str(CHANNELS.get(name, name)) for name in names])


@coupon_rules.register
class Channels(CouponRule):
    key = "channels"
    label = gettext_lazy("Only at the till, in the web shop or in the app")
    Form = ChannelsForm

    def words(self, params: Params, currency: str) -> str:
        return _("only %s") % _named(params["channels"])

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        if basket.channel not in params["channels"]:
            raise Refused("channel", channels=_named(params["channels"]))
