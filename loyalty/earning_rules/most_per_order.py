from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules import fields
from loyalty.earning_rules.base import EarningRule, Params, earning_rules


class MostForm(ParamsForm):
    points = forms.IntegerField(label=_("points"), min_value=1, max_value=1_000_000)


@earning_rules.register
class MostPerOrder(EarningRule):
    key = "most_per_order"
    label = _("At most so many points per order")
    help = _("So that one very large order does not cost a fortune.")
    icon = "lock"
    Form = MostForm

    def words(self, params: Params) -> str:
        return gettext("at most %s per order") % fields.points(params["points"])

    def most(self, params: Params) -> int:
        return int(params["points"])
