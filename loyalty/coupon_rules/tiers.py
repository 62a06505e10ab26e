from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.segments import phrases
from customers.segments.params import ParamsForm
from loyalty import tiers
from loyalty.coupon_rules.base import CouponRule, Params, coupon_rules
from loyalty.coupons.baskets import Basket
from loyalty.coupons.refusals import Refused
from loyalty.models import Tier


class TierNumbers(forms.Field):
    """Ids of tiers. One that was taken away meanwhile stays: nobody has it any more."""

    many = True

    def to_python(self, value: Any) -> list[int]:
        texts = [str(each) for each in value or []]
        if not all(text.isdecimal() and len(text) < 19 for text in texts):
            raise ValidationError(_("Choose tiers from the list."))
        return [int(text) for text in texts]


class TiersForm(ParamsForm):
    tiers = TierNumbers(label=_("tiers"))


@coupon_rules.register
class Tiers(CouponRule):
    """Only for customers who have one of these tiers when it is redeemed."""

    key = "tiers"
    label = _("Only with a tier")
    Form = TiersForm

    def check(self, params: Params, basket: Basket, covered: int) -> None:
        wanted = params["tiers"]
        if basket.customer_id is not None and tiers.held_by(basket.customer_id) & set(wanted):
            return
        names = Tier.objects.filter(pk__in=wanted).order_by("threshold").values_list("name", flat=True)
        raise Refused("tier", tiers=phrases.either(list(names)))
