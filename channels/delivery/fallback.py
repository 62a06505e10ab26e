"""When a channel fails or stays unread: the next one gets attempt n + 1, in the transaction that closes attempt n.

Never after `unknown`: it may have arrived. Nor when nothing is known about reading, since she is not tracked.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels import tracking
from channels.arbiter import choice
from channels.delivery import routing
from channels.delivery.audience import LANGUAGE_SQL, languages
from channels.delivery.routing import Route
from channels.models import Message, MessageVersion

CHUNK = 1_000

# Of the closed rows those of a message with more than one route that could still be sent, and which were tried.
CLOSED = """
    SELECT d.id, d.customer_id, d.version_id,
           array(SELECT earlier.channel FROM channels_delivery earlier
                 WHERE earlier.message_id = d.message_id AND earlier.occurrence = d.occurrence
                   AND earlier.customer_id = d.customer_id)
    FROM channels_delivery d
    JOIN channels_messageversion v ON v.id = d.version_id AND jsonb_array_length(v.routes) > 1
    JOIN channels_message m ON m.id = d.message_id AND m.cancelled_at IS NULL
    WHERE d.id = ANY(%s) AND (m.purpose = 'service' OR NOT d.id = ANY(%s))
      AND d.state IN ('refused', 'bounced', 'accepted', 'delivered')
      AND (d.expires_at IS NULL OR d.expires_at > %s)
    ORDER BY d.customer_id
"""
NEXT = """
    INSERT INTO channels_delivery (message_id, occurrence, customer_id, attempt, version_id, account_id, channel,
                                   language, variant, arm, priority, due_at, expires_at, context)
    SELECT d.message_id, d.occurrence, d.customer_id, d.attempt + 1, d.version_id, %s, %s, {language}, d.variant,
           d.arm, d.priority, %s, d.expires_at, d.context
    FROM channels_delivery d JOIN customers_customer c ON c.id = d.customer_id
    WHERE d.id = ANY(%s)
    ORDER BY d.id
    ON CONFLICT (message_id, occurrence, customer_id, attempt) DO NOTHING
    RETURNING id
"""
UNREAD = f"""
    SELECT d.id FROM channels_delivery d
    WHERE d.message_id = %s AND d.state IN ('accepted', 'delivered') AND d.tracked AND d.called_at <= %s AND d.id > %s
      AND (d.expires_at IS NULL OR d.expires_at > %s)
      AND NOT EXISTS (SELECT FROM channels_deliveryevent e
                      WHERE e.delivery_id = d.id
                        AND (e.kind IN ('opened', 'clicked') AND e.human OR e.kind IN ('opted_out', 'dismissed')))
      AND NOT EXISTS (SELECT FROM channels_delivery later
                      WHERE later.message_id = d.message_id AND later.occurrence = d.occurrence
                        AND later.customer_id = d.customer_id AND later.attempt > d.attempt)
      AND EXISTS ({tracking.MAY_KNOW} AND delivery.id = d.id)
    ORDER BY d.id LIMIT %s
"""  # noqa: S608 - our own text


class Closed(NamedTuple):
    id: int
    customer_id: int
    version_id: int
    tried: list[str]


def after(delivery_ids: Iterable[int], at: datetime, objected: Iterable[int] = ()) -> list[int]:
    """Plan the next channel for these closed rows, if they have one; returns the new rows' ids.

    Of the rows that ended since she has `objected`, only service messages go on. Call it in the transaction that
    closed them. Safe to repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLOSED, [list(delivery_ids), list(objected), at])
        closed = [Closed(*values) for values in cursor.fetchall()]
    by_version: defaultdict[int, list[Closed]] = defaultdict(list)
    for row in closed:
        by_version[row.version_id].append(row)
    planned: list[int] = []
    for version in MessageVersion.objects.filter(pk__in=by_version).select_related("message"):
        planned += _plan(version, _next(version, by_version[version.pk]), at)
    return planned


def unread(at: datetime) -> int:
    """The same for what nobody has read in the time that its message gives; counts the new rows."""
    waiting = Message.objects.filter(unread_after__isnull=False, cancelled_at__isnull=True)
    count = 0
    several = waiting.filter(channels__len__gt=1)
    for message_id, time in several.values_list("pk", "unread_after"):
        if time is None:
            continue
        last: int | None = 0
        while last is not None:
            last, planned = _unread(message_id, at - time, last, at)
            count += planned
    return count


@transaction.atomic
def _unread(message_id: int, before: datetime, after_id: int, at: datetime) -> tuple[int | None, int]:
    """One chunk: where it ended, None at the end; and how many were planned."""
    with connection.cursor() as cursor:
        cursor.execute(UNREAD, [message_id, before, after_id, at, CHUNK])
        ids = [delivery_id for (delivery_id,) in cursor.fetchall()]
    return (ids[-1], len(after(ids, at))) if ids else (None, 0)


def _next(version: MessageVersion, rows: Sequence[Closed]) -> dict[Route, list[int]]:
    """The rows by the best route that was not tried yet and on which the person can be reached."""
    people = [row.customer_id for row in rows]
    routes = {route.channel: route for route in routing.of(version)}
    usable = routing.reachable(version.message, list(routes.values()), people)
    likes = routing.load_likes(people)
    found: defaultdict[Route, list[int]] = defaultdict(list)
    for row in rows:
        left = [each for each in routes if each not in row.tried and each in usable[row.customer_id]]
        if left:
            found[routes[choice.ranked(left, likes[row.customer_id])[0]]].append(row.id)
    return found


def _plan(version: MessageVersion, found: dict[Route, list[int]], at: datetime) -> list[int]:
    planned: list[int] = []
    for route, ids in found.items():
        written, otherwise = languages(version, route.channel)
        params: list[Any] = [route.account_id, route.channel, written, written, otherwise, at, ids]
        with connection.cursor() as cursor:
            cursor.execute(NEXT.format(language=LANGUAGE_SQL), params)
            planned += [delivery_id for (delivery_id,) in cursor.fetchall()]
    return planned
