"""Two tills of two stores have looked at the same single code: one redeems it, the other is told so and where."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import Browser, Page, expect

from customers.models import Shop, Store
from loyalty.models import Redemption
from tests.browser.test_story import PHONE, fits
from tests.factories import StoreFactory
from tests.loyalty import tills
from tests.loyalty.coupons import code, coupon

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def till(browser: Browser, url: str, store: Store) -> Page:
    """A phone of its own, signed in as somebody of that store."""
    client = Client()
    client.force_login(tills.staff(store, language="en"))
    context = browser.new_context(viewport=PHONE, base_url=url, locale="en-GB", is_mobile=True)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
    return context.new_page()


def look(page: Page, text: str) -> None:
    page.goto("/till/redeem/")
    page.get_by_label("Coupon code").fill(text)
    page.get_by_label("Sum of the basket").fill("40")
    page.get_by_role("button", name="What does it take off?").click()
    expect(page.get_by_text("€4.00 off")).to_be_visible()


def test_a_single_code_that_both_have_looked_at_is_redeemed_at_one_till_only(
    browser: Browser, live_server: Any
) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    single = code(coupon(single_use=True))
    hannover, kiel = (
        till(browser, live_server.url, StoreFactory(name=name)) for name in ("Hannover", "Kiel")
    )
    look(hannover, single.text)
    look(kiel, single.text)
    assert not Redemption.objects.exists()
    hannover.get_by_role("button", name="Redeem €4.00").click()
    expect(hannover.locator(".till-done")).to_contain_text("€4.00 off")

    kiel.get_by_role("button", name="Redeem €4.00").click()
    expect(kiel.get_by_role("alert")).to_contain_text("This code was redeemed already.")
    expect(kiel.get_by_text("in: Hannover")).to_be_visible()
    assert fits(kiel)
    row = Redemption.objects.get(code=single)
    assert (row.store.name, row.state) == ("Hannover", "redeemed")  # type: ignore[union-attr]
    assert row.at <= timezone.now()
    for page in (hannover, kiel):
        page.context.close()
