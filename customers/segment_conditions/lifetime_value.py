from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments import comparing, phrases
from customers.segments.comparing import MoneyForm
from customers.segments.conditions import FORECASTS, Params, ProfileCondition, conditions
from customers.segments.sql import Sql


@conditions.register
class LifetimeValue(ProfileCondition):
    key = "lifetime_value"
    label = gettext_lazy("Expected value")
    group = FORECASTS
    help = gettext_lazy(
        "What somebody's orders of the next 12 months will probably come to, refunds taken off, in the shop's"
        " currency."
    )
    Form = MoneyForm
    fact = gettext_lazy("forecast")
    seen = Sql("s.lifetime_value")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        upper = params.get("upper")
        limits = comparing.minor(params["number"]), None if upper is None else comparing.minor(upper)
        return comparing.compare(self.seen, params["operator"], *limits)

    def seen_words(self, value: Any, params: Params) -> str:
        return formats.money(int(value), comparing.currency())

    def words(self, params: Params) -> str:
        return _("an expected value of %s") % phrases.amount(params, "%s " + comparing.currency())
