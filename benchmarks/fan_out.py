"""What it takes to write to a million people before anything is sent: one row for each of them, a verdict, the books.

`fan_out`: rows planned for everybody and a verdict for each (consent, suppression, limits, nobody twice), beside a loop
that asks the same of one person after another with the ORM and writes her row, and beside the bare INSERT ... SELECT of
such rows. `books`: what keeps deliveries from being sent twice (packed, claimed, `calling`, outcome; no content, no
provider) by one process, beside Celery with one task for each message, which does nothing, by two.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks import _arbiter, _database  # noqa: E402
from channels import tasks  # noqa: E402
from channels.delivery import batching, dry_runs, ledger, planning  # noqa: E402
from channels.delivery.ledger import Change  # noqa: E402
from channels.delivery.sending import SLICE  # noqa: E402
from channels.models import Delivery, MessageVersion, Topic  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_fan_out"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BARE = """
    INSERT INTO channels_delivery (message_id, occurrence, version_id, account_id, channel, priority, due_at,
                                   expires_at, customer_id, language)
    SELECT %s, 1, %s, %s, 'email', 5, %s, %s, id, 'de' FROM customers_customer ORDER BY id
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--sample", type=int, default=2_000, help="people that the loop writes to")
    parser.add_argument("--tasks", type=int, default=5_000, help="messages that are a task each")
    parser.add_argument("--booked", type=int, default=100_000, help="deliveries whose books are kept")
    options = parser.parse_args()
    tasks.start_afresh()  # planning and dry runs of many are a worker's
    with _database.scratch():
        call_command("migrate", verbosity=0)
        _arbiter.fill(options.people, NOW)
        figures = planned(options.people) | one_by_one(options.sample) | books(options.booked)
    figures["task_each_per_second"] = a_task_each(options.tasks)
    print(json.dumps(summary(figures)))


def new_version() -> MessageVersion:
    return _arbiter.version(Topic.objects.get(), 5)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def planned(people: int) -> dict[str, float]:
    """Ours, chunk by chunk as in production, and the bare statement in one."""
    version, bare = new_version(), new_version()
    plan = seconds(lambda: plan_all(version))
    written = Delivery.objects.filter(version=version).count()
    judge = seconds(lambda: dry_runs.count(version, _arbiter.Everybody(), NOW))
    if written != people:
        sys.exit(f"{written} rows were planned for {people} people.")
    with connection.cursor() as cursor:
        values = [bare.message_id, bare.pk, bare.account_id, NOW, NOW]
        insert = seconds(lambda: cursor.execute(BARE, values))
    return {"plan_seconds": plan, "judge_seconds": judge, "bare_insert_seconds": insert, "people": people}


def plan_all(version: MessageVersion) -> None:
    last: int | None = 0
    while last is not None:
        last = planning.plan(version, 1, _arbiter.Everybody(), last, NOW).last_id


def one_by_one(sample: int) -> dict[str, float]:
    """People a second when each is asked about and written down by herself."""
    version, ids = new_version(), _arbiter.sample(sample)
    took = seconds(lambda: [write_one(pk, version) for pk in ids])
    return {"one_by_one_per_second": len(ids) / took}


def write_one(customer_id: int, version: MessageVersion) -> None:
    fits = _arbiter.may_be_written_to(customer_id, version, NOW)
    with transaction.atomic():
        Delivery.objects.get_or_create(
            message=version.message,
            occurrence=1,
            customer_id=customer_id,
            attempt=1,
            defaults={
                "version": version,
                "account": version.account,
                "channel": "email",
                "language": "de",
                "due_at": NOW,
                "state": "planned" if fits else "withheld",
            },
        )


def books(count: int) -> dict[str, float]:
    """Deliveries a second through all of their states, with every row, lock and commit that sending takes for them."""
    version = new_version()
    planning.plan(version, 1, _arbiter.Everybody(), 0, NOW, limit=count)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_delivery SET due_at = '2099-01-01' WHERE version_id <> %s", [version.pk]
        )
        cursor.execute("UPDATE channels_delivery SET due_at = %s WHERE version_id = %s", [NOW, version.pk])
        cursor.execute("VACUUM ANALYZE channels_delivery")
    took = seconds(keep_books)
    done = Delivery.objects.filter(version=version, state="accepted").count()
    if done != count:
        sys.exit(f"Only {done} of {count} were booked.")
    return {"booked_per_second": count / took}


def keep_books() -> None:
    while packed := list(batching.pack(NOW)):
        for batch in packed:
            fence = batching.claim(batch.batch_id)
            assert fence is not None
            rows = batching.rows_of(batch.batch_id)
            for start in range(0, len(rows), SLICE):
                one_slice(batch.batch_id, fence, rows[start : start + SLICE])
            batching.finish(batch.batch_id, fence)


class Called(NamedTuple):
    id: int
    address_key: str


def one_slice(batch_id: int, fence: int, rows: list[batching.Planned]) -> None:
    with transaction.atomic():
        assert batching.renew(batch_id, fence)
        ledger.lock_reach([row.customer_id for row in rows])
        called = ledger.enter_calling(batch_id, [Called(row.id, f"{row.id:032x}") for row in rows], set())
    with transaction.atomic():
        ledger.settle(batch_id, fence, [Change(pk, "accepted", provider_id=f"<{pk}@bench>") for pk in called])


def a_task_each(count: int) -> float:
    """Messages a second from the first being queued until the last has run."""
    os.environ["ONE_TASK_BROKER"] = settings.CELERY_BROKER_URL
    from benchmarks import _one_task

    command = [sys.executable, "-m", "celery", "-A", "benchmarks._one_task", "worker", "--concurrency", "2"]
    queue = ["-Q", "bench-one-task", "--loglevel", "WARNING"]
    worker = subprocess.Popen([*command, *queue], cwd=ROOT, start_new_session=True)
    try:
        inspect = _one_task.app.control.inspect(timeout=0.5)
        while not inspect.ping():
            pass
        began = time.perf_counter()
        for number in range(count):
            _one_task.deliver.delay(number)
        while ran(inspect.stats()) < count:
            time.sleep(0.05)
        return count / (time.perf_counter() - began)
    finally:
        worker.terminate()
        worker.wait(30)


def ran(stats: Any) -> int:
    return sum(sum(each["total"].values()) for each in (stats or {}).values())


def summary(figures: dict[str, float]) -> dict[str, Any]:
    ours = figures["people"] / (figures["plan_seconds"] + figures["judge_seconds"])
    ratios = {
        "one_by_one": ours / figures["one_by_one_per_second"],
        "bare_insert": figures["bare_insert_seconds"] / figures["plan_seconds"],
        "task_each": figures["booked_per_second"] / figures["task_each_per_second"],
    }
    return {
        "bench": "fan_out",
        "ratios": {name: round(value, 2) for name, value in ratios.items()},
        "figures": {
            name: round(value, 1) for name, value in (figures | {"fan_out_per_second": ours}).items()
        },
    }


if __name__ == "__main__":
    main()
