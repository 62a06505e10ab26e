"""What lies ready for a customer, as plain values for her browser, in a fixed number of statements."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from channels import consent, free_shipping, suppression
from channels.delivery import outcomes
from channels.in_app import safety
from channels.messages import versions
from channels.models import Brand, Channel, DeliveryEvent, InboxMessage, Message
from customers.models import Customer, Shop

MOST = 30
EVERY = 60  # seconds until a page that is looked at asks again


def session_hash(session: str) -> str:
    return hashlib.sha256(session.encode(errors="replace")).hexdigest()


def open_rows(customer_id: int, session: str, at: datetime) -> list[InboxMessage]:
    """Hers that may be shown now, newest first: not run out, not taken back, not of another session, and for
    marketing only while she still wants it."""
    rows = InboxMessage.objects.filter(
        Q(session_only=False) | Q(session="") | Q(session=session_hash(session)),
        customer=customer_id,
        removed_at=None,
        expires_at__gt=at,
        delivery__message__cancelled_at=None,
    )
    newest = rows.select_related("delivery__message").order_by("-created_at", "-pk")[:MOST]
    return _wanted(list(newest), customer_id)


def _wanted(rows: list[InboxMessage], customer_id: int) -> list[InboxMessage]:
    """Without what she has said no to since it was sent."""
    marketing = [row for row in rows if row.delivery.message.purpose == Message.Purpose.MARKETING]
    topics = {row.delivery.message.topic_id for row in marketing}
    if not topics:
        return rows
    allowed = {
        topic for topic in topics if consent.load({customer_id}, Channel.IN_APP, topic)[customer_id].may_send
    }
    key = {row.delivery.address_key for row in marketing} - {""}
    if suppression.load(Channel.IN_APP, key):
        allowed = set()
    return [
        row
        for row in rows
        if row.delivery.message.purpose != Message.Purpose.MARKETING
        or row.delivery.message.topic_id in allowed
    ]


@transaction.atomic
def hand_over(rows: Sequence[InboxMessage], at: datetime) -> None:
    """Note that her browser has these now: each was delivered once, whichever of her browsers came first."""
    fresh = [row for row in rows if row.delivered_at is None]
    if not fresh:
        return
    delivered = DeliveryEvent.Kind.DELIVERED
    outcomes.record(
        [
            outcomes.Event(delivered, f"in_app:delivered:{row.delivery_id}", at, row.delivery_id)
            for row in fresh
        ],
        at,
    )
    InboxMessage.objects.filter(pk__in=[row.pk for row in fresh], delivered_at=None).update(delivered_at=at)


def told(rows: Sequence[InboxMessage], customer_id: int, at: datetime) -> dict[str, Any]:
    """The answer for the page's script, with `version` as the mark of all that is in it."""
    shop, look = Shop.current(), versions.look(Brand.current())
    country = Customer.objects.values_list("country", flat=True).get(pk=customer_id) or shop.country
    cart = free_shipping.carts([customer_id], at).get(customer_id)
    answer: dict[str, Any] = {
        "every": EVERY,
        "look": {"colour": look.colour, "bright": look.bright, "ink": look.ink},
        "currency": shop.currency or "EUR",
        "freeShipping": free_shipping.by_currency(free_shipping.thresholds(), country),
        "cart": {"value": cart.value, "currency": cart.currency} if cart else None,
        "messages": [shown(row) for row in rows],
    }
    written = json.dumps(answer, sort_keys=True, separators=(",", ":"))
    return answer | {"version": hashlib.sha256(written.encode()).hexdigest()[:16]}


def shown(row: InboxMessage) -> dict[str, Any]:
    """One message. Its addresses are looked at again: whatever wrote the row, nothing but the web is opened."""
    where = row.targeting if isinstance(row.targeting, dict) else {}
    parts = safety.parts(row.parts) if isinstance(row.parts, dict) else safety.parts({})
    pages = where.get("pages")
    return parts | {
        "key": str(row.key),
        "title": row.title,
        "text": row.text,
        "place": row.place,
        "pages": [page for page in pages if isinstance(page, str)] if isinstance(pages, list) else [],
        "cartFrom": _whole(where.get("cart_from")),
        "cartTo": _whole(where.get("cart_to")),
        "slot": safety.words(where.get("slot"), 40),
        "once": where.get("again") == "once",
        "sessionOnly": row.session_only,
        "at": row.created_at.isoformat(timespec="seconds"),
        "seen": row.seen_at is not None,
        "read": row.read_at is not None,
        "dismissed": row.dismissed_at is not None,
    }


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
