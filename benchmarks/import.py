"""How fast a retailer's history comes in: the real file beside raw COPY of the very rows it becomes.

Ours is everything: unpacking, checking, reading, deciding, customers, products, orders, roll-up rows and signals, from
an empty database to the last commit. With --events N it is a made file of N events instead, of which every kind of line
is new. Raw COPY writes the finished orders and lines, and nothing else, into two bare
tables with the same indexes, in the same run on the same server.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _database  # noqa: E402
from customers import stats  # noqa: E402
from customers.imports import jobs, running  # noqa: E402
from customers.imports.options import Options  # noqa: E402
from customers.models import ImportJob  # noqa: E402

DATABASE = settings.DATABASES["default"]
DATABASE["NAME"] = "bench_import"
TABLES = {"customers_order": "raw_order", "customers_orderline": "raw_line"}
FILLED = ("customers_customer", "customers_product", "customers_shop", "customers_importjob")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    parser.add_argument(
        "--events", type=int, metavar="N", help="a made file of N events, once, without raw COPY"
    )
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.events:
        print(json.dumps(events(options)))
        return
    path = retail_file()
    if options.once:
        print(json.dumps(import_once(path)))
        return
    with _database.scratch():
        call_command("migrate", verbosity=0)
        rounds = [one_round() for _ in range(options.rounds)]
    print(json.dumps(summary(rounds)))


def retail_file() -> Path:
    path = Path(os.environ.get("ONLINE_RETAIL") or ROOT.parent / "shared" / "data" / "online-retail.csv.xz")
    if not path.is_file():
        sys.exit(f"The set “Online Retail” is not at {path}; name its place in ONLINE_RETAIL.")
    return path


def one_round() -> dict[str, float]:
    _database.empty(*FILLED)
    ours = subprocess.run(
        [sys.executable, __file__, "--once"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    figures = json.loads(ours.splitlines()[-1]) | raw_copy()
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def events(options: argparse.Namespace) -> dict[str, object]:
    """The import of a made file in a process of its own, on a database of its own."""
    if options.once:
        with tempfile.TemporaryDirectory() as folder:
            return import_events(made_events(Path(folder) / "events.csv", options.events), options.events)
    with _database.scratch():
        call_command("migrate", verbosity=0)
        command = [sys.executable, __file__, "--once", "--events", str(options.events)]
        ours = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures = {name: round(value, 1) for name, value in json.loads(ours.splitlines()[-1]).items()}
    return {"bench": "import", "events": options.events, "figures": figures}


def made_events(path: Path, count: int) -> Path:
    """Views, searches, carts and visits of 50,000 customers and 5,000 articles over a year, in the order of time."""
    kinds = ("Product Viewed", "Product Viewed", "Product Viewed", "Product Added", "Search", "Page Viewed")
    year = datetime(2025, 11, 1, tzinfo=UTC)
    with path.open("w") as file:
        file.write("timestamp,event,customer,sku,query\n")
        for n in range(count):
            at = year + timedelta(seconds=n * 31_000_000 // count, milliseconds=n % 1000)
            who, what = n * 7919 % 50_000, n * 104_729 % 5_000
            file.write(f"{at.isoformat()},{kinds[n % len(kinds)]},{who},S{what},words {n % 997}\n")
    return path


def import_events(path: Path, count: int) -> dict[str, float]:
    job = jobs.create(path, path.name, ImportJob.Kind.EVENTS, "shop")
    jobs.start(job.pk, Options.load(job.options).but(zone="UTC", currency="EUR"), dry_run=False)
    figures = timed(job)
    if (job.state, job.imported) != (ImportJob.State.DONE, count):
        sys.exit(f"The import went wrong: {job.state}, {job.imported} imported, {job.rejected} rejected.")
    return figures


def import_once(path: Path) -> dict[str, float]:
    """The import in a process of its own, so that its memory is its own too."""
    job = jobs.create(path, path.name, ImportJob.Kind.ORDERS, "uci")
    jobs.start(job.pk, Options.load(job.options), dry_run=False)
    figures = timed(job)
    if (job.state, job.imported, job.rejected) != (
        ImportJob.State.DONE,
        539_431,
        2_478,
    ) or stats.differences():
        sys.exit(f"The import went wrong: {job.state}, {job.imported} imported, {job.rejected} rejected.")
    return figures


def timed(job: ImportJob) -> dict[str, float]:
    began, cpu = time.perf_counter(), time.process_time()
    running.run(job.pk, timezone.now())
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    job.refresh_from_db()
    return {
        "lines_per_second": (job.lines or 0) / seconds,
        "seconds": seconds,
        "python_cpu_seconds": busy,
        "peak_rss_mb": peak_memory(),
    }


def peak_memory() -> float:
    """In MB, of this process alone: what getrusage tells begins with the peak of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def raw_copy() -> dict[str, float]:
    """Lines a second when the finished rows are only copied."""
    with connection.cursor() as cursor:
        dumps = {}
        for table, bare in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {bare}")
            cursor.execute(f"CREATE TABLE {bare} (LIKE {table} INCLUDING ALL)")
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                dumps[bare] = b"".join(copy)
        began = time.perf_counter()
        for bare, rows in dumps.items():
            with cursor.copy(f"COPY {bare} FROM STDIN") as copy:
                copy.write(rows)
        seconds = time.perf_counter() - began
        cursor.execute("SELECT count(*) FROM raw_line")
        count = cursor.fetchone()[0]
    return {"raw_copy_lines_per_second": count / seconds}


def summary(rounds: list[dict[str, float]]) -> dict[str, object]:
    middle = {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}
    ratio = middle["lines_per_second"] / middle["raw_copy_lines_per_second"]
    return {
        "bench": "import",
        "ratios": {"raw_copy": round(ratio, 3)},
        "figures": {name: round(value, 1) for name, value in middle.items()},
    }


if __name__ == "__main__":
    main()
