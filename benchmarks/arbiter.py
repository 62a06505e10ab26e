"""How long the arbiter takes to decide about everybody, and about a slice.

Ours is the dry run of a campaign to a million people with all gates, as the review shows it: consent, suppression,
address, hours, limits, rivals. Beside it, in the same run on the same rows, a loop that asks the same questions of one
person after another with the ORM. Besides: what the gates cost in a slice of 200, where nothing is written either.
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks import _arbiter, _database  # noqa: E402
from channels import tasks  # noqa: E402
from channels.arbiter import eligibility, facts  # noqa: E402
from channels.delivery import dry_runs  # noqa: E402
from channels.models import Delivery, MessageVersion  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_arbiter"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SLICE = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=2_000, help="people that the loop asks about")
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    options = parser.parse_args()
    tasks.start_afresh()  # dry runs of many are a worker's
    with _database.scratch():
        call_command("migrate", verbosity=0)
        version = _arbiter.fill(options.people, NOW)
        rounds = [one_round(version, options.people, options.sample) for _ in range(options.rounds)]
    print(json.dumps(summary(rounds)))


def one_round(version: MessageVersion, people: int, sample: int) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    dry = dry_runs.count(version, _arbiter.Everybody(), NOW)
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    if dry.audience != people or len(dry.counts) < 6:
        sys.exit(f"The dry run went wrong: {dict(dry.counts)}")
    figures = {
        "seconds": seconds,
        "people_per_second": people / seconds,
        "python_microseconds_per_person": 1e6 * busy / people,
        "slice_milliseconds": slice_milliseconds(version),
        "one_by_one_per_second": one_by_one(version, sample),
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def slice_milliseconds(version: MessageVersion, rounds: int = 50) -> float:
    """The median time of judging 200 planned rows, from their facts to their verdicts."""
    ids = list(Delivery.objects.filter(version=version).order_by("id").values_list("id", flat=True))
    times = []
    for start in range(0, min(len(ids), rounds * SLICE), SLICE):
        began = time.perf_counter()
        rows = facts.load(ids[start : start + SLICE])
        eligibility.judge(rows, NOW, facts.taken(rows))
        times.append(1000 * (time.perf_counter() - began))
    return median(times)


def one_by_one(version: MessageVersion, sample: int) -> float:
    """People a second when each is asked about by herself."""
    ids = _arbiter.sample(sample)
    began = time.perf_counter()
    for customer_id in ids:
        _arbiter.may_be_written_to(customer_id, version, NOW)
    return len(ids) / (time.perf_counter() - began)


def summary(rounds: list[dict[str, float]]) -> dict[str, Any]:
    middle = {name: median([each[name] for each in rounds]) for name in rounds[0]}
    ratio = middle["people_per_second"] / middle["one_by_one_per_second"]
    return {
        "bench": "arbiter",
        "ratios": {"one_by_one": round(ratio, 1)},
        "figures": {name: round(value, 2) for name, value in middle.items()},
    }


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
