"""What the tests of the script in shops' pages share."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from customers import models
from customers.models import ApiKey
from tests.browser import shop as shops
from tests.customers.door import made
from tests.factories import ProductFactory, UserFactory


@pytest.fixture
def shop() -> Iterator[shops.Shop]:
    opened = shops.opened()
    yield opened
    opened.server.shutdown()
    opened.server.server_close()


@pytest.fixture
def key(shop: shops.Shop, live_server: Any) -> ApiKey:
    """A browser key for the shop's pages: `/` loads our script by the inline snippet, `/plain` does not."""
    models.Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    ProductFactory(sku="MUG", price=450)
    found, _secret = made(UserFactory(), "browser", scopes=[], origins=[shop.url])
    shop.page("/", shops.snippet(found, live_server.url).inline)
    shop.page("/plain", "")
    return found


@pytest.fixture
def wire(context: BrowserContext) -> shops.Wire:
    heard = shops.Wire()
    context.on("request", heard.hear)
    return heard


@pytest.fixture
def agreed(page: Page, shop: shops.Shop, key: ApiKey, wire: shops.Wire) -> Page:
    """The shop's page, open with consent, with its first message sent."""
    page.goto(shop.url)
    shops.tell(page, "consent", "granted")
    shops.until(page, lambda: not shops.waiting(page))
    return page
