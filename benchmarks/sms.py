"""How fast planned rows become text messages at Twilio's interface, and what it costs.

20,000 people with a number each are written to by two worker processes, as in production: Celery workers, gates,
rendering, one outcome row for each person. Beside it, in the same run, the raw limit: as many processes that post the
same form by the same HTTP library to the same service and do nothing else; over few or many connections each, whichever
is faster. Both with a service that answers at once, and with one that takes 50 ms, as Twilio does at least.
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _database, _http_raw, _http_sink, _stage, _worker  # noqa: E402
from channels import suppression  # noqa: E402
from channels.delivery import planning  # noqa: E402
from channels.models import (  # noqa: E402
    Account,
    Delivery,
    Link,
    Message,
    MessageVersion,
    Sender,
    Topic,
    VersionContent,
)
from customers.models import Customer  # noqa: E402

PROCESSES = 2
# Of each raw process: where the service answers at once, more than one only get in each other's way. Ours may have as
# many over the line as the account is given.
NEAR, FAR = (1, 8), (8, 16, 32)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ACCOUNT = {"account_sid": "AC" + "0" * 32, "sender": "Linden", "connections": 32}
TEXT = "{{ first_name }}, der Keramikbecher ist wieder da, auch in {{ city }}: {{ link_1 }} Abbestellen: STOPP an 1234"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    parser.add_argument(
        "--delay", type=float, default=0.05, help="seconds that a distant service takes to answer"
    )
    options = parser.parse_args()
    with _database.scratch():
        _stage.migrate()
        _stage.people(options.messages)
        numbers()
        near = measured(0, NEAR, options.messages, options.rounds)
        far = measured(options.delay, FAR, options.messages, options.rounds)
    print(json.dumps(summary(near, far)))


def measured(delay: float, connections: tuple[int, ...], messages: int, rounds: int) -> dict[str, float]:
    """The median of each figure, with a service that answers after so many seconds."""
    with _http_sink.running("sms", delay) as port:
        os.environ["OUTGOING_HOSTS"] = f"127.0.0.1:{port}"
        found = [one_round(port, connections, messages) for _ in range(rounds)]
    return {name: sorted(each[name] for each in found)[rounds // 2] for name in found[0]}


def one_round(port: int, connections: tuple[int, ...], messages: int) -> dict[str, float]:
    version = launch(port)
    ours = _worker.send(version, PROCESSES)
    [call] = _stage.calls(version, 1)
    form = urlencode({"To": call.recipient, "From": ACCOUNT["sender"], "Body": call.text.strip()}).encode()
    figures = {
        "messages_per_second": ours["mails_per_second"],
        "cpu_microseconds_per_message": ours["cpu_microseconds_per_mail"],
        "peak_memory_megabytes": ours["peak_memory_megabytes"],
        "raw_per_second": max(_http_raw.rate(port, form, messages, PROCESSES, n, "sms") for n in connections),
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def numbers() -> None:
    """One for everybody, with consent to text messages."""
    ids = list(Customer.objects.order_by("id").values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET phone = '+49151' || lpad(id::text, 8, '0')")
    suppression.refresh_keys(ids, ["sms"])
    _stage.agree(ids, "sms", Topic.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def launch(port: int) -> MessageVersion:
    """A frozen text message with a link, planned for everybody."""
    account = Account.objects.update_or_create(
        name="Bench SMS",
        defaults={
            "backend": "twilio",
            "channel": "sms",
            "settings": ACCOUNT | {"api_url": f"http://127.0.0.1:{port}"},
        },
    )[0]
    sender = Sender.objects.get_or_create(
        email="post@linden.example", defaults={"name": "Kaufhaus Linden", "account": account}
    )[0]
    message = Message.objects.create(sender=sender, topic=Topic.objects.get(), channels=["sms"])
    version = MessageVersion.objects.create(
        message=message,
        number=1,
        digest=str(message.pk),
        sender_name=sender.name,
        sender_email=sender.email,
        account=account,
        fallback_language="de",
        routes=[["sms", account.pk]],
    )
    content = VersionContent.objects.create(
        version=version,
        channel="sms",
        language="de",
        variant="A",
        text=TEXT,
        fields=["first_name", "city"],
        digest=str(message.pk),
    )
    Link.objects.create(content=content, position=1, url="https://linden.example/angebot")
    planning.plan(version, message.pk, _stage.Everybody(), 0, timezone.now(), limit=1_000_000)
    assert Delivery.objects.filter(version=version, channel="sms").exists()
    return version


def summary(near: dict[str, float], far: dict[str, float]) -> dict[str, Any]:
    ways = {"at_once": near, "over_a_line": far}
    figures = {f"{way}_{name}": value for way, each in ways.items() for name, value in each.items()}
    return {
        "bench": "sms",
        "ratios": {
            f"raw_limit_{way}": round(each["messages_per_second"] / each["raw_per_second"], 3)
            for way, each in ways.items()
        },
        "figures": {name: round(value, 1) for name, value in figures.items()},
    }


if __name__ == "__main__":
    main()
