from fractions import Fraction

from babel.numbers import get_currency_precision
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config import formats
from customers.models import Shop
from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules, within
from loyalty.earning_rules.fields import Words, listed, points


class RateForm(ParamsForm):
    points = forms.IntegerField(label=_("points"), min_value=1, max_value=10_000)
    per = forms.DecimalField(label=_("for each full amount of"), min_value=0, decimal_places=2, max_digits=10)
    without = Words(label=_("not for these categories"), required=False, names="category")

    def clean_per(self) -> object:
        per = self.cleaned_data["per"]
        if not per:
            raise forms.ValidationError(_("Enter an amount above 0."))
        return per


@earning_rules.register
class Rate(EarningRule):
    """So many points per amount of money, such as 1 point per 1.00."""

    key = "rate"
    label = _("Points for the amount")
    help = _("1 point per euro: the rule that most programmes begin with.")
    Form = RateForm

    def words(self, params: Params) -> str:
        shop = Shop.current()
        per = formats.money(
            int(params["per"] * 10 ** get_currency_precision(shop.currency or "EUR")), shop.currency or "EUR"
        )
        said = gettext("%(points)s per %(amount)s") % {"points": points(params["points"]), "amount": per}
        without = listed(params["without"])
        return said + (", " + gettext("not for %s") % without if without else "")

    def rate(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        if within(line.category, params["without"]):
            return Fraction(0)
        return Fraction(params["points"]) / (Fraction(params["per"]) * purchase.unit)
