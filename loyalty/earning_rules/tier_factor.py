from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules


class TierForm(ParamsForm):
    pass


@earning_rules.register
class TierFactor(EarningRule):
    """Each tier says itself how much; the booking remembers it, so that a refund hears the same."""

    key = "tier_factor"
    label = _("More points by tier")
    help = _("Each tier says itself how many times the points it brings.")
    icon = "crown"
    Form = TierForm

    def words(self, params: Params) -> str:
        return gettext("as many times the points as the tier says")

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return purchase.tier_factor
