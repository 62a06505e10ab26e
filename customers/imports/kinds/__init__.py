"""From rows to facts: one module per kind of file."""

from customers.imports.kinds.base import Applied, Item, Reader
from customers.imports.kinds.orders import OrderReader
from customers.imports.kinds.people import CustomerReader
from customers.imports.kinds.products import ProductReader
from customers.models import ImportJob

READERS: dict[str, type[Reader]] = {
    ImportJob.Kind.ORDERS: OrderReader,
    ImportJob.Kind.CUSTOMERS: CustomerReader,
    ImportJob.Kind.PRODUCTS: ProductReader,
}

__all__ = ["READERS", "Applied", "CustomerReader", "Item", "OrderReader", "ProductReader", "Reader"]
