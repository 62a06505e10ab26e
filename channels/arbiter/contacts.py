"""What people were sent and what else waits for them, over all channels and campaigns, in one statement."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from channels.arbiter.frequency import Call, Rival
from channels.arbiter.rows import HOLDOUT

# Each row is looked up by its key (lateral joins that cannot be turned round): the planner, whose statistics never know
# a new run, would else walk through a whole message. The conditions on `state` repeat those of the two indexes.
# Of waiting messages only those that could go: not of a paused message or account, not for a control, not expired.
CONTACTS = """
    SELECT d.customer_id, d.message_id, d.occurrence, NULL::bigint, d.priority, m.cap_class, d.called_at
    FROM unnest(%(people)s::bigint[]) AS person (id)
    CROSS JOIN LATERAL (
        SELECT * FROM channels_delivery WHERE customer_id = person.id AND called_at >= %(since)s
           AND state IN ('calling', 'accepted', 'delivered', 'complained', 'unknown') OFFSET 0) AS d
    CROSS JOIN LATERAL (
        SELECT cap_class FROM channels_message WHERE id = d.message_id AND purpose = 'marketing' OFFSET 0) AS m
    UNION ALL
    SELECT d.customer_id, d.message_id, d.occurrence, d.id, d.priority, m.cap_class, greatest(d.due_at, a.resting_until)
    FROM unnest(%(people)s::bigint[]) AS person (id)
    CROSS JOIN LATERAL (
        SELECT * FROM channels_delivery
        WHERE customer_id = person.id AND state = 'planned' AND arm <> %(holdout)s
          AND (expires_at IS NULL OR expires_at > %(at)s) OFFSET 0) AS d
    CROSS JOIN LATERAL (
        SELECT cap_class FROM channels_message
        WHERE id = d.message_id AND purpose = 'marketing' AND cancelled_at IS NULL AND paused_at IS NULL OFFSET 0) AS m
    CROSS JOIN LATERAL (
        SELECT p.resting_until FROM channels_account LEFT JOIN channels_pace p ON p.account_id = channels_account.id
        WHERE channels_account.id = d.account_id AND paused_at IS NULL OFFSET 0) AS a
"""


class Waiting(NamedTuple):
    """`run`: message and occurrence, so that a message is not a rival of its own."""

    run: tuple[int, int]
    rival: Rival


class Contacts:
    """By customer: what she was sent since the given time, and what waits."""

    def __init__(self) -> None:
        self.calls: defaultdict[int, list[Call]] = defaultdict(list)
        self.waiting: defaultdict[int, list[Waiting]] = defaultdict(list)


def load(people: Collection[int], since: datetime, at: datetime) -> Contacts:
    found = Contacts()
    values: dict[str, Any] = {"people": list(people), "since": since, "at": at, "holdout": HOLDOUT}
    with connection.cursor() as cursor:
        cursor.execute(CONTACTS, values)
        for person, message, occurrence, row_id, priority, cap_class, when in cursor.fetchall():
            if row_id is None:
                found.calls[person].append(Call(cap_class, when))
            else:
                rival = Rival(row_id, priority, cap_class, when)
                found.waiting[person].append(Waiting((message, occurrence), rival))
    return found
