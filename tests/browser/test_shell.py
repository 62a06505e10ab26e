"""The shell in a real browser: signing in, language, colours, lists, dialogs, at a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.roles import ADMINISTRATOR
from customers.models import User
from tests.factories import PASSWORD, StoreFactory, UserFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.browser.gallery"),
]

DESK = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}
VIOLATIONS = """
    document.addEventListener("securitypolicyviolation",
        (event) => console.error("policy", event.violatedDirective, event.blockedURI, event.sourceFile));
"""


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """The page; the test fails for any error of the console, of a script, or of the content policy."""
    faults: list[str] = []
    page.add_init_script(VIOLATIONS)
    page.on("console", lambda message: message.type in {"error", "warning"} and faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert not faults


@pytest.fixture
def administrator() -> User:
    return UserFactory(in_role=ADMINISTRATOR, email="mara@example.org", language="", first_name="Mara")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def sign_in(page: Page, url: str, password: str = PASSWORD) -> None:
    page.goto(url)
    page.get_by_label("E-mail").fill("mara@example.org")
    page.locator("[name=password]").fill(password)
    page.locator("form .btn-primary").click()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_first_day(quiet: Page, live_server: Any, administrator: User, size: dict[str, int]) -> None:
    """Sign in with a typo first, switch language and colours, find the team, invite somebody."""
    page = quiet
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(live_server.url)
    page.get_by_role("button", name="English").click()
    sign_in(page, live_server.url, "a typo")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    sign_in(page, live_server.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Mara")

    page.get_by_text("Account and display").locator("..").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.reload()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    page.locator("summary.user").click()
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator("summary.user").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")

    if size is PHONE:
        page.locator(".bottom-more summary").click()
    page.locator("nav:visible").get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Team").click()
    page.get_by_role("link", name="Invite").click()
    page.get_by_label("E-mail").fill("new@example.org")
    page.get_by_label("Marketing").check()
    assert fits(page)
    page.get_by_role("button", name="Invite").click()
    assert "/welcome/" in page.locator("#link").input_value()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="new@example.org").first.click()
    page.get_by_text("More", exact=True).first.click()
    page.get_by_role("link", name="Deactivate").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("open sessions end at once")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    page.get_by_text("More", exact=True).first.click()
    page.get_by_role("link", name="Deactivate").click()
    dialog.get_by_role("button", name="Deactivate").click()
    expect(page.locator(".notice")).to_contain_text("is deactivated")
    assert fits(page)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_list(quiet: Page, live_server: Any, administrator: User, size: dict[str, int]) -> None:
    """Search while typing, filter by a chip, go back, choose rows, act on them, open one by its row."""
    page = quiet
    page.set_viewport_size(size)  # type: ignore[arg-type]
    for number in range(30):
        StoreFactory(name=f"Store {number:02}", kind="online" if number < 3 else "physical")
    sign_in(page, f"{live_server.url}/sign-in/?next=/list/")
    rows = page.locator("table.rows tbody tr")
    expect(rows).to_have_count(25)
    page.locator("#list-search").fill("store 1")
    expect(rows).to_have_count(10)
    expect(page).to_have_url(f"{live_server.url}/list/?q=store%201")
    page.go_back()
    expect(rows).to_have_count(25)
    page.get_by_text("Filter", exact=True).click()
    page.locator("[name=kind]").select_option("online")
    expect(rows).to_have_count(3)
    expect(page.locator(".chip").first).to_contain_text("Online")
    with page.expect_response("**/list/?kind=online"):
        page.get_by_role("button", name="Apply").click()
    expect(page.locator(".filters")).not_to_have_attribute("open", "")
    assert fits(page)

    rows.nth(0).get_by_role("checkbox").check()
    rows.nth(1).get_by_role("checkbox").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("2")
    page.locator("[data-bulk-bar]").locator("button[value=close]").click()
    page.get_by_role("button", name="Close").last.click()
    expect(page.locator(".notice")).to_contain_text("closed 2")
    page.locator(".chip").first.click()
    expect(rows).to_have_count(25)


def test_keys_and_folding(quiet: Page, live_server: Any, administrator: User) -> None:
    page = quiet
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, f"{live_server.url}/sign-in/?next=/")
    page.locator("h1").wait_for()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("[data-fold-button]").click()
    page.reload()
    expect(page.locator("body")).to_have_class("shell nav-folded")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()


def test_components(quiet: Page, live_server: Any, administrator: User) -> None:
    """Progress polls until it is done and no longer; a plot is drawn; a dialog asks."""
    page = quiet
    sign_in(page, f"{live_server.url}/sign-in/?next=/gallery/")
    expect(page.locator("[data-plot-canvas] canvas")).to_be_visible()
    expect(page.locator("[hx-get='/job/']")).to_have_count(1)
    expect(page.locator("[hx-get='/job/']")).to_have_count(0, timeout=10_000)
    expect(page.locator(".progress-count")).to_contain_text("100")
    page.get_by_role("link", name="Send to").click()
    expect(page.get_by_role("dialog")).to_contain_text("Send now?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert fits(page)
    figure = page.locator(".bars td.num").first.bounding_box()
    assert figure
    assert figure["x"] + figure["width"] < PHONE["width"], "the card would hide what sticks out"


@pytest.mark.browser
def test_the_shell_works_without_scripts(browser: Any, live_server: Any, administrator: User) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    StoreFactory(name="Nord")
    sign_in(page, f"{live_server.url}/sign-in/?next=/list/")
    page.locator("#list-search").fill("nord")
    page.locator("#list-search").press("Enter")
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    page.locator("summary.user").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    context.close()
