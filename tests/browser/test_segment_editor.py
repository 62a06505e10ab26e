"""A segment built in the browser: by keyboard, at a desk and on a phone, with the count that follows."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from customers.models import Segment
from tests.factories import PASSWORD, CustomerFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def people(live_server: Any) -> None:
    for number in range(5):
        CustomerFactory(language="de", city="Hamburg" if number < 3 else "Bremen")
    CustomerFactory(language="en", city="Hamburg")


def sign_in(page: Page, url: str) -> None:
    UserFactory(in_role="marketer", email="mara@example.org")
    page.goto(f"{url}/sign-in/")
    page.locator("[name=username]").fill("mara@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def add(page: Page, text: str, group: str, place: str) -> None:
    """Open the group's picker, type, Enter."""
    page.locator(f"#{group} > .group-add summary").press("Enter")
    expect(page.locator(f"#{group}-picker")).to_be_focused()
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(f"#{place}")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_nested_rule_by_keyboard(page: Page, live_server: Any, people: None, size: dict[str, int]) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")
    number = page.locator("#segment-result .result-number")

    add(page, "langu", "r", "r-0")
    expect(page.locator("#faults-r-0")).to_contain_text("Choose at least one.")
    page.get_by_label("German").press("Space")
    expect(number).to_have_text("5")
    expect(page.locator("#segment-sentence")).to_contain_text("the language is German")

    page.locator('[value="group:r"]').click()
    expect(page.locator("#faults-r-1")).to_contain_text("This group is empty")
    page.locator("#r-1-kind").select_option("none")
    expect(page.locator("#r-1.group-none")).to_be_visible()
    add(page, "city", "r-1", "r-1-0")
    expect(page.locator("#r-1-0-cities")).to_be_focused()
    page.keyboard.type("ham")
    expect(page.locator(".suggestion").first).to_have_text("Hamburg")
    page.keyboard.press("Enter")
    expect(number).to_have_text("2")
    expect(page.locator(".sample li")).to_have_count(2)

    page.locator("#segment-name").fill("Germans elsewhere")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("#segment-saved")).to_contain_text("Saved")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Segment.objects.get().rule == {
        "all": [
            {"condition": "language", "params": {"languages": ["de"]}},
            {"none": [{"condition": "city", "params": {"cities": ["Hamburg"]}}]},
        ]
    }
    assert not faults


def test_typing_and_clicking_at_once_loses_nothing(page: Page, live_server: Any, people: None) -> None:
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")
    add(page, "number of", "r", "r-0")
    page.locator("#segment-name").fill("Often")
    page.locator("#r-0-number").fill("7")
    page.locator('[value="duplicate:r-0"]').click()
    expect(page.locator("#r-1-number")).to_have_value("7")
    expect(page.locator("#segment-name")).to_have_value("Often")
    page.goto(f"{live_server.url}/")
    page.goto(f"{live_server.url}/segments/new/")
    expect(page.locator("#r-1-number")).to_have_value("7")


def test_a_button_below_suggestions_takes_a_click_with_the_mouse(
    page: Page, live_server: Any, people: None
) -> None:
    """They go away with the focus, which leaves at the press: the button must still be there at the release."""
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")
    add(page, "city", "r", "r-0")
    page.locator("#r-0-cities").click()
    expect(page.locator("#r-0 .suggestion")).to_have_count(2)
    button = page.locator('[value="group:r"]')
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 4)
    page.mouse.down()
    page.wait_for_timeout(100)
    page.mouse.up()
    expect(page.locator("#r-1")).to_be_visible()

    page.locator("#r-0-cities").click()
    expect(page.locator("#r-0 .suggestion")).to_have_count(2)
    page.locator("#segment-name").click()
    expect(page.locator("#r-0 .found")).to_be_hidden()


def test_everything_works_without_scripts(browser: Browser, live_server: Any, people: None) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")
    page.locator("[data-picker] > summary").click()
    page.locator('[value="add:r:city"]').click()
    page.locator('[name="find.r-0.cities"]').fill("Ham")
    page.locator('.finder-plain [value="show:r-0"]').click()
    page.locator(".suggestion").first.click()
    expect(page.locator("#segment-result .result-number")).to_have_text("4")
    page.locator("#segment-name").fill("Hamburg")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("#segment-saved")).to_contain_text("Saved")


def test_in_the_older_of_two_windows_she_goes_on_with_what_she_has_there(
    page: Page, live_server: Any, people: None
) -> None:
    """The notice stands still until she has chosen, however slowly she clicks."""
    sign_in(page, live_server.url)
    newer = page.context.new_page()
    for each in (page, newer):
        each.goto(f"{live_server.url}/segments/new/")
        expect(each.locator("#segment-name")).to_be_visible()
    newer.locator("#segment-name").fill("In the newer one")
    expect(newer.locator("#segment-saved")).to_contain_text("Draft kept")
    page.locator("#segment-name").fill("In the older one")
    go_on = page.get_by_role("button", name="Go on with this one")
    expect(go_on).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(500)
    assert not asked
    go_on.click(delay=150)
    expect(go_on).to_have_count(0)
    expect(page.locator("#segment-name")).to_have_value("In the older one")
    page.reload()
    expect(page.locator("#segment-name")).to_have_value("In the older one")
