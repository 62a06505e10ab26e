from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments import phrases
from customers.segments.fields import ListField, Option
from customers.segments.params import ParamsForm
from loyalty import tiers
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.models import Tier


class TierNumbers(ListField):
    """Tiers. One that was taken away meanwhile stays: nobody has it any more."""

    def checked(self, values: list[str]) -> list[int]:
        if not all(text.isdecimal() and len(text) < 19 for text in values):
            raise ValidationError(_("Choose tiers from the list."))
        return [int(text) for text in values]

    def labels(self, values: Iterable[Any]) -> list[str]:
        names = Tier.objects.filter(pk__in=list(values)).order_by("threshold").values_list("name", flat=True)
        return list(names) or [gettext("a tier that was taken away")]

    def options(self) -> list[Option]:
        return [(str(tier.pk), tier.name) for tier in Tier.objects.filter(active=True).order_by("threshold")]


class TiersForm(ParamsForm):
    tiers = TierNumbers(label=_("tiers"))


def _named(numbers: list[int]) -> str:
    return phrases.either(TierNumbers().labels(numbers))


named = lazy(_named, str)  # looked up when it is said: a stranger never hears it


@coupon_rules.register
class Tiers(CouponRule):
    """Only for customers who have one of these tiers when it is redeemed."""

    key = "tiers"
    label = _("Only with a tier")
    Form = TiersForm
    needs_customer = True

    def words(self, params: Params, currency: str) -> str:
        return gettext("only with the tier %s") % phrases.either(TierNumbers().labels(params["tiers"]))

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        wanted = params["tiers"]
        if basket.customer_id is not None and tiers.held_by(basket.customer_id) & set(wanted):
            return
        raise Refused("tier", tiers=named(wanted))
