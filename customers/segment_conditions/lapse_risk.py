from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import OPERATORS, AmountForm
from customers.segments.conditions import FORECASTS, Params, ProfileCondition, conditions
from customers.segments.sql import Sql


class ShareForm(AmountForm):
    """An operator and whole percents."""

    operator = forms.ChoiceField(
        label=gettext_lazy("comparison"),
        choices=[each for each in OPERATORS if each[0] != "exactly"],
        initial="at_least",
    )
    number = forms.IntegerField(label=gettext_lazy("percent"), min_value=0, max_value=100, initial=60)
    upper = forms.IntegerField(label=gettext_lazy("and"), min_value=0, max_value=100, initial=90)


@conditions.register
class LapseRisk(ProfileCondition):
    key = "lapse_risk"
    label = gettext_lazy("Lapse risk")
    group = FORECASTS
    help = gettext_lazy("How likely it is that somebody orders nothing in the next 12 months, in percent.")
    Form = ShareForm
    fact = gettext_lazy("forecast")
    seen = Sql("s.lapse_risk * 100")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        return comparing.compare(self.seen, params["operator"], params["number"], params.get("upper"))

    def seen_words(self, value: Any, params: Params) -> str:
        # Translators: an amount in percent, such as 60%
        return _("%s%%") % formats.number(value, 0)

    def words(self, params: Params) -> str:
        # Translators: an amount in percent, such as 60%
        return _("a lapse risk of %s") % phrases.amount(params, _("%s%%"))
