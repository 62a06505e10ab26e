from customers.models.cart import Cart, CartLine, Favourite
from customers.models.customer import Customer, CustomerStats, Dirty, Identity, RfmClass
from customers.models.erasure import Erasure
from customers.models.event import Event, EventKey, InboxBatch, IngestCount
from customers.models.fixed_list import FixedList, FixedListMember, FixedListReject, FixedListUpload
from customers.models.forecast import ForecastBasis
from customers.models.form_draft import FormDraft
from customers.models.hook import Hook, HookCall
from customers.models.imports import ImportedOrder, ImportJob, Rejection
from customers.models.interest import Interest
from customers.models.note import Note
from customers.models.order import Order, OrderLine
from customers.models.origin import Origin
from customers.models.platform import ApiKey, AuditEntry, IdempotencyKey, SavedView
from customers.models.product import Category, Product, ProductChange
from customers.models.recommendation import ProductAffinity, RecommendationBasis
from customers.models.segment import (
    Segment,
    SegmentChange,
    SegmentDraft,
    SegmentMember,
    SegmentSize,
)
from customers.models.shop import Shop
from customers.models.staff import User
from customers.models.store import Store
from customers.models.twin import TwinHint
from customers.models.visitor import Visitor

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Cart",
    "CartLine",
    "Category",
    "Customer",
    "CustomerStats",
    "Dirty",
    "Erasure",
    "Event",
    "EventKey",
    "Favourite",
    "FixedList",
    "FixedListMember",
    "FixedListReject",
    "FixedListUpload",
    "ForecastBasis",
    "FormDraft",
    "Hook",
    "HookCall",
    "IdempotencyKey",
    "Identity",
    "ImportJob",
    "ImportedOrder",
    "InboxBatch",
    "IngestCount",
    "Interest",
    "Note",
    "Order",
    "OrderLine",
    "Origin",
    "Product",
    "ProductAffinity",
    "ProductChange",
    "RecommendationBasis",
    "Rejection",
    "RfmClass",
    "SavedView",
    "Segment",
    "SegmentChange",
    "SegmentDraft",
    "SegmentMember",
    "SegmentSize",
    "Shop",
    "Store",
    "TwinHint",
    "User",
    "Visitor",
]
