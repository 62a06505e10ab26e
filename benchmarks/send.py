"""How fast planned rows become mails at an SMTP server, and what it costs.

20,000 personalised mails go to postfix's smtp-sink by two worker processes, as they do in production: Celery
workers, gates, one outcome row for each person. Beside it, in the same run and with as many processes, the raw
limit of the same sink and django-post-office.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402

from benchmarks import _database, _peers, _raw, _sink, _stage, _worker  # noqa: E402

PROCESSES = 2
DATABASE = settings.DATABASES["default"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    parser.add_argument("--without-peers", action="store_true")
    options = parser.parse_args()
    with _database.scratch("bench_post_office"), _sink.running() as port:
        _stage.migrate()
        _stage.people(options.mails)
        rounds = [one_round(port, options.mails, options.without_peers) for _ in range(options.rounds)]
    print(json.dumps(summary(rounds)))


def one_round(port: int, mails: int, without_peers: bool) -> dict[str, float]:
    version = _stage.launch("smtp", {"host": "127.0.0.1", "port": port, "security": "none"})
    figures = _worker.send(version, PROCESSES)
    content = _stage.sample(version)
    figures["raw_limit_per_second"] = _raw.rate(port, content, mails, PROCESSES, "two")
    figures["raw_limit_one_round_trip_per_second"] = _raw.rate(port, content, mails, PROCESSES, "one")
    if not without_peers:
        figures |= post_office(port, mails)
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def summary(rounds: list[dict[str, float]]) -> dict[str, Any]:
    middle = {name: median([each[name] for each in rounds]) for name in rounds[0]}
    ratios = {"raw_limit": middle["mails_per_second"] / middle["raw_limit_per_second"]}
    if "post_office_per_second" in middle:
        ratios["django_post_office"] = middle["mails_per_second"] / middle["post_office_per_second"]
    return {
        "bench": "send",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {name: round(value, 1) for name, value in middle.items()},
    }


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def post_office(port: int, mails: int) -> dict[str, float]:
    """The better of its two ways: rendered while queueing, or on delivery."""
    python = _peers.python()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as people:
        json.dump(_stage.contexts(), people)
        people.flush()
        env = os.environ | {
            "BENCH_HOST": DATABASE["HOST"],
            "BENCH_PORT": str(DATABASE["PORT"]),
            "BENCH_USER": DATABASE["USER"],
            "BENCH_PASSWORD": DATABASE.get("PASSWORD", ""),
            "BENCH_NAME": "bench_post_office",
            "BENCH_SMTP_PORT": str(port),
        }
        script = ROOT / "benchmarks" / "post_office" / "send.py"
        done = subprocess.run(
            [python, script, str(mails), str(PROCESSES), people.name], env=env, capture_output=True, text=True
        )
    if done.returncode:
        raise SystemExit(f"django-post-office failed:\n{done.stderr[-2000:]}")
    rates: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    named = {f"post_office_{name}_per_second": value for name, value in rates.items()}
    return named | {"post_office_per_second": max(rates.values())}


if __name__ == "__main__":
    main()
