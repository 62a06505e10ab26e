"""What the page of open points and the figures of the programme ask, over a ledger of two years.

Grants, spends and ends are booked through the ledger, month by month; then each answer is timed, the median of some
rounds. All are one statement each, so what is timed is the statement.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable
from datetime import timedelta
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
from benchmarks._loyalty import NOW, PEOPLE  # noqa: E402
from customers.models import Customer  # noqa: E402
from loyalty import ledger, liability, programs  # noqa: E402
from loyalty.bookings import Booking  # noqa: E402
from loyalty.models import Entry, Lot, Program  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_open_points"
MONTHS, AT_ONCE = 24, 5_000
MONTH = timedelta(days=30)


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
        print(json.dumps({"bookings": Entry.objects.count(), "lots": Lot.objects.count()} | figures, indent=2))


def live(program: Program, bookings: int) -> None:
    """Two thirds are grants that end after a year; half as many spends; what is left of the first year ends."""
    each = bookings * 3 // 5 // MONTHS
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [each])
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    draw = random.Random(1)  # noqa: S311 (repeatable, not secret)
    for number in range(MONTHS):
        at = NOW - MONTH * (MONTHS - number)
        ledger.expire(at)
        for start in range(0, each, AT_ONCE):
            some = people[start : start + AT_ONCE]
            ledger.earn(program, [grant(pk, number, at) for pk in some], at)
            spending = [pk for pk in some if draw.random() < 0.45]
            ledger.spend(program, [Booking(pk, 60, "spend", f"{pk}/{number}") for pk in spending], at)
    ledger.expire(NOW)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def grant(pk: int, number: int, at: Any) -> Booking:
    ends = at + MONTH * 12
    return Booking(
        pk, 100, "grant", f"{pk}/{number}", counts_for_tier=True, available_from=at, expires_at=ends
    )


def timed(ask: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _round in range(rounds):
        start = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


if __name__ == "__main__":
    main()
