from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules, within
from loyalty.earning_rules.fields import Words, factor


class CategoryForm(ParamsForm):
    categories = Words(label=_("categories"))
    times = factor()


@earning_rules.register
class CategoryFactor(EarningRule):
    key = "category_factor"
    label = _("More points in categories")
    Form = CategoryForm

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return Fraction(params["times"]) if within(line.category, params["categories"]) else Fraction(1)
