from fractions import Fraction

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.earning_rules.fields import factor


class WeekdayForm(ParamsForm):
    days = forms.TypedMultipleChoiceField(label=_("weekdays"), choices=list(WEEKDAYS.items()), coerce=int)
    times = factor()


@earning_rules.register
class WeekdayFactor(EarningRule):
    """Days for a whole campaign are the rule's own from and until."""

    key = "weekday_factor"
    label = _("More points on weekdays")
    Form = WeekdayForm

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return Fraction(params["times"]) if purchase.on.weekday() in params["days"] else Fraction(1)
