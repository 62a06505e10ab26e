# ruff: noqa: F811  (fixtures of the other browser tests)
"""The page of one customer in a real browser: her timeline with its filter, older pages, and a note."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Customer, Shop
from tests.browser.test_shell import DESK, PHONE, administrator, fits, quiet, sign_in  # noqa: F401
from tests.factories import NOON, CustomerFactory, OrderFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def anna() -> Customer:
    """Forty orders, ten refunds, a day apart."""
    Shop.objects.update_or_create(pk=1, defaults={"name": "Linden", "currency": "EUR"})
    customer = CustomerFactory(first_name="Anna", last_name="Lindner")
    for number in range(50):
        OrderFactory(
            customer=customer,
            number=f"A{number}",
            kind="refund" if number % 5 == 0 else "order",
            placed_at=NOON - timedelta(days=number // 2),
        )
    return customer


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_her_timeline_and_a_note(
    quiet: Page,
    live_server: Any,
    administrator: Any,
    anna: Customer,
    size: dict[str, int],
) -> None:
    page = quiet
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, f"{live_server.url}/sign-in/?next=/customers/{anna.pk}/")
    entries = page.locator(".entry")
    expect(entries).to_have_count(30)
    expect(page.locator(".entry-day")).to_have_count(15)
    assert fits(page)

    page.get_by_label("New note").fill("Half a thought")
    page.get_by_role("link", name="Show older").click()
    expect(entries).to_have_count(50)
    expect(page.locator(".entry-day")).to_have_count(25)
    expect(page.get_by_role("link", name="Show older")).to_have_count(0)

    chips = page.get_by_label("What the timeline shows")
    chips.get_by_role("link", name="Refunds").click()
    expect(entries).to_have_count(10)
    expect(page).to_have_url(f"{live_server.url}/customers/{anna.pk}/?kind=refunds")
    expect(page.get_by_label("New note")).to_have_value("Half a thought")
    chips.get_by_role("link", name="Orders").click()
    expect(entries).to_have_count(30)
    chips.get_by_role("link", name="Orders").click()
    expect(entries).to_have_count(10)
    page.go_back()
    expect(entries).to_have_count(30)
    page.go_back()
    expect(entries).to_have_count(10)
    page.reload()
    expect(entries).to_have_count(10)

    page.get_by_label("New note").fill("Prefers <b>calls</b>\nin the morning")
    page.get_by_label("Pin on top").check()
    page.get_by_role("button", name="Save note").click()
    pinned = page.locator(".pinned")
    expect(pinned).to_contain_text("Prefers <b>calls</b>")
    expect(entries.first).to_contain_text("Note by Mara")
    pinned.get_by_role("link", name="Change").click()
    page.get_by_label("Note").fill("Prefers letters")
    page.get_by_role("button", name="Save").click()
    expect(pinned).to_contain_text("Prefers letters")
    pinned.get_by_role("link", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("gone for good")
    dialog.get_by_role("link", name="Cancel").click()
    expect(pinned).to_be_visible()
    pinned.get_by_role("link", name="Delete").click()
    dialog.get_by_role("button", name="Delete note").click()
    expect(pinned).to_have_count(0)
    assert fits(page)


def test_the_timeline_works_without_scripts(
    browser: Any,
    live_server: Any,
    administrator: Any,
    anna: Customer,
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    sign_in(page, f"{live_server.url}/sign-in/?next=/customers/{anna.pk}/")
    page.get_by_role("link", name="Show older").click()
    expect(page.locator(".entry")).to_have_count(20)
    page.get_by_role("link", name="Refunds").click()
    expect(page.locator(".entry")).to_have_count(10)
    page.get_by_label("New note").fill("By hand")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".entry").first).to_contain_text("By hand")
    context.close()
