from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.conditions import Params, conditions
from customers.segments.figures import OrderMoment
from customers.segments.sql import Sql


@conditions.register
class FirstOrder(OrderMoment):
    key = "first_order"
    label = gettext_lazy("First order")
    help = gettext_lazy("When somebody ordered for the first time. Who never ordered fits only “never”.")
    column = Sql("s.first_order_at")

    def words(self, params: Params) -> str:
        if params["operator"] == "never":
            return _("never ordered")
        return _("the first order was %s") % phrases.moment(params)
