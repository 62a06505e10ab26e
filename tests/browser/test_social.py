"""A post is written once, seen as each network shows it, scheduled, posted in the sandbox, and beside its campaign."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from channels.models import SocialPost
from channels.social import posting
from tests.browser.test_story import DESK, PHONE, eventually, fits, sign_in
from tests.campaigns import make
from tests.channels import mails, social

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PIXEL = "/static/img/linden.svg"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def campaign(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr("channels.tasks.post_socially.apply_async", lambda *args, **more: None)
    monkeypatch.setattr("campaigns.tasks.run_campaigns.apply_async", lambda *args, **more: None)
    mails.shop(currency="EUR", url=live_server.url)
    for network in ("facebook", "instagram", "x", "pinterest"):
        social.account(network, name=f"Linden {network}")
    return make.campaign(name="Advent 2026", segment=make.segment(), message=make.message())


def fits_everywhere(page: Page) -> bool:
    at_the_desk = fits(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    on_a_phone = fits(page)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return at_the_desk and on_a_phone


def change(page: Page, act: Any) -> None:
    """Do something in the form, and wait until its preview is there."""
    with page.expect_response(lambda answer: answer.url.endswith("/preview/")):
        act()
    page.wait_for_load_state("networkidle")


def card(page: Page, network: str) -> Any:
    return page.locator(f"#cards .post-{network}")


def choose(page: Page, *networks: str) -> None:
    for network in networks:
        place = page.locator("label.post-place").filter(has_text=f"Linden {network}")
        change(page, lambda place=place: place.locator("input").check())


def test_a_post_from_the_campaign_to_the_feed(page: Page, live_server: Any, campaign: Campaign) -> None:
    url = live_server.url
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, url, "en")

    # From the campaign, with its name.
    page.goto(f"{url}/campaigns/{campaign.pk}/review/")
    page.get_by_role("button", name="Add a post").click()
    page.wait_for_url("**/social/*/edit/")
    expect(page.locator("[name=name]")).to_have_value("Advent 2026")
    expect(page.locator("[name=utm_campaign]")).to_have_value("advent-2026")

    # Each network's card follows what is typed, and its count is the network's.
    choose(page, "facebook", "x")
    change(page, lambda: page.locator("[name=text]").fill("Samstag bis 22 Uhr. #advent " + "a" * 250))
    expect(card(page, "facebook").locator(".post-tag")).to_have_text("#advent")
    expect(page.locator("#counts")).to_contain_text("278 / 280")
    change(page, lambda: page.locator("[name=link]").fill("https://linden.example/advent"))
    expect(page.locator("#counts .count-over")).to_contain_text("302 / 280")
    expect(page.locator("#faults-text")).to_contain_text("Too long for X by 22 signs")
    expect(card(page, "facebook").locator(".post-link-card")).to_contain_text("linden.example")
    assert fits_everywhere(page)

    # Shorter on X alone; Instagram and Pinterest want a picture.
    page.locator("details.variation summary").filter(has_text="Linden x").click()
    field = page.locator("details.variation[open] textarea")
    change(page, lambda: field.fill("Samstag bis 22 Uhr."))
    expect(page.locator("#counts .count-over")).to_have_count(0)
    expect(card(page, "x").locator(".post-text")).to_contain_text("Samstag bis 22 Uhr.")
    expect(card(page, "facebook").locator(".post-text")).to_contain_text("#advent")
    choose(page, "instagram", "pinterest")
    expect(page.locator("#faults-picture")).to_contain_text("Instagram needs a picture.")
    expect(page.locator("[name=title]")).to_be_visible()
    change(page, lambda: page.locator("[name=picture]").fill(PIXEL))
    expect(page.locator("#faults-picture")).to_have_text("")
    for network in ("facebook", "instagram", "x", "pinterest"):
        drawn = card(page, network).locator("img.post-picture")
        expect(drawn).to_be_visible()
        drawn.scroll_into_view_if_needed()
        page.wait_for_function(
            "image => image.complete && image.naturalWidth > 0", arg=drawn.element_handle()
        )
    change(page, lambda: page.locator("[name=title]").fill("Advent im Haus"))
    expect(card(page, "pinterest").locator(".post-title")).to_have_text("Advent im Haus")
    assert fits_everywhere(page)

    # A picture from inside is refused at its field, and what was there stays.
    change(page, lambda: page.locator("[name=picture]").fill("https://127.0.0.1/a.jpg"))
    expect(page.locator("#faults-picture")).to_contain_text("does not lead into the public internet")
    expect(page.locator("#saved")).to_have_text("not saved")
    change(page, lambda: page.locator("[name=picture]").fill(PIXEL))
    expect(page.locator("#saved")).to_contain_text("saved")

    # Leaving and coming back loses nothing.
    page.reload()
    expect(page.locator("[name=title]")).to_have_value("Advent im Haus")
    page.get_by_role("button", name="On to the review").click()
    page.wait_for_url(lambda address: address.endswith("/") and "edit" not in address)
    expect(page.locator(".post-line")).to_have_count(4)
    assert fits_everywhere(page)
    page.get_by_role("button", name="Post 4 posts now").click()
    eventually(lambda: SocialPost.objects.filter(state="scheduled").count() == 4)
    posting.tick(timezone.now)
    page.reload()
    expect(page.locator(".post-line .state-good")).to_have_count(4)

    # The feed, the calendar, the list and the campaign show it.
    page.goto(f"{url}/mailbox/social/")
    expect(page.locator(".feed .post")).to_have_count(4)
    assert fits_everywhere(page)
    page.goto(f"{url}/social/calendar/")
    expect(page.locator(".plan-post")).to_have_count(4)
    assert fits_everywhere(page)
    page.goto(f"{url}/social/")
    expect(page.locator("#list tbody tr")).to_have_count(4)
    assert fits_everywhere(page)
    page.goto(f"{url}/campaigns/{campaign.pk}/review/")
    expect(page.locator(".post-list li")).to_have_count(4)
    assert fits_everywhere(page)
    assert errors == []
