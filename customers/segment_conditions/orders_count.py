from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.figures import ORDERED, CountForm, Figure, nth_newest
from customers.segments.sql import Sql


@conditions.register
class OrdersCount(Figure):
    key = "orders_count"
    label = gettext_lazy("Number of orders")
    help = gettext_lazy("How often somebody has ordered. Who never did has 0 orders. Refunds do not count.")
    Form = CountForm
    stats = Sql("s.orders")
    aggregate = Sql("count(*)")
    orders = ORDERED

    def test_sql(self, params: Params, at: datetime) -> Sql | None:
        return nth_newest(params, at) or super().test_sql(params, at)

    def words(self, params: Params) -> str:
        orders = ngettext("%s order", "%s orders", phrases.last_number(params)) % phrases.amount(params)
        return phrases.joined(orders, phrases.window(params))

    def seen_words(self, value: Any, params: Params) -> str:
        return ngettext("%s order", "%s orders", value) % formats.number(value)
