from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.segments import comparing, phrases
from customers.segments.conditions import Params, conditions
from customers.segments.figures import Figure, SumForm
from customers.segments.sql import Sql


@conditions.register
class Revenue(Figure):
    key = "revenue"
    label = gettext_lazy("Revenue")
    help = gettext_lazy(
        "The value of all orders less refunds, in the shop's currency. Who never ordered has a revenue of 0."
    )
    Form = SumForm
    stats = Sql("s.revenue")
    aggregate = Sql("coalesce(sum(o.base_total), 0)")

    def limits(self, params: Params) -> tuple[Any, Any]:
        upper = params.get("upper")
        return comparing.minor(params["number"]), None if upper is None else comparing.minor(upper)

    def words(self, params: Params) -> str:
        amount = phrases.amount(params, "%s " + comparing.currency())
        return phrases.joined(_("a revenue of %s") % amount, phrases.window(params))

    def seen_words(self, value: Any, params: Params) -> str:
        return formats.money(int(value), comparing.currency())
