from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments import comparing, phrases
from customers.segments.conditions import Params, conditions
from customers.segments.figures import ORDERED, Figure, SumForm
from customers.segments.sql import Sql


@conditions.register
class AverageOrder(Figure):
    key = "average_order"
    label = gettext_lazy("Average order value")
    help = gettext_lazy(
        "The value of the orders by their number, refunds not taken off. Only who has ordered."
    )
    Form = SumForm
    fact = gettext_lazy("order")
    stats = Sql("round(s.ordered::numeric / nullif(s.orders, 0))")
    aggregate = Sql("round(avg(o.base_total))")
    orders = ORDERED
    nothing_is_zero = False

    def limits(self, params: Params) -> tuple[Any, Any]:
        upper = params.get("upper")
        return comparing.minor(params["number"]), None if upper is None else comparing.minor(upper)

    def words(self, params: Params) -> str:
        amount = phrases.amount(params, "%s " + comparing.currency())
        return phrases.joined(_("an average order value of %s") % amount, phrases.window(params))

    def seen_words(self, value: Any, params: Params) -> str:
        return formats.money(int(value), comparing.currency())
