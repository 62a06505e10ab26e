from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.earning_rules.fields import Words, factor, listed, times


class BrandForm(ParamsForm):
    brands = Words(label=_("brands"), help_text=_("As the shop calls them, each on a line."), names="brand")
    times = factor()


@earning_rules.register
class BrandFactor(EarningRule):
    key = "brand_factor"
    label = _("More points on brands")
    help = _("Double points on a brand that you want to make known.")
    icon = "star"
    Form = BrandForm

    def words(self, params: Params) -> str:
        about = {"times": times(params["times"]), "brands": listed(params["brands"])}
        return gettext("%(times)s on articles of %(brands)s") % about

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        wanted = {brand.casefold() for brand in params["brands"]}
        return Fraction(params["times"]) if line.brand.casefold() in wanted else Fraction(1)
