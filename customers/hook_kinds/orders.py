from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from customers.models import Order
from customers.signals import orders_placed, orders_refunded

SAMPLE = {
    "customer": CUSTOMER,
    "source": "shop",
    "number": "10001",
    "store": "003",
    "placed_at": AT,
    "total": 4580,
    "currency": "EUR",
}


def told(order: Order) -> dict[str, object]:
    """An order or refund by its numbers; nothing of what was bought."""
    return {
        "source": order.source,
        "number": order.number,
        "store": order.store.number if order.store else None,
        "placed_at": instant(order.placed_at),
        "total": order.total,
        "currency": order.currency,
    }


@hook_kinds.register
class OrderRecorded(HookKind):
    key, position, signal = "order.recorded", 20, orders_placed
    label = _("Order recorded")
    help = _("An order was placed, got further lines, or was given to the customer whose it is.")
    sample = SAMPLE

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        orders = Order.objects.filter(pk__in=ids).select_related("store").order_by("pk")
        return {order.pk: Fact(order.customer_id, told(order)) for order in orders}


@hook_kinds.register
class OrderRefunded(HookKind):
    key, position, signal = "order.refunded", 21, orders_refunded
    label = _("Order refunded")
    help = _("Something of an order was given back. The total is below zero.")
    sample = SAMPLE | {"number": "10001-R", "total": -4580, "refund_of": "10001"}

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        refunds = Order.objects.filter(pk__in=ids).select_related("store").order_by("pk")
        return {
            refund.pk: Fact(refund.customer_id, {**told(refund), "refund_of": refund.refund_of_number})
            for refund in refunds
        }
