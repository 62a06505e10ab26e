from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from config.pages.parts import Tone
from customers.models import Cart, CartLine
from customers.timeline import About, Behind, Entry, Kind, Lines, kinds, newest

TONES: dict[str, Tone] = {Cart.State.OPEN: "info", Cart.State.BOUGHT: "good", Cart.State.ABANDONED: "wait"}


@kinds.register
class Carts(Kind):
    """A cart stands where something last happened to it."""

    key = "carts"
    order = 30
    label = gettext_lazy("Carts")
    icon = "shopping-cart"
    template = "customers/timeline/lines.html"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        lines = CartLine.objects.select_related("product").order_by("pk")
        rows = Cart.objects.filter(customer=about.customer).select_related("order")
        found = newest(rows.prefetch_related(Prefetch("lines", lines)), "last_activity_at", behind, limit)
        return [self._entry(cart, cart.currency or about.currency) for cart in found]

    def _entry(self, cart: Cart, currency: str) -> Entry:
        return Entry(
            cart.last_activity_at,
            cart.pk,
            self.icon,
            _sentence(cart, formats.money(cart.value, currency)),
            _("with order %s") % cart.order.number if cart.order else "",
            badge=cart.get_state_display(),
            tone=TONES[cart.state],
            more=Lines(
                [
                    (line.quantity, str(line.product), formats.money(line.amount, currency))
                    for line in cart.lines.all()
                ]
            ),
        )


def _sentence(cart: Cart, value: str) -> str:
    if not cart.items:
        return _("An empty cart")
    words = ngettext("Cart with %(n)s item for %(value)s", "Cart with %(n)s items for %(value)s", cart.items)
    return words % {"n": formats.number(cart.items), "value": value}
