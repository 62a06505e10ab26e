"""What people were sent and what else waits for them, over all channels and campaigns."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from channels.arbiter.frequency import Call, Rival
from channels.arbiter.rows import HOLDOUT, Row
from channels.models.delivery import REACHED_SQL
from config import prepared

# Each row is looked up by its key (lateral joins that cannot be turned round): the planner, whose statistics never know
# a new run, would else walk through a whole message. The conditions on `state` repeat those of the two indexes.
CONTACTS = f"""
    SELECT person.id, m.cap_class, (d.called_at AT TIME ZONE person.zone)::date, NULL::bigint, NULL::smallint,
           NULL::timestamptz
    FROM unnest(%(people)s::bigint[], %(zones)s::text[]) AS person (id, zone)
    CROSS JOIN LATERAL (
        SELECT message_id, called_at FROM channels_delivery
        WHERE customer_id = person.id AND called_at >= %(since)s
          AND state IN {REACHED_SQL} OFFSET 0) AS d
    CROSS JOIN LATERAL (
        SELECT cap_class FROM channels_message WHERE id = d.message_id AND purpose = 'marketing' OFFSET 0) AS m
    UNION ALL
    SELECT asked.id, m.cap_class, (greatest(d.due_at, a.resting_until) AT TIME ZONE asked.zone)::date, d.id, d.priority,
           greatest(d.due_at, a.resting_until)
    FROM unnest(%(rows)s::bigint[], %(customers)s::bigint[], %(messages)s::bigint[], %(occurrences)s::bigint[],
                %(row_zones)s::text[]) AS asked (id, customer_id, message_id, occurrence, zone)
    CROSS JOIN LATERAL (
        SELECT id, message_id, account_id, due_at, priority FROM channels_delivery
        WHERE customer_id = asked.customer_id AND state = 'planned' AND arm <> %(holdout)s
          AND (expires_at IS NULL OR expires_at > %(at)s)
          AND NOT (message_id = asked.message_id AND asked.occurrence IN (0, occurrence)) OFFSET 0) AS d
    CROSS JOIN LATERAL (
        SELECT cap_class FROM channels_message
        WHERE id = d.message_id AND purpose = 'marketing' AND cancelled_at IS NULL AND paused_at IS NULL OFFSET 0) AS m
    CROSS JOIN LATERAL (
        SELECT p.resting_until FROM channels_account LEFT JOIN channels_pace p ON p.account_id = channels_account.id
        WHERE channels_account.id = d.account_id AND paused_at IS NULL OFFSET 0) AS a
"""  # noqa: S608 (our own words)


class Contacts(NamedTuple):
    """`calls` by customer: what she was sent. `rivals` by row: what else waits for the same person and could go,
    so not of a paused message or account, not for a control, not expired. A message that is not planned yet (its
    occurrence is 0) has no rival in its own earlier runs."""

    calls: dict[int, list[Call]]
    rivals: dict[int, list[Rival]]


def load(rows: Sequence[Row], zones: Sequence[str], since: datetime, at: datetime) -> Contacts:
    """All of it in one statement, by the days of each row's zone; who has had nothing since then, and waits for
    nothing else, is in neither."""
    found = Contacts(defaultdict(list), defaultdict(list))
    with prepared.cursor() as cursor:
        cursor.execute(CONTACTS, values(rows, zones, since, at))
        for key, cap_class, day, rival_id, priority, due_at in cursor.fetchall():
            if rival_id is None:
                found.calls[key].append(Call(cap_class, day))
            else:
                found.rivals[key].append(Rival(rival_id, priority, cap_class, due_at, day))
    return found


def values(rows: Sequence[Row], zones: Sequence[str], since: datetime, at: datetime) -> dict[str, Any]:
    """The parameters of the statement."""
    customers = [row.customer_id for row in rows]
    people = dict(zip(customers, zones, strict=True))
    return {
        "people": list(people),
        "zones": list(people.values()),
        "since": since,
        "rows": [row.id for row in rows],
        "customers": customers,
        "messages": [row.message_id for row in rows],
        "occurrences": [row.occurrence for row in rows],
        "row_zones": list(zones),
        "holdout": HOLDOUT,
        "at": at,
    }
