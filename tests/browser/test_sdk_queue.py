"""What our script in a shop's pages has not sent yet: offline, over a reload, on leaving, refused, and in two tabs."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Route

from customers.models import ApiKey, Event, EventKey, IngestCount
from tests.browser.shop import Shop, Wire, stored, tell, until, views, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

API = "**/api/v1/batch"
MUG = {"sku": "MUG"}


def test_what_happens_offline_is_told_when_the_line_is_back(agreed: Page, wire: Wire) -> None:
    sent = len(wire.requests)
    agreed.context.set_offline(True)
    before = timezone.now() - timedelta(milliseconds=1)  # a browser counts in whole ones
    tell(agreed, "product.viewed", MUG)
    agreed.wait_for_timeout(1500)
    assert len(waiting(agreed)) == 1
    assert len(wire.requests) == sent, "a browser that knows it is offline does not try"
    agreed.context.set_offline(False)
    after = timezone.now()
    until(agreed, lambda: views() == 1)
    assert before <= Event.objects.get(kind="view").at < after, "when it happened, not when it was told"
    until(agreed, lambda: not waiting(agreed))


def test_what_waits_survives_a_reload(agreed: Page, wire: Wire) -> None:
    agreed.context.route(API, lambda route: route.abort())
    tell(agreed, "product.viewed", MUG)
    agreed.wait_for_timeout(1200)
    agreed.reload()
    assert [message["event"] for message in waiting(agreed) if message["type"] == "track"] == [
        "Product Viewed"
    ]
    agreed.context.unroute(API)
    until(agreed, lambda: views() == 1)
    until(agreed, lambda: not waiting(agreed))


@pytest.mark.parametrize("way", ["keepalive", "beacon"])
def test_what_is_done_last_goes_along_as_the_page_is_left(
    page: Page, shop: Shop, key: ApiKey, wire: Wire, way: str
) -> None:
    if way == "beacon":
        page.add_init_script("delete Request.prototype.keepalive")
    page.goto(shop.url)
    tell(page, "consent", "granted")
    until(page, lambda: not waiting(page))
    page.evaluate(
        "() => { stammkunde('product.viewed', { sku: 'MUG' }); location.assign('/plain'); }",
    )
    page.wait_for_url("**/plain")
    until(page, lambda: views() == 1)
    left = waiting(page)
    assert len(left) == 1, "nobody has heard yet that it arrived"

    page.goto(shop.url)
    until(page, lambda: not waiting(page))
    until(page, lambda: IngestCount.objects.filter(fate="repeated", count=1).exists())
    assert views() == 1, "sent again, counted once"
    assert EventKey.objects.count() == 3


def test_two_tabs_do_not_send_a_message_both(
    agreed: Page, shop: Shop, context: BrowserContext, wire: Wire
) -> None:
    gate, second = two_tabs(agreed, shop, context)
    second.wait_for_timeout(2000)
    assert len(gate.held) == 1, "the other tab waits until this one has its answer"
    gate.open()
    until(second, lambda: views() == 2)
    until(second, lambda: not waiting(second))
    assert len(wire.ids) == len(set(wire.ids))


def test_without_locks_they_may_and_it_counts_once(
    agreed: Page, shop: Shop, context: BrowserContext, wire: Wire
) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'locks', { value: undefined })")
    agreed.reload()
    until(agreed, lambda: not waiting(agreed))
    gate, second = two_tabs(agreed, shop, context)
    until(second, lambda: len(gate.held) == 2)
    gate.open()
    until(second, lambda: views() == 2)
    until(second, lambda: not waiting(second))
    assert len(wire.ids) > len(set(wire.ids)), "the negative control: this is what the lock prevents"


class Gate:
    """Holds up requests until it is opened."""

    def __init__(self) -> None:
        self.held: list[Route] = []
        self.closed = True

    def take(self, route: Route) -> None:
        if self.closed:
            self.held.append(route)
        else:
            route.continue_()

    def open(self) -> None:
        self.closed = False
        for route in self.held:
            route.continue_()


def two_tabs(first: Page, shop: Shop, context: BrowserContext) -> tuple[Gate, Page]:
    """The first's request is under way and unanswered as the second has something to tell too."""
    second = context.new_page()
    second.goto(shop.url)
    until(second, lambda: not waiting(second))
    gate = Gate()
    context.route(API, gate.take)
    tell(first, "product.viewed", MUG)
    until(second, lambda: gate.held)
    tell(second, "product.viewed", MUG)
    return gate, second


def test_the_queue_has_an_end(agreed: Page) -> None:
    agreed.context.set_offline(True)
    agreed.evaluate(
        "for (let n = 1; n <= 310; n++) stammkunde('track', 'Products Searched', { query: `q${n}` })"
    )
    left = waiting(agreed)
    assert [left[0]["properties"], left[-1]["properties"]] == [{"query": "q11"}, {"query": "q310"}]
    assert len(left) == 300
    agreed.context.set_offline(False)
    until(agreed, lambda: Event.objects.filter(kind="search").count() == 300)


def test_a_full_storage_and_a_week_cost_the_oldest(agreed: Page) -> None:
    agreed.context.set_offline(True)
    tell(agreed, "product.viewed", MUG | {"text": "x" * 1000})
    free = (
        "for (let size = 4e6; size >= 1; size = size / 2) try { localStorage.x += 'x'.repeat(size) } catch {}"
    )
    agreed.evaluate(f"localStorage.x = ''; for (let n = 0; n < 3; n++) {free}")
    tell(agreed, "track", "Products Searched", {"query": "mug"})
    agreed.evaluate("localStorage.removeItem('x')")
    assert [message["event"] for message in waiting(agreed)] == ["Products Searched"]
    agreed.evaluate(
        """localStorage.setItem("stammkunde.aaaaaaaa-old", "{}");
        localStorage.setItem("stammkunde.zzzzzzzz-bad", "{")"""
    )
    agreed.context.set_offline(False)
    until(agreed, lambda: Event.objects.filter(kind="search").count() == 1)
    until(agreed, lambda: list(stored(agreed)) == ["stammkunde"])


def test_many_messages_go_in_several_requests(agreed: Page, wire: Wire) -> None:
    agreed.context.set_offline(True)
    agreed.evaluate(
        """for (let n = 0; n < 5; n++)
            stammkunde("track", "Products Searched", { query: "mug", text: "ä".repeat(12000) })"""
    )
    sent = len(wire.requests)
    agreed.context.set_offline(False)
    until(agreed, lambda: Event.objects.filter(kind="search").count() == 5)
    until(agreed, lambda: [len(batch) for batch in wire.requests[sent:]] == [2, 2, 1])
