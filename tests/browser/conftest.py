"""What the tests of the script in shops' pages share."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext, Page

from config.embedded import processes
from customers import models
from customers.models import ApiKey
from tests.browser import shop as shops
from tests.customers.door import made
from tests.factories import ProductFactory, UserFactory


@pytest.fixture(autouse=True)
def all_heard(transactional_db: None) -> Iterator[None]:
    """Pages say their last words as they close. The tables are emptied only after the server has heard them."""
    yield
    time.sleep(0.1)
    assert processes.wait_until(is_quiet, 10), "the server is still at work"


def is_quiet() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return bool(cursor.fetchone()[0] == 0)


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
