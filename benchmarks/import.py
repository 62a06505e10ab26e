"""How fast a retailer's history comes in: the real file beside raw COPY of the very rows it becomes.

Ours is everything: unpacking, checking, reading, deciding, customers, products, orders, roll-up rows and signals, from
an empty database to the last commit. Raw COPY writes the finished orders and lines, and nothing else, into two bare
tables with the same indexes, in the same run on the same server.
"""

import argparse
import json
import os
import subprocess
import sys
import time
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
FILLED = "customers_customer, customers_product, customers_shop, customers_importjob"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    parser.add_argument("--once", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
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
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {FILLED} CASCADE")
    ours = subprocess.run(
        [sys.executable, __file__, "--once"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    figures = json.loads(ours.splitlines()[-1]) | raw_copy()
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def import_once(path: Path) -> dict[str, float]:
    """The import in a process of its own, so that its memory is its own too."""
    job = jobs.create(path, path.name, ImportJob.Kind.ORDERS, "uci")
    jobs.start(job.pk, Options.load(job.options), dry_run=False)
    began, cpu = time.perf_counter(), time.process_time()
    running.run(job.pk, timezone.now())
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    job.refresh_from_db()
    if (job.state, job.imported, job.rejected) != (
        ImportJob.State.DONE,
        539_431,
        2_478,
    ) or stats.differences():
        sys.exit(f"The import went wrong: {job.state}, {job.imported} imported, {job.rejected} rejected.")
    return {
        "lines_per_second": job.lines / seconds,
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
