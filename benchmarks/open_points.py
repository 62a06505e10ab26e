"""What the page of open points and the figures of the programme ask, over a ledger of two years.

Grants, spends and ends are written bare; then each answer is timed, the median of some rounds. All are one statement
each, so what is timed is the statement.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks import _database  # noqa: E402
from benchmarks._loyalty import ACCOUNTS, NOW, PEOPLE  # noqa: E402
from loyalty import liability, programs  # noqa: E402
from loyalty.models import Entry, Lot, Program  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_open_points"
MONTHS = 24
# A reference is account/month; `n` is the month's number.
LIFE = (
    """CREATE TEMPORARY TABLE plan AS
    SELECT a.id AS account_id, n, %(now)s - interval '30 days' * (%(months)s - n) AS at, n <= 12 AS over,
        CASE WHEN (a.id + n) %% 20 < 9 THEN 60 ELSE 0 END AS spent
    FROM loyalty_account a CROSS JOIN generate_series(1, %(months)s) n""",
    """INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, counts_for_tier, at)
    SELECT %(program)s, account_id, 'earn', 100, 'load', account_id || '/' || n, true, at FROM plan ORDER BY n""",
    """INSERT INTO loyalty_lot (entry_id, account_id, granted, remaining, available_from, expires_at)
    SELECT e.id, e.account_id, 100, CASE WHEN p.over THEN 0 ELSE 100 - p.spent END, e.at,
        e.at + interval '360 days'
    FROM loyalty_entry e JOIN plan p ON e.reference = p.account_id || '/' || p.n WHERE e.kind = 'earn'""",
    """INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, at)
    SELECT %(program)s, account_id, 'spend', -60, 'load', account_id || '/' || n, at + interval '20 days'
    FROM plan WHERE spent > 0 ORDER BY n""",
    """INSERT INTO loyalty_entry (program_id, account_id, kind, points, source, reference, at)
    SELECT %(program)s, account_id, 'expire', spent - 100, 'load', account_id || '/' || n, at + interval '360 days'
    FROM plan WHERE over ORDER BY n""",
    """INSERT INTO loyalty_allocation (debit_id, lot_id, points)
    SELECT d.id, e.id, -d.points FROM loyalty_entry d JOIN loyalty_entry e USING (reference)
    WHERE d.points < 0 AND e.kind = 'earn'""",
    """UPDATE loyalty_account a SET balance = s.points
    FROM (SELECT account_id, sum(points) AS points FROM loyalty_entry GROUP BY 1) s WHERE s.account_id = a.id""",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with _database.scratch():
        call_command("migrate", verbosity=0)
        program = Program.objects.create(key="bench", name="Bench", worth_of_100=100)
        live(program, options.bookings)
        asked: dict[str, Callable[[Program, Any], Any]] = {
            "open_now": liability.open_now,
            "flows": liability.flows,
            "cohorts": liability.cohorts,
            "endings": liability.endings,
            "month": programs.month,
        }
        figures: dict[str, float] = {
            f"{name}_ms": round(1000 * timed(lambda ask=ask: ask(program, NOW), options.rounds))  # type: ignore[misc]
            for name, ask in asked.items()
        }
        print(
            json.dumps({"bookings": Entry.objects.count(), "lots": Lot.objects.count()} | figures, indent=2)
        )


def live(program: Program, bookings: int) -> None:
    """Each account is given 100 points a month, of which nine in twenty lots pay a spend of 60; what is left of the
    first year has ended. Written bare, as the ledger would have."""
    accounts = bookings * 100 // 195 // MONTHS
    params = {"program": program.pk, "now": NOW, "months": MONTHS}
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [accounts])
        cursor.execute(ACCOUNTS, [program.pk])
        for statement in LIFE:
            cursor.execute(statement, params)
            cursor.execute("ANALYZE")  # the next one joins what this one wrote


def timed(ask: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _round in range(rounds):
        start = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


if __name__ == "__main__":
    main()
