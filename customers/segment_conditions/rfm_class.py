from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import FORECASTS, Params, ProfileCondition, conditions
from customers.segments.fields import RfmClassField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class RfmClassForm(ParamsForm):
    classes = RfmClassField(label=gettext_lazy("RFM class"))


@conditions.register
class InRfmClass(ProfileCondition):
    key = "rfm_class"
    label = gettext_lazy("RFM class")
    group = FORECASTS
    help = gettext_lazy(
        "What the last order, the number of orders and the revenue say together, beside all others who ordered."
        " Only who has ordered has a class."
    )
    Form = RfmClassForm
    fact = gettext_lazy("forecast")
    seen = Sql("nullif(s.rfm_class, '')")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        # "" is no class, and saying so lets the index answer.
        return sql("s.rfm_class = ANY ({}) AND s.rfm_class <> ''", params["classes"])

    def seen_words(self, value: Any, params: Params) -> str:
        return ", ".join(RfmClassField().labels([value]))

    def words(self, params: Params) -> str:
        return _("the RFM class is %s") % phrases.either(RfmClassField().labels(params["classes"]))
