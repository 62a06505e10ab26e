"""The page of the books turns red after somebody has written past the ledger, and says in which row."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page, expect

from loyalty import tasks
from loyalty.models import Account
from tests.browser.test_story import DESK, PHONE, fits
from tests.factories import UserFactory
from tests.loyalty import points

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_row_that_is_tampered_with_turns_the_books_red(
    page: Page, live_server: Any, size: dict[str, int]
) -> None:
    client = Client()
    client.force_login(UserFactory(in_role="marketer", language="en"))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.set_viewport_size(size)  # type: ignore[arg-type]
    programme, anna = points.program(), points.person()
    points.give(programme, anna, 50)
    tasks.check_books()

    page.goto(f"{live_server.url}/settings/books/")
    expect(page.get_by_role("heading", name="All rules hold")).to_be_visible()
    expect(page.locator(".books-green")).to_be_visible()
    assert fits(page)

    account = points.account(programme, anna)
    Account.objects.filter(pk=account.pk).update(balance=70)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="2 rules do not hold")).to_be_visible()
    expect(page.locator(".books-red")).to_be_visible()
    row = page.get_by_role("row", name=f"account {account.pk} 50 70")
    expect(row.first).to_be_visible()
    expect(page.locator(".books details[open]")).to_have_count(2)
    assert fits(page)

    Account.objects.filter(pk=account.pk).update(balance=50)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_role("heading", name="All rules hold")).to_be_visible()
