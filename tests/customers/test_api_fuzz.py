"""Whatever is sent to the API, it is answered in time and never with a 5xx; what was taken can be recorded.

The long form: `FUZZED_BODIES=100000 API_EXAMPLES=1000 ./stammkunde test tests/customers/test_api_fuzz.py`.
"""

import base64
import gzip
import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings

from customers.models import ApiKey, InboxBatch, Shop
from customers.tracking import inbox, keys
from tests.factories import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F37")]
BODIES = int(os.environ.get("FUZZED_BODIES", "1500"))
EXAMPLES = int(os.environ.get("API_EXAMPLES", "20"))
SLOWEST = 2.0  # seconds
PAGE = "https://linden.example"
CALLS = ["track", "identify", "page", "screen", "alias", "group", "batch", "import", "t", "b", "i"]
MONSTERS = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5_000,
    b'"\\ud800"',
    b'"\\u0000"',
    b"\x00",
    b"\xff\xfe",
    b"[" * 10_000,
    b"]" * 10_000,
    b'{"a":' * 2_000,
    b'"\\' * 3_000,
    b'"' * 3_000,
    b'"messageId":1,"messageId":"2"',
    b"null",
    b"{}",
    b"[]",
    b'"0001-01-01T00:00:00+23:59"',
    b'"9999-12-31T23:59:59-23:59"',
    "\u202e\U0001f381\ufffd".encode(),
]
MESSAGE: dict[str, Any] = {
    "type": "track",
    "messageId": "m",
    "userId": "u1",
    "anonymousId": "a1",
    "event": "Order Completed",
    "timestamp": "2026-11-23T12:00:00.000Z",
    "sentAt": "2026-11-23T12:00:01.000Z",
    "traits": {"email": "anna@example.org", "address": {"city": "Köln"}},
    "properties": {
        "order_id": "1",
        "total": 12.9,
        "products": [{"sku": "MUG", "price": "12,90 €", "quantity": 1}],
    },
    "context": {"token": "a.b.c", "page": {"url": PAGE}},
}
SEEDS = [
    json.dumps(MESSAGE).encode(),
    json.dumps(
        {"batch": [MESSAGE, MESSAGE | {"type": "identify"}], "sentAt": "2026-11-23T12:00:01Z"}
    ).encode(),
    json.dumps(
        {"batch": [MESSAGE | {"type": "alias", "previousId": "a2"}, {"type": "page", "userId": 7}]}
    ).encode(),
]


def secret(kind: str) -> str:
    key = ApiKey(name=kind, kind=kind, source=kind, scopes=list(keys.SCOPES), origins=[PAGE])
    return keys.make(key, UserFactory(), timezone.now())


def basic(name: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:".encode()).decode()


def spoiled(body: bytes, draw: random.Random) -> bytes:
    """A body with a few things put in, taken out, doubled or turned."""
    for _ in range(draw.randrange(4)):
        at, to = sorted(draw.choices(range(len(body) + 1), k=2))
        way = draw.randrange(5)
        if way == 0:
            body = body[:at] + draw.choice(MONSTERS) + body[at:]
        elif way == 1:
            body = body[:at] + body[to:]
        elif way == 2:
            body = body[:to] + body[at:to] + body[to:]
        elif way == 3 and at < len(body):
            body = body[:at] + bytes([draw.randrange(256)]) + body[at + 1 :]
        else:
            colon = body.find(b":", at) + 1
            body = body[:colon] + draw.choice(MONSTERS) + body[body.find(b",", colon) :]
    return body


def packed(body: bytes, draw: random.Random) -> tuple[bytes, dict[str, str]]:
    way = draw.randrange(12)
    if way == 0:
        return gzip.compress(body), {"Content-Encoding": "gzip"}
    if way == 1:
        return spoiled(gzip.compress(body), draw), {"Content-Encoding": "gzip"}
    return body, {"Content-Encoding": "br"} if way == 2 else {}


def test_fuzzed_bodies_are_answered_in_time(settings: Any) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    settings.BROWSER_CALLS_A_MINUTE = 10**9
    secrets = [secret("server"), secret("browser"), secret("till"), "unknown"]
    client, statuses, slowest = Client(raise_request_exception=False), Counter[int](), 0.0
    for seed in range(BODIES):
        draw = random.Random(seed)
        body, headers = packed(spoiled(draw.choice(SEEDS), draw), draw)
        headers |= {"Authorization": basic(draw.choice(secrets)), "Origin": PAGE}
        kind = draw.choice(["application/json", "text/plain", "application/x-www-form-urlencoded", "é"])
        address = f"/api/v1/{draw.choice(CALLS)}"
        began = time.monotonic()
        answer = client.post(address, body, content_type=kind, headers=headers)
        if (took := time.monotonic() - began) > SLOWEST:  # by the body, or because the machine was away?
            began = time.monotonic()
            client.post(address, body, content_type=kind, headers=headers)
            took = min(took, time.monotonic() - began)
        slowest = max(slowest, took)
        statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"seed {seed}: {answer.content[:300]!r}"
        assert slowest < SLOWEST, f"seed {seed}: {slowest} s"
    assert {200, 400, 401} <= set(statuses), statuses
    while inbox.sweep(timezone.now()):
        pass
    assert not InboxBatch.objects.exists(), "what was taken can be recorded"


@pytest.fixture
def one_connection() -> Iterator[None]:
    """As Django's own test client: what a request leaves open is the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_the_openapi_document_is_true_enough_to_be_fuzzed_by() -> None:
    """Schemathesis makes calls of what the document describes, and of what it does not."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {"/api/v1/batch", "/api/v1/orders"} <= {each.full_path for each in operations}
    headers = {"Authorization": basic(secret("server"))}
    statuses = Counter[int]()
    for operation in operations:

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy())
        def hold(case: Any) -> None:
            answer = case.call(headers=headers)
            statuses[answer.status_code] += 1
            assert answer.status_code < 500

        hold()
    assert 200 in statuses, statuses
