from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import comparing
from customers.segments.conditions import Params, conditions, people
from customers.segments.params import ParamsForm
from customers.segments.predicted import ROWS, Predicted
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
class NextOrder(Predicted):
    key = "next_order"
    label = gettext_lazy("Expected next order")
    help = gettext_lazy(
        "When the next order is due by somebody's own rhythm. Not known of those who ordered on one day or never."
    )
    Form = NextOrderForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        if params["operator"] == "unknown":
            return people(self.probe_sql(params, at))
        return super().set_sql(params, at)

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        if params["operator"] == "unknown":
            known = Sql("s.customer_id = c.id AND s.next_order_on IS NOT NULL")
            return sql("NOT EXISTS (SELECT 1 {} {})", ROWS, known)
        return super().probe_sql(params, at)

    def test(self, params: Params, at: datetime) -> Sql:
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
