from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.fields import RfmClassField
from customers.segments.params import ParamsForm
from customers.segments.predicted import Predicted
from customers.segments.sql import Sql, sql


class RfmClassForm(ParamsForm):
    classes = RfmClassField(label=gettext_lazy("RFM class"))


@conditions.register
class InRfmClass(Predicted):
    key = "rfm_class"
    label = gettext_lazy("RFM class")
    help = gettext_lazy(
        "What the last order, the number of orders and the revenue say together, beside all others who ordered."
        " Only who has ordered has a class."
    )
    Form = RfmClassForm

    def test(self, params: Params, at: datetime) -> Sql:
        # "" is no class, and saying so lets the index answer.
        return sql("s.rfm_class = ANY ({}) AND s.rfm_class <> ''", params["classes"])

    def words(self, params: Params) -> str:
        return _("the RFM class is %s") % phrases.either(RfmClassField().labels(params["classes"]))
