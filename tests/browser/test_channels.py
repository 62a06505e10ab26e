"""A campaign on three channels: chosen and written in the builder, sent, and passed on until somebody reads it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from channels import consent
from channels.delivery import fallback
from channels.models import Account, Delivery, Reach, SandboxMail, Topic
from customers.models import Customer, Origin
from tests.browser.test_story import DESK, PHONE, eventually, fits, sign_in, work, write
from tests.campaigns import make
from tests.channels import mails
from tests.channels.people import yes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def campaign(settings: Any, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    """Its audience is chosen; nothing is written yet. The workers only work when they are told to."""
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr("campaigns.tasks.run_campaigns.apply_async", lambda *args, **more: None)
    mails.shop(currency="EUR", url=live_server.url, languages=["de"])
    mails.brand()
    mails.message().delete()  # leaves its sender and its topic
    for channel in ("push", "in_app"):
        Account.objects.create(name=f"Sandbox {channel}", backend="sandbox", channel=channel)
    return make.campaign(segment=make.segment(), message=make.message())


@pytest.fixture
def pia(campaign: Campaign) -> Customer:
    person = mails.customer(first_name="Pia", email="pia@example.org", language="de", country="DE")
    news = Topic.objects.get()
    rows = [
        consent.Statement(**(vars(yes(person, about, purpose=purpose)) | {"channel": channel}))
        for channel in ("email", "push", "in_app")
        for about, purpose in ((news, "sending"), (None, "tracking"))
    ]
    consent.record(rows, timezone.now(), Origin.IMPORT)
    Reach.objects.update_or_create(customer=person, channel="push", defaults={"address": "device"})
    return person


def fits_everywhere(page: Page) -> bool:
    """Nothing sticks out at the desk, nor on a phone."""
    at_the_desk = fits(page)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    on_a_phone = fits(page)
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return at_the_desk and on_a_phone


def press(page: Page, button: str) -> None:
    """A button of the channels' card, and wait until the answer is there."""
    with page.expect_response(lambda answer: answer.url.endswith("/channels/")):
        page.locator(f"#channel-{button}").click()
    page.wait_for_timeout(300)


def choose_channels(page: Page) -> None:
    """Push first, then the shop, then e-mail; by mouse, and by keyboard."""
    press(page, "add-in_app")
    press(page, "add-push")
    press(page, "up-push")
    page.locator("#channel-up-push").focus()
    with page.expect_response(lambda answer: answer.url.endswith("/channels/")):
        page.keyboard.press("Enter")
    expect(page.locator("#channel-up-push")).to_be_focused()
    press(page, "down-email")
    with page.expect_response(lambda answer: answer.url.endswith("/channels/")):
        page.locator("#channels-unread_after").select_option("4")
    expect(page.locator(".route-words")).to_contain_text("Push message, In the shop, E-mail")
    expect(page.locator(".ematrix tbody th")).to_have_count(3)


def open_tab(page: Page, channel: str) -> None:
    page.locator(f".ecell[href*='channel={channel}']").first.click()
    expect(page.locator(f".ecell[href*='channel={channel}'][aria-current]")).to_have_count(1)


def write_mail(page: Page) -> None:
    open_tab(page, "email")
    page.locator(".ebegin button").first.click()
    write(page, page.locator("#message-subject"), "Advent für {{ first_name }}")
    for block, field, words in (
        (0, "text", "Advent"),
        (1, "text", "Guten Tag {{ first_name }}, am Samstag bis 22 Uhr."),
        (2, "label", "Zum Angebot"),
        (2, "link", "https://linden.example/advent"),
    ):
        place = page.locator("li.eblock").nth(block)
        if place.locator("details[open]").count() == 0:
            place.locator("summary").first.click()
        write(page, place.locator(f"[name={field}]"), words)


def copy_from_mail(page: Page, campaign: Campaign, channel: str) -> None:
    open_tab(page, channel)
    page.locator(".ebegin button[value='email:de']").click()
    eventually(lambda: campaign.message.contents.filter(channel=channel).exists())
    expect(page.locator(f".ecell[href*='channel={channel}'] .etab-good")).to_have_count(1)


def test_whoever_reads_nothing_gets_it_on_the_next_channel(
    page: Page, live_server: Any, campaign: Campaign, pia: Customer
) -> None:
    url = live_server.url
    page.set_viewport_size(DESK)  # type: ignore[arg-type]
    sign_in(page, url, "en")
    page.goto(f"{url}/campaigns/{campaign.pk}/content/")
    choose_channels(page)
    assert fits_everywhere(page)
    page.wait_for_load_state("networkidle")
    write_mail(page)
    copy_from_mail(page, campaign, "push")
    copy_from_mail(page, campaign, "in_app")
    expect(page.frame_locator(".eframes iframe").get_by_text("Guten Tag")).to_be_visible()
    assert fits_everywhere(page)

    # The review says on which channel she gets it first; then it goes out.
    page.goto(f"{url}/campaigns/{campaign.pk}/review/")
    expect(page.locator("#outcomes")).to_contain_text("it is first in the order")
    assert fits_everywhere(page)
    page.locator("#decision .btn-primary").click()
    page.locator("#dialog .btn-primary").click()
    page.wait_for_url("**/running/")
    work()

    # She does not read it for four hours, so it goes on to the shop.
    Delivery.objects.update(called_at=timezone.now() - timedelta(hours=5))
    assert fallback.unread(timezone.now()) == 1
    work()
    assert list(SandboxMail.objects.order_by("pk").values_list("channel", flat=True)) == ["push", "in_app"]
    page.goto(f"{url}/mailbox/phone/")
    page.locator(".mail-line").filter(has_text="Push message").click()
    screen = page.frame_locator(".screen-frame")
    expect(screen.get_by_text("Guten Tag Pia, am Samstag bis 22 Uhr.")).to_be_visible()
    assert fits_everywhere(page)
    page.goto(f"{url}/mailbox/shop/")
    page.locator(".mail-line").filter(has_text="fallback").click()
    expect(page.frame_locator(".screen-frame").get_by_text("Guten Tag Pia")).to_be_visible()
    assert fits_everywhere(page)

    page.goto(f"{url}/campaigns/{campaign.pk}/report/")
    expect(page.locator("#channels ~ table")).to_contain_text("1: it stayed unread")
    assert fits_everywhere(page)


def test_a_long_address_leaves_room_for_the_time_on_a_phone(page: Page, live_server: Any) -> None:
    SandboxMail.objects.create(
        recipient=f"{'anna' * 20}@example.org", subject="Danke", raw=b"Subject: x\n\nHallo"
    )
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    sign_in(page, live_server.url, "en")
    page.goto(f"{live_server.url}/mailbox/")
    time = page.locator(".mail-line time").bounding_box()
    assert time
    assert time["x"] + time["width"] < PHONE["width"]
