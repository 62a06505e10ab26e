"""What our script in a shop's pages makes of the server's answers: no, later, none at all."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route

from customers.models import ApiKey, Event, IngestCount
from customers.tracking import keys
from tests.browser.shop import Shop, Wire, snippet, tell, until, views, waiting
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

API = "**/api/v1/batch"
MUG = {"sku": "MUG"}


def answering(status: int, **headers: str) -> Callable[[Route], None]:
    """A server that only ever answers this."""
    shared = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"} | headers
    return lambda route: route.fulfill(status=status, headers=shared, json={"success": False, "reason": "no"})


def test_a_refused_message_is_not_sent_again(agreed: Page, wire: Wire) -> None:
    words: list[str] = []
    agreed.on("console", lambda message: words.append(message.text))
    sent = len(wire.requests)
    tell(agreed, "track", "Order Refunded", {"order_id": "1"})
    tell(agreed, "product.viewed", MUG)
    until(agreed, lambda: views() == 1)
    until(agreed, lambda: not waiting(agreed))
    agreed.wait_for_timeout(1500)
    assert len(wire.requests) == sent + 1
    assert words == [
        "stammkunde: Order Refunded is refused: "
        "A browser key may not send this event; allow it on the key's page."
    ]
    assert IngestCount.objects.get(fate="not_public").count == 1


def test_what_a_key_that_has_ended_could_not_tell_goes_with_the_next(
    agreed: Page, shop: Shop, key: ApiKey, wire: Wire, live_server: Any
) -> None:
    keys.revoke(key, UserFactory(), timezone.now())
    words: list[str] = []
    agreed.on("console", lambda message: words.append(message.text))
    sent = len(wire.requests)
    tell(agreed, "product.viewed", MUG)
    until(agreed, lambda: len(wire.requests) == sent + 1)
    tell(agreed, "product.viewed", MUG)
    agreed.wait_for_timeout(1500)
    assert len(wire.requests) == sent + 1, "a page asks once"
    assert "nothing more is sent from this page: No key of this installation" in words[-1]
    assert (views(), len(waiting(agreed))) == (0, 2)
    new, _secret = keys.rotate(key, UserFactory(), timezone.now())
    shop.page("/", snippet(new, live_server.url).inline)
    agreed.goto(shop.url)
    until(agreed, lambda: views() == 2)


def test_a_call_that_cannot_be_read_is_dropped(agreed: Page, wire: Wire) -> None:
    agreed.context.route(API, answering(400))
    words: list[str] = []
    agreed.on("console", lambda message: words.append(message.text))
    sent = len(wire.requests)
    tell(agreed, "product.viewed", MUG)
    until(agreed, lambda: not waiting(agreed))
    agreed.wait_for_timeout(1500)
    assert len(wire.requests) == sent + 1
    assert words[-1] == "stammkunde: 1 message(s) are refused and dropped: no"


def test_an_answer_that_was_lost_costs_nothing(agreed: Page) -> None:
    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    agreed.route(API, lose, times=1)
    tell(agreed, "product.viewed", MUG)
    until(agreed, lambda: not waiting(agreed))
    until(agreed, lambda: IngestCount.objects.filter(fate="repeated", count=1).exists())
    assert views() == 1


def test_a_busy_server_is_asked_again_when_it_says(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    page.clock.install()
    page.goto(shop.url)
    page.context.route(API, answering(429, **{"Retry-After": "60"}))
    tell(page, "consent", "granted")
    with page.expect_response(lambda answer: answer.status == 429):
        page.clock.run_for(1100)
    page.wait_for_timeout(300)  # the minute counts from when the page has read the answer
    assert len(wire.requests) == 1
    page.clock.run_for(50_000)
    tell(page, "product.viewed", MUG)
    page.clock.run_for(5_000)
    page.wait_for_timeout(300)
    assert len(wire.requests) == 1, "a further message does not hurry it"
    page.context.unroute(API)
    page.clock.run_for(10_000)
    until(page, lambda: views() == 1)
    assert abs((timezone.now() - Event.objects.get(kind="view").at).total_seconds() - 10) < 8, (
        "its clock runs ahead of ours by a minute, which is taken off"
    )


def test_pauses_grow_while_the_server_is_away(page: Page, shop: Shop, key: ApiKey, wire: Wire) -> None:
    page.clock.install()
    page.goto(shop.url)
    page.context.route(API, answering(503))
    tell(page, "consent", "granted")
    tries = []
    for _minute in range(10):
        for _step in range(12):
            page.clock.run_for(5_000)
            page.wait_for_timeout(20)
        tries.append(len(wire.requests))
    assert 5 <= tries[0] <= 8
    assert tries[9] - tries[4] <= 3
    page.context.unroute(API)
    page.clock.run_for(300_000)
    until(page, lambda: Event.objects.filter(kind="page").count() == 1)
