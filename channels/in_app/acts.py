"""What she did with messages on the page: each first time counts once, however often a browser tells it.

What the pages need (seen, read, dismissed) is kept with the message. Who did it stands in the campaign's figures only
where she agrees to be tracked. A click on a counted link is counted by the link itself (channels/tracking.py).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from channels import tracking
from channels.in_app import shelf
from channels.models import DeliveryEvent, InboxMessage

MOST = 100
# Column that keeps the first time, and what it is for the campaign's figures.
COLUMNS = {
    "seen": "seen_at",
    "read": "read_at",
    "clicked": "clicked_at",
    "dismissed": "dismissed_at",
    "removed": "removed_at",
}
KINDS = {
    "seen": DeliveryEvent.Kind.OPENED,
    "clicked": DeliveryEvent.Kind.CLICKED,
    "dismissed": DeliveryEvent.Kind.DISMISSED,
    "removed": DeliveryEvent.Kind.DISMISSED,
}


class Act(NamedTuple):
    """`what` is a key of COLUMNS; `link`: where a click led to."""

    key: UUID
    what: str
    link: str = ""


def read(given: Any) -> list[Act]:
    """The acts in a call's body; whatever cannot be one is left out."""
    listed = given[:MOST] if isinstance(given, list) else []
    return [act for each in listed if isinstance(each, dict) and (act := _act(each))]


def _act(given: dict[str, Any]) -> Act | None:
    key, what, link = given.get("key"), given.get("what"), given.get("link", "")
    if not isinstance(key, str) or not isinstance(what, str) or what not in COLUMNS:
        return None
    try:
        return Act(UUID(key), what, link if isinstance(link, str) else "")
    except ValueError:
        return None


@transaction.atomic
def record(acts: Sequence[Act], customer_id: int, session: str, at: datetime) -> int:
    """Write what is new, of her own messages only; how many facts that were."""
    wanted = InboxMessage.objects.filter(key__in={act.key for act in acts}, customer=customer_id)
    held = wanted.select_for_update(no_key=True).order_by("pk")
    rows = {row.key: row for row in held}
    fresh = [(rows[act.key], act) for act in acts if act.key in rows and _first(rows[act.key], act, at)]
    for row, _act in fresh:
        if row.session_only and not row.session and row.seen_at:
            row.session = shelf.session_hash(session)
    InboxMessage.objects.bulk_update({row for row, _act in fresh}, [*COLUMNS.values(), "session"])
    known = tracking.may_know({row.delivery_id for row, _act in fresh})
    told = [(row, act) for row, act in fresh if row.delivery_id in known]
    tracking.record([event for row, act in told if (event := _event(row, act, at))], at)
    return len(fresh)


def _first(row: InboxMessage, act: Act, at: datetime) -> bool:
    column = COLUMNS[act.what]
    if getattr(row, column) is not None:
        return False
    setattr(row, column, at)
    return True


def _event(row: InboxMessage, act: Act, at: datetime) -> tracking.Event | None:
    kind = KINDS.get(act.what)
    counted = act.link.startswith(f"{settings.PUBLIC_URL}/c/")
    if kind is None or (kind == DeliveryEvent.Kind.CLICKED and counted):
        return None
    return tracking.Event(row.delivery_id, kind, f"in_app:{kind}:{row.delivery_id}", at)
