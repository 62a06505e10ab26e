"""How long the forecasts of a million customers take: the first night, and the one after it.

Ours is everything: reading the orders, fitting, predicting, locking, writing, and telling segments. Beside it, on the
same rows and server, the same UPDATE sent bare with what was worked out before, and the loop that asks the database for
one customer after the other (for some of them, told as customers a second).
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

import numpy as np  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks import _database  # noqa: E402
from customers import stats  # noqa: E402
from customers.forecasts import histories, keeping, predicting  # noqa: E402
from customers.forecasts.predicting import Models  # noqa: E402
from customers.models import CustomerStats, Dirty, Order, Shop  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_forecasts"
AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Berlin")
# Everybody leaves after so many orders as chance has it, at a pace of her own: four orders each on average.
PEOPLE = """
    INSERT INTO customers_customer (first_name, last_name, language)
    SELECT 'Anna', 'Ahrens ' || n, 'de' FROM generate_series(1, %s) AS n
"""
ORDERS = """
    INSERT INTO customers_order (source, number, kind, customer_id, placed_at, currency, total, base_total, origin)
    SELECT 'bench', c.id || '-' || place, 'order', c.id, %s - make_interval(secs => (c.start - place * c.gap) * 86400),
           'EUR', c.basket, c.basket, 'import'
    FROM (SELECT id, 10 + random() * 1000 AS start, 15 - 60 * ln(1 - random()) AS gap,
                 (1000 - 4000 * ln(1 - random()))::int AS basket, least(-4 * ln(1 - random()), 30)::int AS most
          FROM customers_customer) AS c
    CROSS JOIN LATERAL generate_series(0, c.most) AS place
    WHERE c.start - place * c.gap > 0
"""
EMPTY = """
    UPDATE customers_customerstats SET rfm_class = '', recency_score = NULL, frequency_score = NULL,
        monetary_score = NULL, next_order_on = NULL, lapse_risk = NULL, lifetime_value = NULL, forecast_at = NULL
"""
LOOPED = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    with _database.scratch():
        call_command("migrate", verbosity=0)
        fill(options.customers)
        print(json.dumps(measured()))


def fill(customers: int) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "time_zone": ZONE.key})
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(PEOPLE, [customers])
        cursor.execute(ORDERS, [AT])
    stats.recount(None)
    vacuum()


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE customers_customer, customers_order, customers_customerstats")


def measured() -> dict[str, Any]:
    """Ours and the bare UPDATE both begin with rows that a statement has just emptied."""
    clear()
    first, basis = seconds_of(lambda: keeping.run(AT))
    figures = {"customers": basis.customers, "orders": Order.objects.count(), "first_night": first}
    figures["peak_mb"] = peak_memory()
    vacuum()
    figures["second_night"], basis = seconds_of(lambda: keeping.run(AT + timedelta(days=1)))
    figures["second_night_changed"] = basis.changed
    if stats.differences(1):
        sys.exit("The recount of orders finds a difference.")
    figures |= parts() | loop()
    ratios = {
        "bare_update": round(first / figures["bare_update"], 2),
        "loop": round(figures["customers"] / first / figures["loop_per_second"], 1),
    }
    return {"bench": "forecasts", "ratios": ratios, "figures": figures}


def parts() -> dict[str, float]:
    """Reading and working out by themselves, and the bare UPDATE."""
    told = {}
    told["read"], found = seconds_of(lambda: histories.read(AT, ZONE))
    told["work_out"], predictions = seconds_of(lambda: predicting.predict(found))
    clear()
    told["bare_update"], _none = seconds_of(lambda: bare(found.id, predictions.written))
    return told


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)
    Dirty.objects.all().delete()
    vacuum()


def bare(ids: Any, written: Any) -> None:
    """The statement of `keeping` in the same batches, each committed, and nothing else."""
    names = ["", *keeping.ORDER]
    for start in range(0, len(ids), keeping.BATCH):
        part = slice(start, start + keeping.BATCH)
        lists = [
            ids[part].tolist(),
            [names[n] for n in written[0, part].tolist()],
            *written[1:, part].tolist(),
        ]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(keeping.WRITE, [AT, *lists, AT])


def loop() -> dict[str, float]:
    """Somebody's orders read, her figures worked out by the same models, her row saved; and on to the next."""
    models, _lack = predicting.fit(histories.read(AT, ZONE))
    people = CustomerStats.objects.filter(orders__gt=0).order_by("pk").values_list("pk", flat=True)[:LOOPED]
    seconds, _none = seconds_of(lambda: [one(pk, models) for pk in people])
    return {"loop_per_second": len(people) / seconds}


def one(customer_id: int, models: Models) -> None:
    orders = Order.objects.filter(customer=customer_id, placed_at__lt=AT).order_by("placed_at")
    times = [(AT - order.placed_at).total_seconds() / 86_400 for order in orders]
    history = [np.array([value]) for value in (len(times) - 1.0, times[0] - times[-1], times[0])]
    mean = np.array([sum(order.base_total for order in orders) / len(times)])
    kept = CustomerStats.objects.get(pk=customer_id)
    kept.lapse_risk = round(1 - models.buying.returning(*history, 365)[0], 2)
    value = models.buying.orders(*history, 365) * models.spending.value(history[0] + 1, mean)
    kept.lifetime_value = int(value[0])
    kept.forecast_at = AT
    kept.save()


def seconds_of(job: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = job()
    return time.perf_counter() - began, result


def peak_memory() -> float:
    """In MB, of this process alone."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
