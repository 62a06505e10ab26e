"""A slice of rendered messages becomes rows for her browser, in one statement."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from channels.in_app import safety, targeting
from channels.models import InboxMessage


class Message(NamedTuple):
    """What was rendered for one delivery; `parts` as channels/formats/in_app.py makes them. `ends_at`: when its offer
    ends, if it makes one."""

    delivery_id: int
    title: str
    text: str
    parts: Mapping[str, Any]
    ends_at: datetime | None = None


# Nobody is written to who was erased while the message was on its way. A repeated call finds its row there.
KEEP = """
    INSERT INTO channels_inboxmessage (delivery_id, customer_id, title, text, parts, place, targeting, session_only,
                                       created_at, expires_at)
    SELECT d.id, d.customer_id, u.title, u.text, u.parts::jsonb, u.place, u.targeting::jsonb, u.session_only,
           %s, u.expires_at
    FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::bool[],
                %s::timestamptz[])
         AS u (id, title, text, parts, place, targeting, session_only, expires_at)
    JOIN channels_delivery d ON d.id = u.id
    JOIN customers_customer c ON c.id = d.customer_id AND c.erased_at IS NULL
    ORDER BY d.id
    ON CONFLICT (delivery_id) DO NOTHING
"""


def keep(messages: Sequence[Message], at: datetime) -> set[int]:
    """Write those that are not there yet; the ids of the deliveries that have a row now."""
    if not messages:
        return set()
    columns = [list(column) for column in zip(*(_line(each, at) for each in messages), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [at, *columns])
    ids = [each.delivery_id for each in messages]
    return set(InboxMessage.objects.filter(delivery__in=ids).values_list("delivery_id", flat=True))


def _line(message: Message, at: datetime) -> tuple[Any, ...]:
    parts = message.parts
    place = str(parts.get("place"))
    until = at + timedelta(days=targeting.days(parts.get("days")))
    where = {name: parts.get(name) for name in ("pages", "cart_from", "cart_to", "slot", "again")}
    return (
        message.delivery_id,
        message.title[:500],
        message.text,
        json.dumps(safety.parts(parts)),
        place if place in InboxMessage.Place.values else InboxMessage.Place.BANNER.value,
        json.dumps(where),
        parts.get("session_only") is True,
        min(until, message.ends_at or until),
    )
