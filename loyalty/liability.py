"""What is open, what became of the points of each month, and what will end: for marketing and for the accountant.

Each answer is one statement over the ledger, whatever the number of customers. Cost grows with the bookings: at 300,000
of them (154,000 lots) all four together took 3.3 seconds on a busy machine, most of it the grant months
(`./stammkunde bench open_points`), so those of a large ledger are kept (liability_reports.py). Months are those of the
programme's zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from config import clocks
from config.clocks import months_later
from loyalty.models import Program

MONTHS = 24
AHEAD = 12


class Open(NamedTuple):
    """Points that are not spent and have not ended. `waiting` of them cannot be spent yet; `owed` is what customers
    have spent beyond what was theirs."""

    points: int
    waiting: int
    owed: int


class Flow(NamedTuple):
    """A month's points. `corrected` is signed; spends that were given back are taken off `spent`. Earned less spent,
    ended and returned, and with corrections, is by how much the points of all grew."""

    month: date
    earned: int
    spent: int
    ended: int
    returned: int
    corrected: int


class Cohort(NamedTuple):
    """What has become of the points that were granted in a month; what was passed on counts where it is now."""

    month: date
    granted: int
    spent: int
    ended: int
    returned: int
    open: int


class Ending(NamedTuple):
    month: date
    points: int


OPEN = """
    SELECT coalesce(sum(l.remaining), 0)::bigint,
        coalesce(sum(l.remaining) FILTER (WHERE l.available_from IS NULL OR l.available_from > %(at)s), 0)::bigint,
        (SELECT coalesce(sum(debt), 0)::bigint FROM loyalty_account WHERE program_id = %(program)s)
    FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id
    WHERE a.program_id = %(program)s AND l.remaining > 0 AND (l.expires_at IS NULL OR l.expires_at > %(at)s)
"""
FLOWS = """
    SELECT date_trunc('month', e.at AT TIME ZONE %(zone)s)::date,
        coalesce(sum(e.points) FILTER (WHERE e.kind = 'earn'), 0)::bigint,
        coalesce(-sum(e.points) FILTER (WHERE e.kind = 'spend' OR r.kind = 'spend'), 0)::bigint,
        coalesce(-sum(e.points) FILTER (WHERE e.kind = 'expire'), 0)::bigint,
        coalesce(-sum(e.points) FILTER (WHERE r.kind = 'earn'), 0)::bigint,
        coalesce(sum(e.points) FILTER (WHERE e.kind = 'adjust' OR r.kind = 'adjust'), 0)::bigint
    FROM loyalty_entry e LEFT JOIN loyalty_entry r ON r.id = e.reverses_id
    WHERE e.program_id = %(program)s AND e.at <= %(at)s GROUP BY 1 ORDER BY 1
"""
COHORTS = """
    WITH used AS (
        SELECT p.lot_id,
            sum(p.points) FILTER (WHERE d.kind = 'spend') AS spent,
            sum(p.points) FILTER (WHERE d.kind = 'expire') AS ended,
            sum(p.points) FILTER (WHERE d.kind IN ('reverse', 'adjust')) AS returned,
            sum(p.points) FILTER (WHERE d.kind = 'transfer_out') AS passed_on
        FROM loyalty_allocation p JOIN loyalty_entry d ON d.id = p.debit_id GROUP BY p.lot_id
    )
    SELECT date_trunc('month', e.at AT TIME ZONE %(zone)s)::date,
        sum(l.granted - coalesce(u.passed_on, 0))::bigint, coalesce(sum(u.spent), 0)::bigint,
        (coalesce(sum(u.ended), 0)
         + coalesce(sum(l.remaining) FILTER (WHERE l.expires_at <= %(at)s), 0))::bigint,
        coalesce(sum(u.returned), 0)::bigint,
        coalesce(sum(l.remaining) FILTER (WHERE l.expires_at IS NULL OR l.expires_at > %(at)s), 0)::bigint
    FROM loyalty_lot l JOIN loyalty_entry e ON e.id = l.entry_id LEFT JOIN used u ON u.lot_id = l.entry_id
    WHERE e.program_id = %(program)s GROUP BY 1 ORDER BY 1
"""
ENDINGS = """
    SELECT date_trunc('month', (l.expires_at - interval '1 microsecond') AT TIME ZONE %(zone)s)::date,
        sum(l.remaining)::bigint
    FROM loyalty_lot l JOIN loyalty_account a ON a.id = l.account_id
    WHERE a.program_id = %(program)s AND l.remaining > 0 AND l.expires_at > %(at)s AND l.expires_at <= %(until)s
    GROUP BY 1 ORDER BY 1
"""


def open_now(program: Program, at: datetime) -> Open:
    return Open(*_ask(OPEN, program, at)[0])


def flows(program: Program, at: datetime) -> list[Flow]:
    """The last MONTHS months, those without a booking too."""
    found = {row[0]: Flow(*row) for row in _ask(FLOWS, program, at)}
    if not found:
        return []
    today = _today(program, at)
    first = max(min(found), months_later(today.replace(day=1), 1 - MONTHS))
    return [found.get(month, Flow(month, 0, 0, 0, 0, 0)) for month in _months(first, today)]


def cohorts(program: Program, at: datetime) -> list[Cohort]:
    """All months in which points were granted, newest first; those before the last MONTHS as one, under its oldest."""
    rows = [Cohort(*row) for row in _ask(COHORTS, program, at)]
    first = months_later(_today(program, at).replace(day=1), 1 - MONTHS)
    older = [row for row in rows if row.month < first]
    if len(older) > 1:
        sums = [sum(values) for values in zip(*(row[1:] for row in older), strict=True)]
        rows = [Cohort(older[0].month, *sums), *rows[len(older) :]]
    return rows[::-1]


def endings(program: Program, at: datetime) -> list[Ending]:
    """What ends in the next AHEAD months if nobody spends it, the rest of this month first."""
    today = _today(program, at)
    found = dict(_ask(ENDINGS, program, at))
    return [
        Ending(month, found.get(month, 0))
        for month in _months(today.replace(day=1), months_later(today, AHEAD - 1))
    ]


def worth(program: Program, points: int) -> int | None:
    """Minor units of the shop's currency, rounded to the nearest; None where the programme names no worth."""
    if program.worth_of_100 is None:
        return None
    return (points * program.worth_of_100 + 50) // 100


@dataclass(frozen=True)
class Breakage:
    """Of the points whose month is over for good (nothing open any more), the share that ended unspent."""

    granted: int
    ended: int

    @property
    def share(self) -> float | None:
        return self.ended / self.granted if self.granted else None


def breakage(rows: list[Cohort]) -> Breakage:
    over = [row for row in rows if not row.open]
    return Breakage(sum(row.granted - row.returned for row in over), sum(row.ended for row in over))


def _today(program: Program, at: datetime) -> date:
    return clocks.local_day(at, program.time_zone)


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = months_later(month, 1)


def _ask(statement: str, program: Program, at: datetime) -> list[Any]:
    end = months_later(_today(program, at).replace(day=1), AHEAD)
    until = datetime.combine(end, datetime.min.time(), ZoneInfo(program.time_zone))
    params: dict[str, Any] = {"program": program.pk, "zone": program.time_zone, "at": at, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
