"""What she did: in the shop, in the app, in a store."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from customers.models import Event, Order, Product, Store
from customers.timeline import About, Behind, Entry, Kind, kinds, newest

What = Event.Kind


class Things(NamedTuple):
    """What the events of a page name."""

    products: dict[int, Product]
    stores: dict[int, Store]

    def product(self, event: Event) -> str:
        found = self.products.get(event.product_id or 0)
        return _("“%s”") % found if found else _("a product")

    def store(self, event: Event) -> str:
        found = self.stores.get(event.store_id or 0)
        return str(found) if found else _("a store")

    def link(self, event: Event) -> str:
        """The product's page in the shop."""
        found = self.products.get(event.product_id or 0)
        return found.link if found and found.link.startswith(("https://", "http://")) else ""


Words = Callable[[Event, Things], str]
SAID: dict[str, tuple[str, Words]] = {
    What.VIEW: ("eye", lambda e, t: _("Looked at %s") % t.product(e)),
    What.SEARCH: ("search", lambda e, t: _("Searched for “%s”") % e.name),
    What.FAVOURITE: ("star", lambda e, t: _("Put %s on the list of favourites") % t.product(e)),
    What.UNFAVOURITE: ("star", lambda e, t: _("Took %s off the list of favourites") % t.product(e)),
    What.CART_ADD: ("shopping-cart", lambda e, t: _("Put %s into the cart") % t.product(e)),
    What.CART_REMOVE: ("shopping-cart", lambda e, t: _("Took %s out of the cart") % t.product(e)),
    What.CART: ("shopping-cart", lambda e, t: _("Looked at the cart")),
    What.CHECKOUT: ("cash", lambda e, t: _("Went to the checkout")),
    What.ORDER: ("receipt", lambda e, t: _("Completed an order")),
    What.REFUND: ("refresh", lambda e, t: _("An order was taken back")),
    What.COUPON: (
        "ticket",
        lambda e, t: _("Used the coupon “%s”") % e.name if e.name else _("Used a coupon"),
    ),
    What.VISIT: ("building-store", lambda e, t: _("Was in %s") % t.store(e)),
    What.OPEN: ("device-mobile", lambda e, t: _("Opened the app")),
    What.PAGE: (
        "world",
        lambda e, t: _("Looked at the page “%s”") % e.name if e.name else _("Looked at a page"),
    ),
    What.SCREEN: (
        "device-mobile",
        lambda e, t: (
            _("Looked at “%s” in the app") % e.name if e.name else _("Looked at a screen of the app")
        ),
    ),
    What.CUSTOM: ("pointer", lambda e, t: _("“%s”") % e.name),
}
TOLD_BY_THE_ORDER = (What.ORDER, What.REFUND)


@kinds.register
class Behaviour(Kind):
    key = "behaviour"
    order = 60
    label = gettext_lazy("Behaviour")
    icon = "pointer"

    def entries(self, about: About, behind: Behind, limit: int) -> list[Entry]:
        events = list(newest(events_of(about.customer.pk), "at", behind, limit))
        things = Things(_named(Product, events, "product_id"), _named(Store, events, "store_id"))
        return [_entry(event, things, about) for event in events]


def events_of(customer_id: int) -> QuerySet[Event]:
    """Her events, without those that an order beside them tells of."""
    order = Order.objects.filter(source=OuterRef("source"), number=OuterRef("order_number"))
    events = Event.objects.filter(customer_id=customer_id).annotate(order_number=KT("properties__order"))
    return events.filter(~Q(kind__in=TOLD_BY_THE_ORDER) | ~Exists(order))


def _named(model: Any, events: Sequence[Event], field: str) -> dict[int, Any]:
    ids: Collection[int] = {getattr(event, field) for event in events if getattr(event, field)}
    found: dict[int, Any] = model.objects.in_bulk(ids)
    return found


def _entry(event: Event, things: Things, about: About) -> Entry:
    icon, words = SAID.get(event.kind, SAID[What.CUSTOM])
    detail = formats.money(event.value, about.currency) if event.value else ""
    return Entry(event.at, event.pk, icon, words(event, things), detail, things.link(event))
