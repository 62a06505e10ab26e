"""The script in the pages of a shop: silent before consent, lossless behind it, and one visitor has one owner."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, Route

from customers.models import ApiKey, Cart, Customer, Event, Favourite, IngestCount, Visitor
from customers.models import Shop as OurShop
from customers.tracking import inbox, keys
from tests.customers.door import made
from tests.factories import ProductFactory, UserFactory
from tests.servers.shop import Shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MUG = {"product_id": "MUG", "quantity": 2}


@pytest.fixture
def shop(live_server: Any) -> Iterator[Shop]:
    server = Shop(live_server.url)
    yield server
    server.close()


@pytest.fixture
def key(shop: Shop, live_server: Any) -> ApiKey:
    OurShop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    ProductFactory(sku="MUG")
    found, secret = made(UserFactory(), "browser", scopes=["Quiz Finished"], origins=[shop.origin])
    script = f'<script async src="{live_server.url}/static/sdk/stammkunde.js" data-key="{secret}"></script>'
    shop.pages["/"] = f"<!doctype html><title>Shop</title>{script}"
    shop.pages["/early.js"] = (
        "window.stammkunde = [['track', 'Quiz Finished', {score: 7}], ['viewed', {product_id: 'MUG'}], ['nonsense']];"
    )
    shop.pages["/early"] = f"<!doctype html><title>Shop</title><script src='/early.js'></script>{script}"
    return found


@pytest.fixture
def visit(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def open_page(visit: BrowserContext, shop: Shop, path: str = "/") -> Page:
    page = visit.new_page()
    page.goto(shop.origin + path)
    until(page, "Boolean(window.stammkunde && window.stammkunde.init)")
    return page


def until(page: Page, expression: str) -> None:
    """Playwright's own waiting needs eval, which the shop forbids."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(25)
    raise AssertionError(f"never: {expression}")


def call(page: Page, name: str, *values: Any) -> Any:
    return page.evaluate("([name, values]) => window.stammkunde[name](...values)", [name, list(values)])


def sent(page: Page) -> None:
    """Until everything that was told is safe, and recorded."""
    until(page, "!Object.keys(localStorage).some(name => name.startsWith('stammkunde.m.'))")
    while inbox.sweep(timezone.now()):
        pass


def waiting(page: Page) -> int:
    return int(
        page.evaluate("Object.keys(localStorage).filter(name => name.startsWith('stammkunde.m.')).length")
    )


def token(key: ApiKey, number: str) -> str:
    said = {"sub": number, "exp": datetime.now(UTC) + timedelta(minutes=5)}
    return jwt.encode(said, keys.identity_secret(key), "HS256")


def test_it_is_small() -> None:
    assert len(gzip.compress((settings.BASE_DIR / "static/sdk/stammkunde.js").read_bytes())) < 10_000


def test_nothing_is_stored_or_sent_before_consent_and_nothing_after_it_is_withdrawn(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    call(page, "viewed", MUG)
    page.wait_for_timeout(800)
    assert (asked, page.evaluate("localStorage.length"), visit.cookies(), call(page, "visitor")) == (
        [],
        0,
        [],
        None,
    )
    call(page, "consent", True)
    sent(page)
    assert Event.objects.get().kind == "view"
    assert Visitor.objects.get().anonymous_id == call(page, "visitor")
    call(page, "consent", False)
    call(page, "viewed", MUG)
    page.wait_for_timeout(500)
    assert (page.evaluate("localStorage.length"), len(asked)) == (0, 1)


def test_calls_before_the_script_is_there_are_kept_in_order(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop, "/early")
    call(page, "consent", "granted")
    sent(page)
    assert list(Event.objects.order_by("at", "id").values_list("kind", "name")) == [
        ("custom", "Quiz Finished"),
        ("view", ""),
    ]


def test_what_is_told_offline_survives_a_new_page_and_arrives_once(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop)
    call(page, "consent", True)
    page.route("**/api/v1/batch", lambda route: route.abort())
    call(page, "added", MUG)
    page.wait_for_timeout(700)
    assert waiting(page) == 1
    page.unroute("**/api/v1/batch")
    page.goto(f"{shop.origin}/")
    call(page, "viewed", MUG)
    sent(page)
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["cart_add", "view"]
    assert Visitor.objects.count() == 1


def test_an_answer_that_was_lost_costs_nothing(visit: BrowserContext, shop: Shop, key: ApiKey) -> None:
    page = open_page(visit, shop)
    call(page, "consent", True)
    lost: list[int] = []

    def lose(route: Route) -> None:
        route.fetch()
        lost.append(1)
        route.abort()

    page.route("**/api/v1/batch", lose, times=1)
    call(page, "viewed", MUG)
    page.wait_for_timeout(600)
    assert lost
    sent(page)
    assert Event.objects.count() == 1
    assert IngestCount.objects.get(fate="repeated").count == 1


def test_a_busy_server_is_asked_later_and_a_refusal_is_not_repeated(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    call(page, "consent", True)
    page.route("**/api/v1/batch", lambda route: route.fulfill(status=503), times=1)
    call(page, "track", "Not Allowed")
    call(page, "viewed", MUG)
    sent(page)
    assert list(Event.objects.values_list("kind", flat=True)) == ["view"]
    assert any("A browser key may not send this event" in text for text in said)
    assert IngestCount.objects.get(fate="not_public").count == 1


def test_what_is_told_on_the_way_out_arrives(visit: BrowserContext, shop: Shop, key: ApiKey) -> None:
    page = open_page(visit, shop)
    call(page, "consent", True)
    with page.expect_request("**/api/v1/batch"):
        page.evaluate("window.stammkunde.viewed({product_id: 'MUG'}); location.href = '/early'")
    until(page, "Boolean(window.stammkunde && window.stammkunde.init)")
    sent(page)
    assert Event.objects.filter(kind="view").count() >= 1


def test_two_tabs_lose_nothing_of_each_other(visit: BrowserContext, shop: Shop, key: ApiKey) -> None:
    first = open_page(visit, shop)
    call(first, "consent", True)
    second = open_page(visit, shop)
    for number in range(20):
        for page in (first, second):
            call(page, "track", "Quiz Finished", {"score": number})
    sent(first)
    sent(second)
    assert Event.objects.filter(name="Quiz Finished").count() == 40
    assert Visitor.objects.count() == 1


def test_a_visitor_becomes_the_customer_with_all_she_did(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop)
    call(page, "consent", True)
    call(page, "viewed", MUG)
    call(page, "added", MUG)
    call(page, "favourited", MUG)
    sent(page)
    assert not Customer.objects.exists()
    call(page, "identify", "K7", token(key, "K7"), {"language": "en"})
    sent(page)
    anna = Customer.objects.get()
    assert anna.identities.get().number == "K7"
    assert set(Event.objects.values_list("customer_id", flat=True)) == {anna.pk}
    assert (Cart.objects.get().customer, Favourite.objects.get().customer) == (anna, anna)
    assert Cart.objects.get().items == 2


def test_another_identity_is_another_visitor(visit: BrowserContext, shop: Shop, key: ApiKey) -> None:
    page = open_page(visit, shop)
    call(page, "consent", True)
    for number in ("K7", "K8"):
        call(page, "identify", number, token(key, number))
        call(page, "viewed", MUG)
    sent(page)
    owners = {
        visitor.customer.identities.get().number for visitor in Visitor.objects.all() if visitor.customer
    }
    assert owners == {"K7", "K8"}
    assert Event.objects.filter(kind="view").values("customer_id").distinct().count() == 2
    mine = call(page, "visitor")
    call(page, "reset")
    assert call(page, "visitor") != mine


def test_an_identity_without_proof_is_refused_and_counted(
    visit: BrowserContext, shop: Shop, key: ApiKey
) -> None:
    page = open_page(visit, shop)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    call(page, "consent", True)
    call(page, "identify", "K7")
    sent(page)
    assert not Customer.objects.exists()
    assert IngestCount.objects.get(fate="unproven").count == 1
    assert any("signed" in text for text in said)


def test_a_key_that_is_wrong_here_keeps_what_was_told(visit: BrowserContext, shop: Shop, key: ApiKey) -> None:
    ApiKey.objects.update(origins=["https://elsewhere.example"])
    keys._remembered.clear()
    page = open_page(visit, shop)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    call(page, "consent", True)
    call(page, "viewed", MUG)
    page.wait_for_timeout(900)
    assert waiting(page) == 1
    assert any("does not work on this web address" in text for text in said)
    ApiKey.objects.update(origins=[shop.origin])
    keys._remembered.clear()
    page.reload()
    sent(page)
    assert Event.objects.count() == 1
