from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import comparing, phrases
from customers.segments.comparing import OPERATORS, AmountForm
from customers.segments.conditions import Params, conditions
from customers.segments.predicted import Predicted
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
class LapseRisk(Predicted):
    key = "lapse_risk"
    label = gettext_lazy("Lapse risk")
    help = gettext_lazy("How likely it is that somebody orders nothing in the next 12 months, in percent.")
    Form = ShareForm

    def test(self, params: Params, at: datetime) -> Sql:
        value = Sql("s.lapse_risk * 100")
        return comparing.compare(value, params["operator"], params["number"], params.get("upper"))

    def words(self, params: Params) -> str:
        # Translators: an amount in percent, such as 60%
        return _("a lapse risk of %s") % phrases.amount(params, _("%s%%"))
