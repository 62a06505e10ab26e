"""How fast planned rows become push messages, each sealed for its own browser, and what it costs.

20,000 people with a browser each are written to by two worker processes, as in production: Celery workers, gates,
rendering, RFC 8291, one outcome row for each person. Beside it, in the same run, two raw limits: as many processes that
post by the same HTTP library to the same service and do nothing else (`raw`), or seal each message as every sender
must (`raw_sealing`); over few or many connections each, whichever is faster. All of it with a service that
answers at once, and with one that takes 20 ms, as services on the internet do at least.
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

from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks import _database, _http_raw, _http_sink, _stage, _worker  # noqa: E402
from channels.delivery import planning  # noqa: E402
from channels.models import (  # noqa: E402
    Account,
    Delivery,
    Link,
    Message,
    MessageVersion,
    PushSubscription,
    Reach,
    Sender,
    Topic,
    VersionContent,
)
from channels.push import devices, encryption, keys  # noqa: E402
from channels.suppression import address_key  # noqa: E402
from customers.models import Customer  # noqa: E402

PROCESSES = 2
# Of each raw process: where the service answers at once, more than one only get in each other's way.
NEAR, FAR = (1, 8), (16, 32)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
BODY = 420  # bytes of a message before it is sealed, as the bench's own are


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3, help="the median of each side counts")
    parser.add_argument(
        "--delay", type=float, default=0.02, help="seconds that a distant service takes to answer"
    )
    options = parser.parse_args()
    with _database.scratch():
        _stage.migrate()
        _stage.people(options.messages)
        browsers()
        near = measured(0, NEAR, options.messages, options.rounds)
        far = measured(options.delay, FAR, options.messages, options.rounds)
    print(json.dumps(summary(near, far)))


def measured(delay: float, connections: tuple[int, ...], messages: int, rounds: int) -> dict[str, float]:
    """The median of each figure, with a service that answers after so many seconds."""
    with _http_sink.running("push", delay) as port:
        os.environ["OUTGOING_HOSTS"] = os.environ["PUSH_HOSTS"] = f"127.0.0.1:{port}"
        move(port)
        found = [one_round(port, connections, messages) for _ in range(rounds)]
    return {name: sorted(each[name] for each in found)[rounds // 2] for name in found[0]}


def one_round(port: int, connections: tuple[int, ...], messages: int) -> dict[str, float]:
    ours = _worker.send(launch(), PROCESSES)
    point = encryption.raw(ec.generate_private_key(ec.SECP256R1()).public_key())
    body = b"x" * BODY
    sealed = encryption.seal(body, point, bytes(16))
    figures = {
        "messages_per_second": ours["mails_per_second"],
        "cpu_microseconds_per_message": ours["cpu_microseconds_per_mail"],
        "peak_memory_megabytes": ours["peak_memory_megabytes"],
        "raw_per_second": _http_raw.best(port, sealed, messages, PROCESSES, connections, "push"),
        "raw_sealing_per_second": _http_raw.best(port, body, messages, PROCESSES, connections, "sealing"),
        "seal_microseconds": seal_cost(),
    }
    print(json.dumps({name: round(value, 2) for name, value in figures.items()}), file=sys.stderr, flush=True)
    return figures


def seal_cost() -> float:
    """CPU of sealing one message for a browser that was not met before."""
    points = [encryption.raw(ec.generate_private_key(ec.SECP256R1()).public_key()) for _ in range(2_000)]
    began = time.process_time()
    for point in points:
        encryption.seal(b"x" * BODY, point, bytes(16))
    return 1e6 * (time.process_time() - began) / len(points)


def move(port: int) -> None:
    """All browsers to the push service at this port."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE channels_pushsubscription SET endpoint = 'http://127.0.0.1:' || %s || '/fine/' || customer_id",
            [port],
        )
        cursor.execute("VACUUM ANALYZE channels_pushsubscription")


def browsers() -> None:
    """One for everybody, with consent to push messages."""
    key, ids = keys.active(NOW), list(Customer.objects.order_by("id").values_list("id", flat=True))
    names = {pk: f"{pk:032x}" for pk in ids}
    PushSubscription.objects.bulk_create(
        (
            PushSubscription(
                endpoint_key=devices.endpoint_key(str(pk)),
                endpoint="",
                p256dh=keys.text(encryption.raw(ec.generate_private_key(ec.SECP256R1()).public_key())),
                auth=keys.text(os.urandom(16)),
                vapid_key=key,
                customer_id=pk,
                address=names[pk],
            )
            for pk in ids
        ),
        batch_size=2_000,
    )
    Reach.objects.bulk_create(
        (
            Reach(
                customer_id=pk, channel="push", address=names[pk], address_key=address_key("push", names[pk])
            )
            for pk in ids
        ),
        batch_size=2_000,
    )
    _stage.agree(ids, "push", Topic.objects.get())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def launch() -> MessageVersion:
    """A frozen push message with a link, planned for everybody."""
    account = Account.objects.update_or_create(
        name="Bench push",
        defaults={"backend": "web_push", "channel": "push", "settings": {"contact": "shop@linden.example"}},
    )[0]
    sender = Sender.objects.get_or_create(
        email="post@linden.example", defaults={"name": "Kaufhaus Linden", "account": account}
    )[0]
    message = Message.objects.create(sender=sender, topic=Topic.objects.get(), channels=["push"])
    version = MessageVersion.objects.create(
        message=message,
        number=1,
        digest=str(message.pk),
        sender_name=sender.name,
        sender_email=sender.email,
        account=account,
        fallback_language="de",
        routes=[["push", account.pk]],
    )
    link = "{{ link_1 }}"
    content = VersionContent.objects.create(
        version=version,
        channel="push",
        language="de",
        variant="A",
        subject="Hallo {{ first_name }}, neu im Haus",
        text="Der Keramikbecher ist wieder da, auch in {{ city }}. Nur noch bis Samstag zum alten Preis.",
        parts={
            "picture": "https://linden.example/medien/becher.jpg",
            "link": link,
            "actions": [{"label": "Ansehen", "link": link}],
        },
        fields=["first_name", "city"],
        digest=str(message.pk),
    )
    Link.objects.create(content=content, position=1, url="https://linden.example/angebot")
    planning.plan(version, message.pk, _stage.Everybody(), 0, timezone.now(), limit=1_000_000)
    assert Delivery.objects.filter(version=version, channel="push").exists()
    return version


def summary(near: dict[str, float], far: dict[str, float]) -> dict[str, Any]:
    sides = {"": near, "distant_": far}
    ratios = {
        f"{side}{limit}": each["messages_per_second"] / each[f"{limit}_per_second"]
        for side, each in sides.items()
        for limit in ("raw", "raw_sealing")
    }
    figures = {f"{side}{name}": value for side, each in sides.items() for name, value in each.items()}
    return {
        "bench": "push",
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {name: round(value, 1) for name, value in figures.items()},
    }


if __name__ == "__main__":
    main()
