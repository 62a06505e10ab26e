from fractions import Fraction

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules, within
from loyalty.earning_rules.fields import Words, factor, listed, times


class CategoryForm(ParamsForm):
    categories = Words(
        label=_("categories"),
        help_text=_(
            "One in each line, with the way down to it, such as Home/Kitchen. Those below count too."
        ),
        names="category",
    )
    times = factor()


@earning_rules.register
class CategoryFactor(EarningRule):
    key = "category_factor"
    label = _("More points in categories")
    help = _("Double points on shoes, for as long as you like.")
    icon = "tags"
    Form = CategoryForm

    def words(self, params: Params) -> str:
        about = {"times": times(params["times"]), "categories": listed(params["categories"])}
        return gettext("%(times)s on %(categories)s") % about

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return Fraction(params["times"]) if within(line.category, params["categories"]) else Fraction(1)
