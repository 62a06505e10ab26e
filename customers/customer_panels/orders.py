from datetime import datetime
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, OrderLine, User
from customers.panels import Panel, panels

SHOWN = 20


@panels.register
class Orders(Panel):
    key = "orders"
    order = 30
    label = _("Orders")
    template = "customers/panels/orders.html"
    permission = "customers.view_order"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any]:
        lines = OrderLine.objects.select_related("product").order_by("position")
        orders = customer.orders.select_related("store", "refund_of").prefetch_related(
            Prefetch("lines", lines)
        )
        newest = list(orders.order_by("-placed_at", "-pk")[: SHOWN + 1])
        return {"orders": newest[:SHOWN], "more": len(newest) > SHOWN, "shown": SHOWN}
