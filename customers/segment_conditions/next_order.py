from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import comparing
from customers.segments.conditions import FORECASTS, Params, ProfileCondition, conditions
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql

STATES = [
    ("overdue", gettext_lazy("overdue by at least")),
    ("within", gettext_lazy("expected within")),
    ("unknown", gettext_lazy("not known")),
]


class NextOrderForm(ParamsForm):
    operator = forms.ChoiceField(label=gettext_lazy("next order"), choices=STATES, initial="overdue")
    days = comparing.days_field()
    shown = {"days": ("operator", frozenset({"overdue", "within"}))}


@conditions.register
class NextOrder(ProfileCondition):
    key = "next_order"
    label = gettext_lazy("Expected next order")
    group = FORECASTS
    help = gettext_lazy(
        "When the next order is due by somebody's own rhythm. Not known of those who ordered on one day or never."
    )
    Form = NextOrderForm
    fact = gettext_lazy("forecast")
    seen = Sql("s.next_order_on")

    def test_sql(self, params: Params, at: datetime) -> Sql:
        if params["operator"] == "unknown":
            return Sql("s.next_order_on IS NULL")
        days = timedelta(days=params["days"])
        if params["operator"] == "overdue":
            return sql("s.next_order_on <= {}", at.date() - days)
        return sql("s.next_order_on BETWEEN {} AND {}", at.date(), at.date() + days)

    def words(self, params: Params) -> str:
        if params["operator"] == "unknown":
            return _("the next order is not known")
        days = params["days"]
        if params["operator"] == "overdue":
            text = ngettext(
                "the next order is overdue by at least %s day",
                "the next order is overdue by at least %s days",
                days,
            )
        else:
            text = ngettext(
                "the next order is expected within %s day", "the next order is expected within %s days", days
            )
        return text % formats.number(days)
