"""What the vendor's own Python client sends arrives once, and as what it is.

The client talks to a real socket; what it posts is translated as the API's door would hand it over. Every second
post is taken and answered as if it were not, so that the client sends it again.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest
from django.db.models import Sum
from django.utils import timezone
from segment.analytics.client import Client

from customers.models import ApiKey, Customer, Event, IngestCount, Order, Shop
from customers.tracking import inbox, keys
from customers.tracking.messages import Message
from tests.customers.tracked import apply, key
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
KINDS = 11  # calls of each round
CALLS = 1_000 * KINDS


class Door(BaseHTTPRequestHandler):
    batches: list[list[dict[str, Any]]]
    answered: Counter[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        batch = json.loads(body)["batch"]
        self.batches.append(batch)
        self.answered["posts"] += 1
        self.send_response(503 if self.answered["posts"] % 2 else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def door() -> Iterator[ThreadingHTTPServer]:
    Door.batches, Door.answered = [], Counter()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(message: dict[str, Any]) -> Message:
    """As the door hands it over. The client writes null for what it does not know."""
    return msgspec.convert({name: value for name, value in message.items() if value is not None}, Message)


def send(client: Client) -> None:
    for n in range(CALLS // KINDS):
        user, product = f"u{n % 100}", {"sku": f"S{n % 50}", "name": "Mug", "price": 4.5, "quantity": 1}
        client.identify(user, {"firstName": "Anna", "plan": n})
        client.page(user, "Shop", "Home")
        client.screen(user, "App", "Basket")
        client.group(user, "staff")
        client.alias(f"a{n}", user)
        client.track(user, "Product Viewed", product)
        client.track(user, "Product Added", product)
        client.track(user, "Checkout Started", {"products": [product]})
        client.track(user, "Order Completed", {"order_id": f"O{n}", "total": 4.5, "products": [product]})
        client.track(user, "Product Added to Wishlist", product)
        client.track(user, "Quiz Finished", {"score": n})


def test_eleven_thousand_calls_of_the_vendors_client_arrive_once(door: ThreadingHTTPServer) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    client = Client("key", host=f"http://127.0.0.1:{door.server_port}", max_queue_size=CALLS, thread=2)
    send(client)
    client.flush()
    client.shutdown()
    by, counts = key(), Counter[tuple[str, str]]()
    sent = [message for batch in Door.batches for message in batch]
    assert len(sent) > CALLS, "some came twice"
    for start in range(0, len(sent), 2_000):
        messages = [told(message) for message in sent[start : start + 2_000]]
        counts.update(apply(messages, by, timezone.now()))
    n = CALLS // KINDS
    assert Customer.objects.count() == 100
    assert Order.objects.count() == n
    kinds = ("page", "screen", "view", "cart_add", "checkout", "order", "favourite", "custom")
    assert Counter(Event.objects.values_list("kind", flat=True)) == dict.fromkeys(kinds, n)
    assert set(Event.objects.filter(kind="screen").values_list("name", flat=True)) == {"Basket"}
    assert counts["event", "recorded"] == 8 * n
    assert counts["identify", "recorded"] == n
    assert counts["alias", "identified"] == n
    assert counts["group", "ignored"] >= n
    assert not [fate for fate in counts if fate[1].startswith(("bad", "no_", "mismatch"))]


def test_the_running_server_takes_the_vendors_client_as_it_is(live_server: Any) -> None:
    """Only the host is changed; what its calls become is what the sweeps behind the door make of them."""
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    made = ApiKey(name="shop", kind="server", source="shop", scopes=["track"])
    secret = keys.make(made, UserFactory(), timezone.now())
    client = Client(secret, host=f"{live_server.url}/api", max_queue_size=CALLS, thread=2, gzip=True)
    send(client)
    client.flush()
    client.shutdown()
    while inbox.sweep(timezone.now()):
        pass
    n = CALLS // KINDS
    assert Order.objects.count() == n
    assert Event.objects.count() == 8 * n
    fates = dict(
        IngestCount.objects.values_list("fate").annotate(Sum("count")).values_list("fate", "count__sum")
    )
    assert fates["recorded"] == 10 * n  # each event, each profile, each order
    assert not [fate for fate in fates if fate.startswith(("bad", "no_", "mis", "malformed", "nobody"))]
