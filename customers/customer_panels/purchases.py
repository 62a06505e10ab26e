"""Orders and refunds, with their lines."""

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.models import Order, OrderLine
from customers.timeline import About, Behind, Entry, Kind, Lines, kinds, newest


class Purchases(Kind):
    what: Order.Kind
    template = "customers/timeline/lines.html"
    permission = "customers.view_order"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        lines = OrderLine.objects.select_related("product").order_by("position")
        rows = Order.objects.filter(customer=about.customer, kind=self.what).select_related(
            "store", "refund_of"
        )
        found = newest(rows.prefetch_related(Prefetch("lines", lines)), "placed_at", behind, limit)
        return [self.entry(order) for order in found]

    def entry(self, order: Order) -> Entry:
        return Entry(
            order.placed_at,
            order.pk,
            self.icon,
            self.sentence(order, formats.money(abs(order.total), order.currency)),
            str(order.store or ""),
            more=Lines(
                [
                    (line.quantity, str(line.product), formats.money(line.amount, order.currency))
                    for line in order.lines.all()
                ],
                self.margin(order),
            ),
        )

    def margin(self, order: Order) -> str:
        margin = order.margin()
        if margin is None:
            return _("Margin unknown")
        return _("Margin %s") % formats.money(margin, order.currency)

    def sentence(self, order: Order, sum_: str) -> str:
        raise NotImplementedError


@kinds.register
class Orders(Purchases):
    key = "orders"
    order = 10
    label = gettext_lazy("Orders")
    icon = "shopping-bag"
    what = Order.Kind.ORDER

    def sentence(self, order: Order, sum_: str) -> str:
        return _("Order %(number)s for %(sum)s") % {"number": order.number, "sum": sum_}


@kinds.register
class Refunds(Purchases):
    key = "refunds"
    order = 20
    label = gettext_lazy("Refunds")
    icon = "refresh"
    what = Order.Kind.REFUND

    def sentence(self, order: Order, sum_: str) -> str:
        number = order.refund_of.number if order.refund_of else order.refund_of_number
        if not number:
            return _("Refund %(number)s of %(sum)s") % {"number": order.number, "sum": sum_}
        return _("Refund of %(sum)s for order %(number)s") % {"number": number, "sum": sum_}
