from fractions import Fraction

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules.base import EarningRule, Line, Params, Purchase, earning_rules
from loyalty.earning_rules.fields import factor, listed, times


class WeekdayForm(ParamsForm):
    days = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    times = factor()


@earning_rules.register
class WeekdayFactor(EarningRule):
    """Days for a whole campaign are the rule's own from and until."""

    key = "weekday_factor"
    label = _("More points on weekdays")
    help = _("Triple points on quiet Tuesdays.")
    icon = "calendar"
    Form = WeekdayForm

    def words(self, params: Params) -> str:
        days = listed([str(WEEKDAYS[day]) for day in params["days"]])
        return gettext("%(times)s on %(days)s") % {"times": times(params["times"]), "days": days}

    def factor(self, params: Params, purchase: Purchase, line: Line) -> Fraction:
        return Fraction(params["times"]) if purchase.on.weekday() in params["days"] else Fraction(1)
