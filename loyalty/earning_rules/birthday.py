from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.segments.params import ParamsForm
from loyalty.earning_rules import fields
from loyalty.earning_rules.base import EarningRule, Params, earning_rules


class BirthdayForm(ParamsForm):
    points = forms.IntegerField(label=_("points"), min_value=1, max_value=10_000)


@earning_rules.register
class Birthday(EarningRule):
    """Booked by loyalty/birthdays.py, at most once a year."""

    key = "birthday"
    label = _("Points for the birthday")
    help = _(
        "A present on the day, once a year. Who was born on 29 February has it on 28 February in years without "
        "that day."
    )
    icon = "gift"
    Form = BirthdayForm

    def words(self, params: Params) -> str:
        return gettext("%s for the birthday") % fields.points(params["points"])

    def birthday_points(self, params: Params) -> int:
        return int(params["points"])
