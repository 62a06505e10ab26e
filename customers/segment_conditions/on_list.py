from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import AUDIENCES, Condition, Params, conditions
from customers.segments.fields import FixedListField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, sql


class OnListForm(ParamsForm):
    lists = FixedListField(label=gettext_lazy("list"))


@conditions.register
class OnList(Condition):
    key = "on_list"
    label = gettext_lazy("Is on a list")
    group = AUDIENCES
    help = gettext_lazy(
        "Somebody who stands on one of these fixed lists. Put it into a group “None of these applies” to leave "
        "the people of a list out."
    )
    Form = OnListForm

    def set_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "SELECT DISTINCT m.customer_id FROM customers_fixedlistmember m WHERE m.fixed_list_id = ANY ({})",
            params["lists"],
        )

    def probe_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "EXISTS (SELECT 1 FROM customers_fixedlistmember m"
            " WHERE m.customer_id = c.id AND m.fixed_list_id = ANY ({}))",
            params["lists"],
        )

    def probe_joins(self, params: Params) -> bool:
        return True

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql(
            "ARRAY(SELECT l.name FROM customers_fixedlistmember m JOIN customers_fixedlist l ON l.id = m.fixed_list_id"
            " WHERE m.customer_id = c.id AND l.id = ANY ({}) ORDER BY l.name)",
            params["lists"],
        )

    def seen_words(self, value: Any, params: Params) -> str:
        return phrases.value(value) or _("on none of them")

    def words(self, params: Params) -> str:
        return _("is on the list %s") % phrases.either(
            [_("“%s”") % name for name in FixedListField().labels(params["lists"])]
        )
