"""Messages of the tracking API for tests, and the state that they end in."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Sum

from customers.models import (
    ApiKey,
    Cart,
    CartLine,
    Customer,
    CustomerStats,
    Event,
    Favourite,
    Identity,
    Order,
    OrderLine,
    Visitor,
)
from customers.tracking import translating
from customers.tracking.messages import Message

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
_ids = iter(range(10**9))
MUG = {"sku": "MUG", "name": "Mug", "price": "4.50", "quantity": 2}
BOWL = {"product_id": "BOWL", "name": "Bowl", "price": 20, "quantity": "1"}


def key(kind: str = "server", **fields: Any) -> ApiKey:
    number = next(_ids)
    fields = {"source": "shop", "prefix": f"sk_{number}", "hash": f"{number:064}", "name": kind} | fields
    return ApiKey.objects.create(kind=kind, **fields)


def call(type_: str, minutes: float = 0, **fields: Any) -> Message:
    """A message of `minutes` before noon."""
    at = AT - timedelta(minutes=minutes)
    stated = {"message_id": f"m{next(_ids)}", "timestamp": at.isoformat().replace("+00:00", "Z")} | fields
    return Message(type=type_, **stated)  # type: ignore[arg-type]


def track(event: str, minutes: float = 0, user: str = "", anon: str = "", **properties: Any) -> Message:
    return call("track", minutes, event=event, user_id=user, anonymous_id=anon, properties=properties)


def identify(user: str, minutes: float = 0, anon: str = "", **traits: Any) -> Message:
    return call("identify", minutes, user_id=user, anonymous_id=anon, traits=traits)


def apply(messages: Sequence[Message], by: ApiKey, at: datetime = AT) -> dict[tuple[str, str], int]:
    return dict(translating.apply(by, messages, at))


def state() -> dict[str, Any]:
    """All that messages end in, by outside numbers, so that two databases can be compared."""
    number = dict(Identity.objects.order_by("-number").values_list("customer_id", "number"))
    number[None] = "-"
    return {
        "customers": sorted(
            (
                number.get(c.pk, "?"),
                c.email,
                c.phone,
                c.first_name,
                c.last_name,
                c.city,
                c.language,
                str(c.attributes),
            )
            for c in Customer.objects.all()
        ),
        "identities": sorted((i.number, number[i.customer_id]) for i in Identity.objects.all()),
        "visitors": sorted((v.anonymous_id, number[v.customer_id]) for v in Visitor.objects.all()),
        "orders": sorted(
            (
                o.number,
                o.kind,
                number[o.customer_id],
                o.total,
                o.base_total,
                o.placed_at,
                o.refund_of_number or "",
            )
            for o in Order.objects.all()
        ),
        "lines": sorted(
            OrderLine.objects.values_list("order__number", "product__sku")
            .annotate(pieces=Sum("quantity"), sum=Sum("amount"))
            .exclude(pieces=0, sum=0)
        ),
        "carts": sorted(
            (
                c.number,
                number[c.customer_id],
                c.state,
                c.value,
                c.items,
                c.restore_url,
                c.order.number if c.order else "",
            )
            for c in Cart.objects.select_related("order")
        ),
        "cart lines": sorted(
            CartLine.objects.values_list("cart__number", "product__sku", "quantity", "amount")
        ),
        "favourites": sorted(
            (number[f.customer_id], f.visitor_id is None, f.product.sku, f.removed_at is None)
            for f in Favourite.objects.select_related("product")
        ),
        "events": sorted(
            (e.kind, e.name, number[e.customer_id], e.at, e.value or 0, e.origin) for e in Event.objects.all()
        ),
        "stats": sorted(
            (number[s.customer_id], s.orders, s.refunds, s.revenue, s.last_event_at)
            for s in CustomerStats.objects.all()
        ),
    }
