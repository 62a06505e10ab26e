"""How fast behaviour comes in by HTTP and becomes events, beside one ORM create for each request.

Two web processes and a Celery worker, as in production; the same server and client for both sides. The web processes
are killed with kill -9 in the middle besides: what was answered with 200 must be there, once.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks._ingest_settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _calls, _database  # noqa: E402
from benchmarks._web import Web  # noqa: E402
from config.celery import app  # noqa: E402
from customers import event_months, tasks  # noqa: E402
from customers.models import ApiKey, Event, InboxBatch, Shop, User  # noqa: E402
from customers.tracking import keys  # noqa: E402

DATABASE = settings.DATABASES["default"]
IN_A_BATCH = 100
PACE = 200  # calls a second
SINGLE, BATCH, ORM = "/api/v1/track", "/api/v1/batch", "/orm-create/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=4_000, help="of each kind; batches are a tenth of it")
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    options = parser.parse_args()
    with _database.scratch():
        secret = prepare()
        with Worker(), Web() as web:
            rounds = [one_round(web, secret, options.calls) for _ in range(options.rounds)]
            kill = killed(web, secret, options.calls)
    print(json.dumps(summary(rounds, kill)))


def one_round(web: Web, secret: str, calls: int) -> dict[str, float]:
    draw = random.Random(calls)
    single = [_calls.request(SINGLE, _calls.message(draw), secret) for _ in range(calls)]
    orm = [_calls.request(ORM, _calls.message(draw)) for _ in range(calls)]
    batches = [
        _calls.request(BATCH, {"batch": [_calls.message(draw) for _ in range(IN_A_BATCH)]}, secret)
        for _ in range(calls // 10)
    ]
    figures = {"orm_create_per_second": _calls.rush(web.port, orm)}
    figures["single_per_second"] = _calls.rush(web.port, single)
    drain()
    before, began = Event.objects.filter(source="shop").count(), time.perf_counter()
    figures["batched_per_second"] = IN_A_BATCH * _calls.rush(web.port, batches)
    drain()
    seconds = time.perf_counter() - began
    recorded = Event.objects.filter(source="shop").count() - before
    if recorded != IN_A_BATCH * len(batches):
        raise SystemExit(f"Only {recorded} of {IN_A_BATCH * len(batches)} events were recorded.")
    figures["drained_per_second"] = recorded / seconds
    figures |= latency(web, secret, draw)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def latency(web: Web, secret: str, draw: random.Random) -> dict[str, float]:
    due = [_calls.request(SINGLE, _calls.message(draw), secret) for _ in range(PACE * 10)]
    took = _calls.paced(web.port, due, PACE)
    drain()
    return {
        "p50_milliseconds": 1000 * took[len(took) // 2],
        "p95_milliseconds": 1000 * took[int(len(took) * 0.95)],
    }


def killed(web: Web, secret: str, calls: int) -> dict[str, int]:
    """kill -9 of all web processes, three times, while the client sends and sends again what got no answer."""
    draw, answered = random.Random(9), list[int]()
    before = Event.objects.filter(source="shop").count()
    requests = [_calls.request(SINGLE, _calls.message(draw), secret) for _ in range(calls)]
    sending = threading.Thread(target=_calls.insist, args=(web.port, requests, answered))
    sending.start()
    at_the_kill = []
    for part in (1, 2, 3):
        while len(answered) < part * calls // 5 and sending.is_alive():
            time.sleep(0.005)
        web.kill()
        at_the_kill.append(len(answered))
        web.start()
    sending.join()
    drain()
    rows = Event.objects.filter(source="shop").count() - before
    if not 0 < at_the_kill[-1] < calls:
        raise SystemExit(f"The kills came at {at_the_kill} of {calls} calls: nothing was shown.")
    return {"answered_with_200": len(answered), "rows": rows, "kills": len(at_the_kill)}


def summary(rounds: list[dict[str, float]], kill: dict[str, int]) -> dict[str, Any]:
    middle = {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}
    orm = middle["orm_create_per_second"]
    ratios = {
        "orm_create": middle["batched_per_second"] / orm,
        "orm_create_drained": middle["drained_per_second"] / orm,
        "orm_create_single": middle["single_per_second"] / orm,
    }
    return {
        "bench": "ingest",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {name: round(value, 1) for name, value in middle.items()},
        "kill_9": kill,
        "none_lost": kill["answered_with_200"] == kill["rows"],
    }


def prepare() -> str:
    call_command("migrate", verbosity=0)
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden", "currency": "EUR"})
    event_months.prepare(timezone.now())
    by = User.objects.create_user("bench@example.org", password=None)
    key = ApiKey(name="bench", kind="server", source="shop", scopes=["track"])
    return keys.make(key, by, timezone.now())


def drain() -> None:
    """Until the worker has recorded everything."""
    until = time.monotonic() + 600
    while InboxBatch.objects.exists():
        if InboxBatch.objects.filter(parked=True).exists() or time.monotonic() > until:
            raise SystemExit("The inbox does not empty.")
        time.sleep(0.05)


class Worker:
    """A Celery worker, and a tick each second as beat gives it."""

    def __enter__(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1"]
        self.process = subprocess.Popen([*command, "--loglevel", "WARNING"], cwd=ROOT, start_new_session=True)
        while not app.control.ping(timeout=0.5):
            pass
        self.over = threading.Event()
        self.beat = threading.Thread(target=self._tick)
        self.beat.start()

    def _tick(self) -> None:
        while not self.over.wait(1):
            tasks.sweep_inbox.apply_async(expires=5)

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.beat.join()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


if __name__ == "__main__":
    main()
