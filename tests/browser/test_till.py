"""At the till on a phone: an unhappy customer gets a goodwill coupon, and redeems it by the camera, once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import segno
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import BrowserType, Page, expect

from customers.models import Shop, User
from loyalty.models import GoodwillIssue, Redemption
from loyalty.till import goodwill
from tests.browser.test_story import PHONE, fits
from tests.conftest import CHROMIUM
from tests.factories import StoreFactory
from tests.loyalty import tills

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE, HIGH, FRAMES = 640, 480, 10


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def film(path: Path, text: str) -> None:
    """A camera's view of a QR code, grey and a little uneven, as Chromium plays it (YUV4MPEG2)."""
    code = np.array([list(row) for row in segno.make_qr(text, error="m").matrix], dtype=np.uint8)
    scale = 300 // len(code)
    drawn = np.kron(code, np.ones((scale, scale), dtype=np.uint8))
    luma = np.full((HIGH, WIDE), 190, dtype=np.uint8) - (np.arange(WIDE) // 16).astype(np.uint8)
    top, left = (HIGH - len(drawn)) // 2, (WIDE - len(drawn)) // 2
    luma[top : top + len(drawn), left : left + len(drawn)] -= drawn * 130
    frame = luma.tobytes() + bytes([128]) * (WIDE * HIGH // 2)
    head = f"YUV4MPEG2 W{WIDE} H{HIGH} F{FRAMES}:1 Ip A1:1 C420mpeg2\n".encode()
    path.write_bytes(head + b"".join(b"FRAME\n" + frame for _ in range(FRAMES)))


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    return tmp_path / "camera.y4m"


@pytest.fixture
def phone(browser_type: BrowserType, camera: Path, live_server: Any) -> Iterator[Any]:
    """Opens a phone whose camera sees what the film shows at that moment."""
    opened = []

    def open_phone() -> Page:
        fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        browser = browser_type.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", *fake, f"--use-file-for-fake-video-capture={camera}"],
        )
        opened.append(browser)
        context = browser.new_context(
            viewport=PHONE,  # type: ignore[arg-type]
            base_url=live_server.url,
            permissions=["camera"],
            locale="en-GB",
            has_touch=True,
            is_mobile=True,
        )
        return context.new_page()

    yield open_phone
    for browser in opened:
        browser.close()


def sign_in(page: Page, url: str, user: User) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])


def test_goodwill_for_an_unhappy_customer_is_redeemed_by_scan_and_only_once(
    phone: Any, camera: Path, live_server: Any
) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    store = StoreFactory(name="Hannover")
    tills.allow()
    tills.threshold(1500)
    tills.reason("Broken on arrival")
    tills.shopper(store, first_name="Anna", last_name="Otte", phone="+49511123456")
    mara = tills.staff(store)
    film(camera, "NOTHING YET")
    page = phone()
    violations: list[str] = []
    page.on("console", lambda said: violations.append(said.text) if "Content Security" in said.text else None)
    sign_in(page, live_server.url, mara)

    page.goto("/till/?q=" + "x" * 200)
    assert fits(page)
    page.get_by_label("Find a customer or a coupon").fill("0511 123456")
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("heading", name="Anna Otte")).to_be_visible()
    page.get_by_role("link", name="Goodwill").click()
    page.get_by_label("Amount").fill("12,50")
    page.get_by_label("Broken on arrival").check()
    page.get_by_role("button", name="Give the coupon").click()
    issue = GoodwillIssue.objects.select_related("code").get()
    expect(page.get_by_text(issue.code.label)).to_be_visible()
    assert fits(page)

    film(camera, issue.code.text)
    page = phone()
    page.on("console", lambda said: violations.append(said.text) if "Content Security" in said.text else None)
    sign_in(page, live_server.url, mara)
    page.goto("/till/")
    page.get_by_role("button", name="Scan").click()
    page.get_by_role("link", name="Redeem this coupon").click()
    page.get_by_label("Sum of the basket").fill("40")
    page.get_by_role("button", name="What does it take off?").click()
    page.get_by_role("button", name="Redeem €12.50").click()
    expect(page.get_by_text("€12.50 off")).to_be_visible()
    assert fits(page)

    page.goto("/till/redeem/")
    page.get_by_role("button", name="Scan").click()
    expect(page.get_by_label("Coupon code")).to_have_value(issue.code.text)
    page.get_by_label("Sum of the basket").fill("40")
    page.get_by_role("button", name="What does it take off?").click()
    expect(page.get_by_role("alert")).to_contain_text("This code was redeemed already.")
    assert Redemption.objects.filter(code=issue.code).count() == 1

    page.goto("/till/today/")
    page.get_by_role("link", name="Undo").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert Redemption.objects.get(code=issue.code).state == "reversed"
    assert timezone.now() - issue.at < goodwill.UNDO_FOR
    assert violations == []
