"""Hooks, receivers and facts for the tests of webhooks."""

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from customers import orders
from customers.hooks import delivering, managing
from customers.models import Hook, HookCall, Origin, Shop, User
from tests.factories import NOON, UserFactory
from tests.servers.hooks import Receiver

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def always(status: int = 200, seconds: float = 0.0) -> Callable[[int, dict[str, Any]], tuple[int, float]]:
    return lambda _number, _body: (status, seconds)


def in_turn(*statuses: int) -> Callable[[int, dict[str, Any]], tuple[int, float]]:
    """One answer after the other, then 200 for ever."""
    return lambda number, _body: (statuses[number] if number < len(statuses) else 200, 0.0)


@contextmanager
def receiver(answer: Callable[[int, dict[str, Any]], tuple[int, float]]) -> Iterator[Receiver]:
    """A server of the operator's own network, named as such."""
    server = Receiver(answer)
    before = settings.OUTGOING_HOSTS
    settings.OUTGOING_HOSTS = [*before, server.place]
    try:
        yield server
    finally:
        settings.OUTGOING_HOSTS = before
        server.stop()


def staff() -> User:
    return User.objects.first() or UserFactory(in_role="administrator")


def hook(url: str = "https://erp.example/in", *kinds: str, name: str = "ERP") -> tuple[Hook, str]:
    """With its secret."""
    made = Hook(name=name, url=url, kinds=list(kinds) or ["order.recorded"])
    return made, managing.add(made, staff(), NOON)


def call(of: Hook, number: int = 1, **fields: Any) -> HookCall:
    """Due at noon."""
    times = {"created_at": NOON, "due_at": NOON, "gives_up_at": NOON + 3 * DAY}
    body = {"type": "order.recorded", "data": {"number": str(number)}}
    return HookCall.objects.create(
        hook=of, **{"event": uuid.uuid4(), "kind": "order.recorded", "body": body, **times} | fields
    )


def sweep(minutes: float = 0, seconds: float = 10.0) -> int:
    """As the task does, so many minutes after noon."""
    return delivering.sweep(lambda: NOON + minutes * MINUTE, seconds)


def order(*numbers: str, customer: str = "K1", origin: Origin = Origin.LIVE, refund: bool = False) -> None:
    """Mugs for 12.90 each."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    about: tuple[Any, ...] = ("", "", NOON, "MUG", False, "Mug", 1, Decimal("12.90"), "")
    lines = [orders.Line(number, refund, customer, *about, place) for place, number in enumerate(numbers)]
    orders.record(lines, orders.Terms("shop", "EUR"), NOON, origin)


def is_signed(headers: dict[str, str], raw: bytes, secret: str) -> bool:
    """What a receiver reckons, from the words of the specification: written apart from the code that signs."""
    prefix, _, encoded = secret.partition("_")
    assert prefix == "whsec"
    content = headers["webhook-id"] + "." + headers["webhook-timestamp"] + "." + raw.decode()
    digest = hmac.new(
        base64.b64decode(encoded, validate=True), content.encode("utf-8"), hashlib.sha256
    ).digest()
    expected = base64.standard_b64encode(digest).decode("ascii")
    versions = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return ["v1", expected] in versions
