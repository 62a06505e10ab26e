"""From rows to facts: one module per kind of file."""

from customers.imports.kinds.base import Applied, Item, Reader
from customers.imports.kinds.carts import CartReader
from customers.imports.kinds.contacts import ContactReader
from customers.imports.kinds.events import EventReader
from customers.imports.kinds.orders import OrderReader
from customers.imports.kinds.people import CustomerReader
from customers.imports.kinds.products import ProductReader
from customers.models import ImportJob

READERS: dict[str, type[Reader]] = {
    ImportJob.Kind.ORDERS: OrderReader,
    ImportJob.Kind.CUSTOMERS: CustomerReader,
    ImportJob.Kind.PRODUCTS: ProductReader,
    ImportJob.Kind.EVENTS: EventReader,
    ImportJob.Kind.CARTS: CartReader,
    ImportJob.Kind.CONTACTS: ContactReader,
}

__all__ = ["READERS", "Applied", "CustomerReader", "Item", "OrderReader", "ProductReader", "Reader"]
