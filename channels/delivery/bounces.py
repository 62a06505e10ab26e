"""Bounces that may pass, such as a full mailbox: several in a row, and the address rests for a while."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection

from channels.models import DeliveryEvent
from config import prepared

MOST = 5
WITHIN = timedelta(days=30)  # from one to the next, and how long the address rests after the last

# Rows lock in id order, as everywhere, with those that a hard bounce is about to suppress.
HOLD = """
    SELECT r.id FROM channels_reach r
    JOIN channels_delivery d ON d.channel = r.channel AND d.address_key = r.address_key
    WHERE d.id = ANY(%s) AND d.address_key <> '' AND (d.id <> ALL(%s) OR r.soft_bounces > 0)
    ORDER BY r.id FOR UPDATE OF r
"""
SOFT = """
    UPDATE channels_reach r
    SET soft_bounces = n.count
            + CASE WHEN r.bounced_at > n.last - make_interval(secs => %s) THEN r.soft_bounces ELSE 0 END,
        bounced_at = greatest(r.bounced_at, n.last)
    FROM (SELECT d.channel, d.address_key, count(*) AS count, max(e.at) AS last
          FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at) JOIN channels_delivery d ON d.id = e.id
          WHERE d.address_key <> '' GROUP BY 1, 2) AS n
    WHERE r.channel = n.channel AND r.address_key = n.address_key
"""
ARRIVED = """
    UPDATE channels_reach r SET soft_bounces = 0
    FROM (SELECT d.channel, d.address_key, max(e.at) AS last
          FROM unnest(%s::bigint[], %s::timestamptz[]) AS e (id, at) JOIN channels_delivery d ON d.id = e.id
          WHERE d.address_key <> '' GROUP BY 1, 2) AS n
    WHERE r.channel = n.channel AND r.address_key = n.address_key AND r.soft_bounces > 0 AND n.last > r.bounced_at
"""

Kind = DeliveryEvent.Kind


def count(events: Iterable[tuple[int, DeliveryEvent.Kind, bool, datetime]]) -> None:
    """Note of (delivery, kind, hard, time) what passes and what arrived. Call it before anything else locks Reach."""
    told = list(events)
    soft = [(pk, at) for pk, kind, hard, at in told if kind == Kind.BOUNCED and not hard]
    arrived = [(pk, at) for pk, kind, _hard, at in told if kind == Kind.DELIVERED]
    if not told:
        return
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [[pk for pk, *_more in told], [pk for pk, _at in arrived]])
        if soft:
            cursor.execute(SOFT, [WITHIN.total_seconds(), *map(list, zip(*soft, strict=True))])
        if arrived:
            cursor.execute(ARRIVED, list(map(list, zip(*arrived, strict=True))))


HELD = """
    SELECT address_key FROM channels_reach
    WHERE channel = ANY(%s) AND address_key = ANY(%s) AND soft_bounces >= %s AND bounced_at > %s
"""


def held(channels: Collection[str], address_keys: Collection[str], at: datetime) -> set[str]:
    """Which of these addresses rest; a key is of one channel. One query."""
    with prepared.cursor() as cursor:
        cursor.execute(HELD, [list(channels), [key for key in address_keys if key], MOST, at - WITHIN])
        return {key for (key,) in cursor.fetchall()}
