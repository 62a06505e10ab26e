from customers.models.customer import Customer, CustomerStats, Dirty, Identity
from customers.models.imports import ImportedOrder, ImportJob, Rejection
from customers.models.order import Order, OrderLine, Origin
from customers.models.platform import AuditEntry, SavedView
from customers.models.product import Category, Product
from customers.models.segment import Segment, SegmentDraft
from customers.models.shop import Shop
from customers.models.staff import User
from customers.models.store import Store

__all__ = [
    "AuditEntry",
    "Category",
    "Customer",
    "CustomerStats",
    "Dirty",
    "Identity",
    "ImportJob",
    "ImportedOrder",
    "Order",
    "OrderLine",
    "Origin",
    "Product",
    "Rejection",
    "SavedView",
    "Segment",
    "SegmentDraft",
    "Shop",
    "Store",
    "User",
]
