"""Learn each night from what people answered to: clicks that we may know of, and orders.

Only messages count whose clicks we may know: of somebody who does not want to be tracked, silence says nothing.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels.arbiter import learning, places, policy, timing
from channels.arbiter.policy import Policy
from channels.models import DeliveryPolicy
from channels.models.delivery import REACHED_SQL

CHUNK = 50_000
MEMORY = timedelta(days=365)

# Of each person, in order of their ids: the messages of a year with their first human click, and the last order.
ANSWERS = f"""
    WITH chunk AS (
        SELECT id, time_zone, country FROM customers_customer
        WHERE id > %(after)s AND merged_into_id IS NULL AND erased_at IS NULL ORDER BY id LIMIT %(limit)s),
    got AS (
        SELECT d.customer_id, d.channel, d.called_at,
               (SELECT min(e.at) FROM channels_deliveryevent e
                WHERE e.delivery_id = d.id AND e.kind = 'clicked' AND e.human AND e.at <= %(at)s) AS answered_at
        FROM chunk JOIN channels_delivery d ON d.customer_id = chunk.id
        JOIN channels_message m ON m.id = d.message_id AND m.purpose = 'marketing'
        WHERE d.called_at >= %(since)s AND d.called_at <= %(at)s AND d.tracked
          AND d.state IN {REACHED_SQL})
    SELECT chunk.id, chunk.time_zone, chunk.country, stats.last_order_at,
           array_agg(got.called_at ORDER BY got.called_at),
           array_agg(got.answered_at) FILTER (WHERE got.answered_at IS NOT NULL),
           array_agg(got.channel::text ORDER BY got.channel) FILTER (WHERE got.answered_at IS NOT NULL)
    FROM chunk JOIN got ON got.customer_id = chunk.id
    LEFT JOIN customers_customerstats stats ON stats.customer_id = chunk.id
    GROUP BY chunk.id, chunk.time_zone, chunk.country, stats.last_order_at
"""  # noqa: S608 (our own words)
LAST = """
    SELECT max(id) FROM (SELECT id FROM customers_customer WHERE id > %s AND merged_into_id IS NULL
                         AND erased_at IS NULL ORDER BY id LIMIT %s) AS chunk
"""
FORGET = (
    "DELETE FROM channels_habit WHERE customer_id > %s AND customer_id <= %s AND NOT (customer_id = ANY(%s))"
)
# Of those after the last who is known: each of them was erased or merged.
FORGET_REST = "DELETE FROM channels_habit WHERE customer_id > %s"
REMEMBER = """
    INSERT INTO channels_habit AS old (customer_id, unanswered, answered_at, stretch, hour, channel)
    SELECT * FROM unnest(%s::bigint[], %s::int[], %s::timestamptz[], %s::int[], %s::int[], %s::text[])
    ON CONFLICT (customer_id) DO UPDATE
    SET unanswered = EXCLUDED.unanswered, answered_at = EXCLUDED.answered_at, stretch = EXCLUDED.stretch,
        hour = EXCLUDED.hour, channel = EXCLUDED.channel
    WHERE (old.unanswered, old.answered_at, old.stretch, old.hour, old.channel)
          IS DISTINCT FROM (EXCLUDED.unanswered, EXCLUDED.answered_at, EXCLUDED.stretch, EXCLUDED.hour,
                            EXCLUDED.channel)
"""
# By the shop's clock where hers is not known: it only says what is usual.
USUAL = """
    SELECT extract(hour FROM e.at AT TIME ZONE coalesce(nullif(c.time_zone, ''), %(zone)s))::int, count(*)
    FROM channels_deliveryevent e
    JOIN channels_delivery d ON d.id = e.delivery_id JOIN customers_customer c ON c.id = d.customer_id
    WHERE e.kind = 'clicked' AND e.human AND e.at >= %(since)s AND e.at <= %(at)s
      AND (c.time_zone = '' OR c.time_zone IN (SELECT name FROM pg_timezone_names))
    GROUP BY 1
"""


class Line(NamedTuple):
    """A row of Habit."""

    customer_id: int
    unanswered: int
    answered_at: datetime | None
    stretch: int
    hour: int | None
    channel: str


class Usual(NamedTuple):
    """What holds for everybody: answers by hour, the hours in which we write at all, the shop's zone."""

    answers: list[int]
    hours: list[int]
    zone: str


def learn(at: datetime) -> int:
    """Learn about everybody anew, in chunks of their own transactions; returns how many people we know something of."""
    rule = policy.load()
    usual = Usual(_usual(rule, at), open_hours(rule), rule.zone)
    best = learning.best_hour([0] * 24, usual.answers, usual.hours) if any(usual.answers) else None
    DeliveryPolicy.objects.filter(pk=1).update(best_hour=best)
    after, known = 0, 0
    while (last := _last(after)) is not None:
        known += _chunk(after, last, usual, at)
        after = last
    with connection.cursor() as cursor:
        cursor.execute(FORGET_REST, [after])
    return known


def open_hours(rule: Policy) -> list[int]:
    """The hours of a day of which no minute is quiet."""
    return [
        hour
        for hour in range(24)
        if not any(timing.quiet_span(time(hour, minute), rule.window) for minute in range(60))
    ]


@transaction.atomic
def _chunk(after: int, last: int, usual: Usual, at: datetime) -> int:
    values: dict[str, Any] = {"after": after, "limit": CHUNK, "since": at - MEMORY, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, values)
        lines = [_line(row, usual, at) for row in cursor.fetchall()]
        cursor.execute(FORGET, [after, last, [line.customer_id for line in lines]])
        if lines:
            cursor.execute(REMEMBER, [list(column) for column in zip(*lines, strict=True)])
    return len(lines)


def _line(row: Any, usual: Usual, at: datetime) -> Line:
    customer_id, time_zone, country, ordered_at, called, clicked, channels = row
    zone = places.zones(time_zone, country, usual.zone)[0]
    answered_at = max(
        [*(clicked or []), *([ordered_at] if ordered_at and ordered_at <= at else [])], default=None
    )
    since = [each for each in called if answered_at is None or each > answered_at]
    silent = at - (answered_at or called[0])
    own = Counter(each.astimezone(zone).hour for each in clicked or [])
    hour = learning.best_hour([own[each] for each in range(24)], usual.answers, usual.hours) if own else None
    return Line(
        customer_id,
        len(since),
        answered_at,
        learning.stretch(len(since), silent),
        hour,
        _most(channels or []),
    )


def _most(names: Iterable[str]) -> str:
    """The most frequent; the first by name of equals."""
    counted = Counter(names)
    return min(counted, key=lambda name: (-counted[name], name), default="")


def _usual(rule: Policy, at: datetime) -> list[int]:
    values: dict[str, Any] = {"zone": rule.zone, "since": at - MEMORY, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(USUAL, values)
        counted = dict(cursor.fetchall())
    return [counted.get(hour, 0) for hour in range(24)]


def _last(after: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(LAST, [after, CHUNK])
        last: int | None = cursor.fetchone()[0]
    return last
