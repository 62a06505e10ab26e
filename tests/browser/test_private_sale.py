"""A private sale for a tier is built and started; a customer of that tier enters by her link, another hears when."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from customers.models import Customer
from loyalty import play_links
from loyalty.models import AccessGrant, Sale, TierPeriod
from loyalty.sales import granting
from tests.browser.test_story import DESK, PHONE, fits, sign_in
from tests.factories import CustomerFactory
from tests.loyalty.ladders import collect, ladder

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MINUTE = "%Y-%m-%dT%H:%M"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def gold_and_silver() -> tuple[Customer, Customer]:
    programme = ladder()
    who = CustomerFactory(language="en"), CustomerFactory(language="en")
    for person, points in zip(who, (600, 200), strict=True):
        collect(programme, person.pk, points, f"all of {person.pk}", timezone.now())
    assert TierPeriod.objects.filter(current=True, tier__isnull=False).count() == 2
    return who


def fill_wave(page: Page, place: int, name: str, audience: str, days: int) -> None:
    page.locator(f"[name=wave_{place}]").fill(name)
    page.locator(f"[name=for_{place}]").select_option(label=audience)
    page.locator(f"[name=opens_{place}]").fill((timezone.now() + timedelta(days=days)).strftime(MINUTE))


def build_and_start(page: Page, url: str) -> Sale:
    page.goto(f"{url}/sales/new/")
    for name, text in {"name": "Winter preview", "key": "winter", "section": "early"}.items():
        page.locator(f"[name={name}]").fill(text)
    fill_wave(page, 1, "Then the next", "Silver and above", 3)
    fill_wave(page, 2, "The best first", "Gold and above", -1)
    page.locator("[name=ends_wall]").fill((timezone.now() + timedelta(days=9)).strftime(MINUTE))
    assert fits(page)
    page.locator(".play-save .btn-primary").click()
    page.get_by_role("link", name="Start the sale").click()
    page.get_by_role("button", name="Start the sale").click()
    expect(page.locator(".play-waves strong")).to_have_text(["The best first", "Then the next"])
    expect(page.locator(".play-waves")).to_contain_text("Gold and above")
    return Sale.objects.get()


def test_gold_enters_by_her_link_and_silver_hears_when(
    page: Page, live_server: Any, settings: Any, gold_and_silver: tuple[Customer, Customer]
) -> None:
    settings.PUBLIC_URL = live_server.url
    gold, silver = gold_and_silver
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, live_server.url, "en")
    sale = build_and_start(page, live_server.url)
    assert granting.run(timezone.now()) == 2
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.reload()
    assert fits(page)
    page.goto(play_links.sale_page(sale.pk, silver.pk))
    expect(page.locator(".play-note")).to_contain_text("The sale opens to you on")
    expect(page.locator(".play-enter")).to_have_count(0)
    page.goto(play_links.sale_page(sale.pk, gold.pk))
    assert fits(page)
    page.locator(".play-enter").click()
    expect(page.get_by_role("status")).to_contain_text("You are in.")
    assert AccessGrant.objects.get(admitted_at__isnull=False).customer == gold
