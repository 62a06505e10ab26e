"""How fast planned rows become mails at a service that takes many in one call (Postmark's form), and what it costs.

20,000 personalised mails go by HTTP to a service on loopback, by two worker processes, as they do in production: Celery
workers, gates, one outcome row for each person. Beside it, in the same run, the raw limit: as many processes that write
the same calls, prepared, over and over. Twice: `at_once`, where the service answers as soon as it has read the call, so
that both share this machine's processor and nothing else counts; and `over_a_line`, where it takes 0.2 s for a call, as
long as 200 such mails need on a line of 100 Mbit/s.

The shop has sent before: a first run goes unmeasured, and the database's statistics are of its end.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
os.environ["OUTGOING_HOSTS"] = "127.0.0.1"

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from benchmarks import _database, _mail_service, _stage, _worker  # noqa: E402
from channels import backends  # noqa: E402
from channels.backends.batches import BatchConnection  # noqa: E402
from channels.delivery.sending import SLICE  # noqa: E402
from channels.models import MessageVersion  # noqa: E402

PROCESSES = 2
WAYS = {"at_once": 0.0, "over_a_line": 0.2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    options = parser.parse_args()
    with _database.scratch():
        _stage.migrate()
        _stage.people(options.mails)
        with _mail_service.running(0.0) as port:
            _worker.send(_stage.launch("anymail", settings(port)), PROCESSES)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        rounds = [one_round(options.mails) for _ in range(options.rounds)]
    print(json.dumps(summary(rounds)))


def one_round(mails: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for way, seconds in WAYS.items():
        with _mail_service.running(seconds) as port:
            version = _stage.launch("anymail", settings(port))
            ours = _worker.send(version, PROCESSES)
            figures |= {f"{way}_{name}": value for name, value in ours.items()}
            raw = _mail_service.rate(port, prepared(version), mails // SLICE, PROCESSES)
            figures[f"{way}_raw_limit_per_second"] = raw * SLICE
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def settings(port: int) -> dict[str, Any]:
    return {"esp": "postmark", "options": {"api_url": f"http://127.0.0.1:{port}", "server_token": "bench"}}


def prepared(version: MessageVersion) -> bytes:
    """One of the calls as it went over the wire."""
    line = backends.connection(version.account)
    assert isinstance(line, BatchConnection)
    [part] = line.parts(_stage.calls(version, SLICE), {})
    return line.batch.body(part, line.backend)


def summary(rounds: list[dict[str, float]]) -> dict[str, Any]:
    middle = {name: sorted(each[name] for each in rounds)[len(rounds) // 2] for name in rounds[0]}
    ratios = {way: middle[f"{way}_mails_per_second"] / middle[f"{way}_raw_limit_per_second"] for way in WAYS}
    return {
        "bench": "batch_providers",
        "ratios": {f"raw_limit_{way}": round(value, 3) for way, value in ratios.items()},
        "figures": {name: round(value, 1) for name, value in middle.items()},
    }


if __name__ == "__main__":
    main()
