"""How far a run is, from its rows: nothing is stored, so nothing can disagree."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from channels.delivery.dry_runs import Outcome

OPEN = ("planned", "calling")
# People are counted by their last attempt: rows that a later attempt supersedes are taken off again.
COUNTS = """
    SELECT state, reason, sum(n), sum(recent), min(first_call), min(first_due), max(last_due) FROM (
        SELECT state, reason, count(*) AS n, count(*) FILTER (WHERE called_at > %(since)s) AS recent,
               min(called_at) AS first_call, min(due_at) FILTER (WHERE state = 'planned') AS first_due,
               max(due_at) FILTER (WHERE state = 'planned') AS last_due
        FROM channels_delivery WHERE message_id = %(message)s AND occurrence = %(occurrence)s
        GROUP BY state, reason
        UNION ALL
        SELECT earlier.state, earlier.reason, -count(*), 0, NULL, NULL, NULL
        FROM channels_delivery later
        JOIN channels_delivery earlier
          ON earlier.message_id = later.message_id AND earlier.occurrence = later.occurrence
         AND earlier.customer_id = later.customer_id AND earlier.attempt = later.attempt - 1
        WHERE later.attempt > 0 AND later.message_id = %(message)s AND later.occurrence = %(occurrence)s
        GROUP BY earlier.state, earlier.reason
    ) AS part GROUP BY state, reason HAVING sum(n) > 0
"""
WINDOW = timedelta(minutes=1)


class Due(NamedTuple):
    """When the first and the last of those who wait are asked again."""

    first: datetime
    last: datetime


class Progress(NamedTuple):
    """`counts` by (state, reason), `due` of those that wait; `per_second` over the last minute; `ends_at` if it goes
    on like this, None while somebody is not due yet."""

    counts: dict[Outcome, int]
    per_second: float
    ends_at: datetime | None
    due: dict[Outcome, Due] = {}

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        return self.count(*OPEN)

    @property
    def finished(self) -> bool:
        """Nobody is waiting or being called. True for a run without any row, too."""
        return self.open == 0

    def count(self, *states: str) -> int:
        return sum(n for outcome, n in self.counts.items() if outcome.state in states)


def of(message_id: int, occurrence: int, at: datetime) -> Progress:
    values: dict[str, Any] = {"message": message_id, "occurrence": occurrence, "since": at - WINDOW}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, values)
        rows = cursor.fetchall()
    counts = {Outcome(state, reason): int(n) for state, reason, n, *_rest in rows}
    due = {Outcome(*row[:2]): Due(*row[5:]) for row in rows if row[5]}
    calls = sum(int(row[3]) for row in rows)
    started = min((row[4] for row in rows if row[4]), default=at)
    seconds = max(1.0, min((at - started).total_seconds(), WINDOW.total_seconds()))
    rate = calls / seconds
    open_rows = sum(n for outcome, n in counts.items() if outcome.state in OPEN)
    goes_on = rate and open_rows and all(each.last <= at for each in due.values())
    return Progress(counts, rate, at + timedelta(seconds=open_rows / rate) if goes_on else None, due)
