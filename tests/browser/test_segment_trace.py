"""Dragging in the segment editor, a segment in a segment, and the question who is in it and why, in the browser."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from customers.models import Segment, SegmentDraft
from tests.browser.test_segment_editor import DESK, PHONE, add, people, sign_in  # noqa: F401 - a fixture
from tests.factories import CustomerFactory, SegmentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def speaks(*codes: str) -> dict[str, Any]:
    return {"condition": "language", "params": {"languages": list(codes)}}


def draft() -> Any:
    return SegmentDraft.objects.get().rule


def drag(page: Page, place: str, x: float, y: float) -> None:
    page.locator(f"#{place} > div > [data-grip]").hover()
    page.mouse.down()
    page.mouse.move(x, y - 4, steps=4)
    page.mouse.move(x, y, steps=4)


def box(page: Page, selector: str) -> Any:
    page.locator(selector).scroll_into_view_if_needed()
    return page.locator(selector).bounding_box()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_condition_is_dragged_into_a_group_and_moved_back_by_button(
    page: Page,
    live_server: Any,
    people: None,  # noqa: F811
    size: dict[str, int],
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.set_viewport_size({"width": size["width"], "height": 1400})
    segment = SegmentFactory(rule={"all": [speaks("de"), {"any": [speaks("en"), speaks("fr")]}]})
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/{segment.pk}/")

    inner = box(page, "#r-1-1")
    drag(page, "r-0", inner["x"] + 20, inner["y"] + 2)
    expect(page.locator(".drop-mark")).to_be_visible()
    page.mouse.up()
    expect(page.locator("#r-0-2")).to_be_visible()
    assert draft() == {"all": [{"any": [speaks("en"), speaks("de"), speaks("fr")]}]}
    expect(page.locator(".drop-mark")).to_have_count(0)

    page.locator('[value="up:r-0-1"]').click()
    expect(page.locator("#r-0-0 [value=de]")).to_be_checked()
    page.locator('[value="up:r-0-0"]').press("Enter")
    expect(page.locator("#r-1.group-any")).to_be_visible()
    assert draft() == {"all": [speaks("de"), {"any": [speaks("en"), speaks("fr")]}]}
    assert SegmentDraft.objects.get().turn >= 3  # a change that arrives late is known by it
    assert not faults


def test_escape_and_the_own_place_change_nothing(page: Page, live_server: Any, people: None) -> None:  # noqa: F811
    segment = SegmentFactory(rule={"all": [speaks("de"), speaks("en")]})
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/{segment.pk}/")
    second = box(page, "#r-1")
    drag(page, "r-0", second["x"] + 20, second["y"] + second["height"])
    page.keyboard.press("Escape")
    page.mouse.up()
    first = box(page, "#r-0")
    drag(page, "r-0", first["x"] + 20, first["y"] + 4)
    page.mouse.up()
    page.wait_for_timeout(300)
    assert not SegmentDraft.objects.exists()


def test_a_segment_in_a_segment_is_chosen_and_somebody_is_traced(
    page: Page,
    live_server: Any,
    people: None,  # noqa: F811
) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    inner = SegmentFactory(name="Germans", rule={"all": [speaks("de")]})
    CustomerFactory(first_name="Erna", last_name="Ernst", language="de")
    sign_in(page, live_server.url)
    page.goto(f"{live_server.url}/segments/new/")
    add(page, "belongs to a", "r", "r-0")
    page.keyboard.type("germ")
    expect(page.locator(".suggestion").first).to_have_text("Germans")
    page.keyboard.press("Enter")
    expect(page.locator("#segment-sentence")).to_contain_text("belongs to the segment “Germans”")
    expect(page.locator("#segment-result .result-number")).to_have_text("6")

    page.locator("#trace-who").fill("erna")
    page.locator(".trace-hits a").first.click()
    answer = page.locator(".trace-answer")
    expect(answer).to_contain_text("Erna Ernst belongs to this segment.")
    expect(page.locator("#segment-trace")).to_contain_text("it is: German")
    page.locator("#r-kind").select_option("none")
    expect(answer).to_contain_text("Erna Ernst does not belong to this segment.")
    page.locator("#segment-name").fill("Others")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("#segment-saved")).to_contain_text("Saved")
    assert Segment.objects.get(name="Others").rule == {
        "none": [{"condition": "in_segment", "params": {"segment": inner.pk}}]
    }
    assert not faults
