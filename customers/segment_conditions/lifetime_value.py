from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import comparing, phrases
from customers.segments.comparing import MoneyForm
from customers.segments.conditions import Params, conditions
from customers.segments.predicted import Predicted
from customers.segments.sql import Sql


@conditions.register
class LifetimeValue(Predicted):
    key = "lifetime_value"
    label = gettext_lazy("Expected value")
    help = gettext_lazy(
        "What somebody's orders of the next 12 months will probably come to, refunds taken off, in the shop's"
        " currency."
    )
    Form = MoneyForm

    def test(self, params: Params, at: datetime) -> Sql:
        upper = params.get("upper")
        limits = comparing.minor(params["number"]), None if upper is None else comparing.minor(upper)
        return comparing.compare(Sql("s.lifetime_value"), params["operator"], *limits)

    def words(self, params: Params) -> str:
        return _("an expected value of %s") % phrases.amount(params, "%s " + comparing.currency())
