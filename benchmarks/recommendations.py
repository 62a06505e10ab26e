"""Whether people buy what would have been recommended to them: a retailer's real orders, the last month held back.

Everything before the last thirty days is learnt. Of everybody who had ordered before and orders in them, the next order
is looked at: of the products in it that she never had, is one among the ten that we would have shown her? Bestsellers,
and the models of the library `implicit`, are asked the same, on the same orders, and neither may name what she has. The
two months before it are told too, since a single month may be luck.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
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
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _database, _peers  # noqa: E402
from customers import recommendations  # noqa: E402
from customers.imports import jobs, running  # noqa: E402
from customers.imports.options import Options  # noqa: E402
from customers.models import ImportJob  # noqa: E402
from customers.recommendations import Strategy, keeping, learning  # noqa: E402

settings.DATABASES["default"]["NAME"] = "bench_recommendations"
LAST = datetime(2011, 11, 10, tzinfo=ZoneInfo("Europe/London"))  # the file ends on 9 December
DAYS, SHOWN, BATCH = 30, 10, 1_000
# The products of everybody's next order that she did not have before, of those who had ordered before.
NEXT = """
    WITH had AS (
        SELECT DISTINCT o.customer_id, l.product_id FROM customers_order o
        JOIN customers_orderline l ON l.order_id = o.id AND l.quantity > 0
        WHERE o.kind = 'order' AND o.customer_id IS NOT NULL AND o.placed_at < %(at)s
    ), next AS (
        SELECT DISTINCT ON (customer_id) customer_id, id FROM customers_order
        WHERE kind = 'order' AND customer_id IN (SELECT customer_id FROM had)
          AND placed_at >= %(at)s AND placed_at < %(at)s + make_interval(days => %(days)s)
        ORDER BY customer_id, placed_at, id
    )
    SELECT next.customer_id, array_agg(DISTINCT l.product_id) FROM next
    JOIN customers_orderline l ON l.order_id = next.id AND l.quantity > 0
    JOIN customers_product p ON p.id = l.product_id AND p.kind = 'merchandise'
    WHERE NOT EXISTS (SELECT FROM had WHERE had.customer_id = next.customer_id AND had.product_id = l.product_id)
    GROUP BY next.customer_id ORDER BY next.customer_id
"""
ALL_TIME = """
    SELECT l.product_id FROM customers_order o JOIN customers_orderline l ON l.order_id = o.id AND l.quantity > 0
    JOIN customers_product p ON p.id = l.product_id AND p.kind = 'merchandise'
    WHERE o.kind = 'order' AND o.placed_at < %s GROUP BY 1 ORDER BY count(DISTINCT o.id) DESC, 1
"""
Lists = Mapping[int, Sequence[int]]


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    with _database.scratch():
        call_command("migrate", verbosity=0)
        fill()
        months = {f"{at:%Y-%m-%d}": month(at) for at in (LAST - timedelta(days=DAYS * n) for n in range(3))}
    last = months[f"{LAST:%Y-%m-%d}"]
    hits = last["hit_at_10"]
    rivals = {name: value for name, value in hits.items() if name.startswith("implicit")}
    ratios = {
        "bestsellers": round(hits["best"] / hits["bestsellers"], 2),
        "bestsellers_of_all_time": round(hits["best"] / hits["bestsellers_of_all_time"], 2),
        "best_of_implicit": round(hits["best"] / max(rivals.values()), 2),
    }
    print(json.dumps({"bench": "recommendations", "ratios": ratios, "figures": months}))


def fill() -> None:
    path = Path(os.environ.get("ONLINE_RETAIL") or ROOT.parent / "shared" / "data" / "online-retail.csv.xz")
    if not path.is_file():
        sys.exit(f"The set “Online Retail” is not at {path}; name its place in ONLINE_RETAIL.")
    job = jobs.create(path, path.name, ImportJob.Kind.ORDERS, "uci")
    jobs.start(job.pk, Options.load(job.options), dry_run=False)
    running.run(job.pk, timezone.now())
    job.refresh_from_db()
    if (job.state, job.imported) != (ImportJob.State.DONE, 539_431):
        sys.exit(f"The import went wrong: {job.state}, {job.imported} imported.")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def month(at: datetime) -> dict[str, Any]:
    real = coming(at)
    learn, basis = seconds_of(lambda: keeping.run(at))
    told, took = {}, {}
    for strategy in (
        Strategy.BEST,
        Strategy.BOUGHT_TOGETHER,
        Strategy.FAVOURITE_CATEGORY,
        Strategy.BESTSELLERS,
    ):
        took[strategy.value], told[strategy.value] = seconds_of(lambda way=strategy: chosen(real, way, at))
    told["bestsellers_of_all_time"] = all_time(real, at)
    told |= implicit(real, at)
    figures = {
        "people": len(real),
        "purchases": basis.purchases,
        "learn_seconds": round(learn, 2),
        "choose_seconds_per_1000": {name: round(value / len(real) * 1000, 3) for name, value in took.items()},
        "hit_at_10": {name: hit_rate(real, lists) for name, lists in told.items()},
        "recall_at_10": {name: recall(real, lists) for name, lists in told.items()},
    }
    print(json.dumps({f"{at:%Y-%m-%d}": figures}), file=sys.stderr, flush=True)
    return figures


def coming(at: datetime) -> dict[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(NEXT, {"at": at, "days": DAYS})
        return dict(cursor.fetchall())


def chosen(real: Lists, strategy: str, at: datetime) -> dict[int, list[int]]:
    ids, told = list(real), {}
    for start in range(0, len(ids), BATCH):
        told |= recommendations.for_customers(ids[start : start + BATCH], strategy, SHOWN, at)
    return told


def all_time(real: Lists, at: datetime) -> dict[int, list[int]]:
    """What sold best from the first day on, without what she has."""
    had = history(at)
    with connection.cursor() as cursor:
        cursor.execute(ALL_TIME, [at])
        ranked = [product for (product,) in cursor.fetchall()]
    return {who: [each for each in ranked if each not in had[who]][:SHOWN] for who in real}


def history(at: datetime) -> dict[int, set[int]]:
    had: dict[int, set[int]] = {}
    pairs = learning.pairs(learning.BOUGHT, at)
    for person, product in zip(pairs.person.tolist(), pairs.product.tolist(), strict=True):
        had.setdefault(person, set()).add(product)
    return had


def implicit(real: Lists, at: datetime) -> dict[str, dict[int, list[int]]]:
    """Its models on the pairs that we learn from too: each purchase counting alike, and by its age as with us."""
    pairs = learning.pairs(learning.BOUGHT, at)
    people, person = np.unique(pairs.person, return_inverse=True)
    products, product = np.unique(pairs.product, return_inverse=True)
    asked = np.searchsorted(people, np.array(list(real)))
    with tempfile.TemporaryDirectory() as folder:
        given, told = Path(folder) / "given.npz", Path(folder) / "told.npz"
        np.savez(given, person=person, product=product, weight=pairs.weight, asked=asked, most=SHOWN)
        subprocess.run([_peers.python(), ROOT / "benchmarks" / "_implicit.py", given, told], check=True)
        found = np.load(told)
        return {
            f"implicit_{name}": {
                who: products[row[row >= 0]].tolist() for who, row in zip(real, found[name], strict=True)
            }
            for name in found.files
        }


def hit_rate(real: Lists, told: Lists) -> float:
    """The share of the people of whose list one product at least was bought."""
    return round(sum(not set(bought).isdisjoint(told[who]) for who, bought in real.items()) / len(real), 4)


def recall(real: Lists, told: Lists) -> float:
    """The share of what was bought that stood in the list, of ten products at most; the mean over people."""
    shares = [len(set(bought) & set(told[who])) / min(len(bought), SHOWN) for who, bought in real.items()]
    return round(sum(shares) / len(shares), 4)


def seconds_of(job: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = job()
    return time.perf_counter() - began, result


if __name__ == "__main__":
    main()
