"""One planned row for everybody in the audience, in chunks that can be repeated and resumed."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels import suppression
from channels.arbiter import numbers, policy
from channels.arbiter.openings import Openings
from channels.arbiter.policy import Policy
from channels.arbiter.rows import Whereabouts
from channels.delivery import arms, routing
from channels.delivery.arms import Allotment
from channels.delivery.audience import CHUNK_SQL, LANGUAGE_SQL, Audience, languages
from channels.delivery.routing import Route
from channels.models import Delivery, Message, MessageVersion
from channels.signals import deliveries_planned
from customers.models import Origin

CHUNK = 50_000


class Planned(NamedTuple):
    """`last_id`: planned up to this customer id, None when nobody was left; `rows`: newly written."""

    last_id: int | None
    rows: int


PLACES = """
    SELECT DISTINCT c.time_zone, c.country, h.hour, CASE WHEN %s THEN left(c.phone, %s) ELSE '' END
    FROM customers_customer c LEFT JOIN channels_habit h ON h.customer_id = c.id WHERE c.id = ANY(%s)
"""
PLAN = """
    INSERT INTO channels_delivery (message_id, occurrence, version_id, account_id, channel, priority,
                                   due_at, expires_at, reason, customer_id, language, arm{column})
    SELECT %s, %s, %s, %s, %s, %s, coalesce(opening.at, %s), %s, coalesce(opening.reason, ''), c.id, {language},
           {arm}{variant}
    FROM unnest(%s::bigint[]) AS chunk (id)
    JOIN customers_customer c ON c.id = chunk.id
    LEFT JOIN channels_habit h ON h.customer_id = c.id
    LEFT JOIN unnest(%s::text[], %s::text[], %s::int[], %s::text[], %s::timestamptz[], %s::text[])
         AS opening (time_zone, country, hour, digits, at, reason)
      ON opening.time_zone = c.time_zone AND opening.country = c.country AND opening.hour = coalesce(h.hour, -1)
     AND opening.digits = CASE WHEN %s THEN left(c.phone, %s) ELSE '' END
    ORDER BY c.id
    ON CONFLICT (message_id, occurrence, customer_id, attempt) DO NOTHING
    RETURNING id
"""
GROWN = "SELECT reltuples < 5 * %s FROM pg_class WHERE oid = 'channels_delivery'::regclass"
MANY = 5_000
TOLD_AT_ONCE = 10_000


@transaction.atomic
def plan(
    version: MessageVersion,
    occurrence: int,
    audience: Audience,
    after_id: int,
    due_at: datetime,
    limit: int = CHUNK,
    holdout: float = 0.0,
) -> Planned:
    """Plan the next `limit` customers of the audience above `after_id`, each when her clock allows it.

    Call it until `last_id` is None, each time with the last one; a repeated chunk adds nothing. The caller
    saves `last_id` in the same transaction. `holdout` is the share (0 to 1) that is not written to.
    """
    with connection.cursor() as cursor:
        cursor.execute(CHUNK_SQL.format(audience=audience.sql), [*audience.params, after_id, limit])
        ids: list[int] | None = cursor.fetchone()[0]
    if not ids:
        return Planned(None, 0)
    run = Run(version, occurrence, due_at, holdout, arms.allotment(version))
    rows = [pk for route, people in routing.groups(version, ids) for pk in _write(run, route, people)]
    # Makes the Reach rows, which sending locks.
    suppression.refresh_keys(ids, [route.channel for route in routing.of(version)])
    _tell_planner(len(rows))
    for start in range(0, len(rows), TOLD_AT_ONCE):
        part = rows[start : start + TOLD_AT_ONCE]
        deliveries_planned.send(Delivery, ids=part, at=due_at, origin=Origin.LIVE)
    return Planned(ids[-1], len(rows))


def _tell_planner(rows: int) -> None:
    """When the ledger has grown by a lot: sending begins at once, and until autovacuum comes by the database would look
    for these rows as if there were hardly any."""
    if rows < MANY:
        return
    with connection.cursor() as cursor:
        cursor.execute(GROWN, [rows])
        if cursor.fetchone()[0]:
            cursor.execute("ANALYZE channels_delivery, channels_reach")


class Run(NamedTuple):
    version: MessageVersion
    occurrence: int
    due_at: datetime
    holdout: float
    allotment: Allotment


def _write(run: Run, route: Route, ids: list[int]) -> list[int]:
    """One row for each of these customers who has none yet; the new ones."""
    message, rule, due_at = run.version.message, policy.load(), run.due_at
    written, fallback = languages(run.version, route.channel)
    params: list[Any] = [message.pk, run.occurrence, run.version.pk, route.account_id, route.channel]
    params += [message.priority, due_at, rule.expiry(message, due_at), written, written, fallback]
    params += [f"message:{message.pk}", run.holdout, *run.allotment.params]
    by_number = [route.channel in numbers.ON_NUMBERS, numbers.FIRST]
    params += [ids, *_openings(message, rule, route.channel, ids, due_at), *by_number]
    with connection.cursor() as cursor:
        cursor.execute(_statement(run.allotment), params)
        return [delivery_id for (delivery_id,) in cursor.fetchall()]


def _statement(allotment: Allotment) -> str:
    """Without variants the column is left to its default."""
    column, variant = (", variant", f", {allotment.sql}") if allotment.sql else ("", "")
    return PLAN.format(language=LANGUAGE_SQL, arm=arms.ARM_SQL, column=column, variant=variant)


def _openings(
    message: Message, rule: Policy, channel: str, ids: list[int], due_at: datetime
) -> list[list[Any]]:
    """Columns: each zone, country, best hour and first digits of the number among these customers, and when they are
    written to first, and why then."""
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [channel in numbers.ON_NUMBERS, numbers.FIRST, ids])
        places = cursor.fetchall()
    when = Openings(rule)
    days = None if message.allowed_days is None else tuple(message.allowed_days)
    lines: list[tuple[Any, ...]] = []
    for zone, country, hour, phone in places:
        digits = numbers.first_digits(channel, phone)
        opening = when.planned(message, Whereabouts(zone, country, channel, days, digits), hour, due_at)
        lines.append((zone, country, -1 if hour is None else hour, phone, *opening))
    return [list(column) for column in zip(*lines, strict=True)]
