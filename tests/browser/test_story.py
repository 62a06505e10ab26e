"""The whole story in the browser: a segment, a campaign in two languages, the mailbox, a click, an order, the report.

A person works the pages; what workers do in the background is done between her steps (`work`). The words on the
pages are asked of the catalogue, so the story holds in German and in English.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from campaigns import attribution, running
from campaigns.models import Attribution, Campaign
from channels import consent
from channels.delivery import batching, sending
from channels.models import Content, Delivery, DeliveryEvent, SandboxMail, Topic
from config import formats
from customers import tasks
from customers.imports import running as imports
from customers.models import Customer, Identity, ImportJob, Origin, Shop
from tests.channels import mails
from tests.channels.people import yes
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1360, "height": 900}
PHONE = {"width": 390, "height": 844}
UTM = "utm_source=stammkunde&utm_medium=email&utm_campaign=advent"


@pytest.fixture(autouse=True)
def shop(settings: Any, tmp_path: Path, live_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop on this server, whose workers only work when they are told to."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.PUBLIC_URL = live_server.url
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda *args, **more: None)
    monkeypatch.setattr("campaigns.tasks.run_campaigns.apply_async", lambda *args, **more: None)
    mails.shop(currency="EUR", url=live_server.url)
    mails.brand()
    mails.message().delete()  # leaves its sender and its topic


@pytest.fixture
def anna() -> Customer:
    """She agreed to the newsletter and to be tracked; Ben only to the newsletter; Carla to nothing."""
    news, people = Topic.objects.get(), {}
    for name, language in (("Anna", "de"), ("Ben", "en"), ("Carla", "de")):
        people[name] = mails.customer(
            first_name=name, email=f"{name.lower()}@example.org", language=language, country="DE"
        )
    Identity.objects.create(customer=people["Anna"], source="shop", number="K1")
    statements = [
        yes(people["Anna"], news),
        yes(people["Anna"], purpose="tracking"),
        yes(people["Ben"], news),
    ]
    consent.record(statements, timezone.now(), Origin.IMPORT)
    return people["Anna"]


@pytest.fixture(params=["de", "en"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    with translation.override(request.param):
        yield request.param


def work() -> None:
    """What the workers would have done by now."""
    now = timezone.now()
    running.tick(now)
    for packed in list(batching.pack(now)):
        fence = batching.claim(packed.batch_id)
        assert fence is not None
        sending.run(packed.batch_id, fence, timezone.now)
    running.tick(timezone.now())
    for job in ImportJob.objects.filter(state=ImportJob.State.QUEUED):
        imports.run(job.pk, timezone.now())
    while attribution.sweep():
        pass


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def sign_in(page: Page, url: str, language: str) -> None:
    UserFactory(in_role="marketer", email="mara@example.org", language=language, first_name="Mara")
    page.goto(f"{url}/sign-in/")
    page.locator("[name=username]").fill("mara@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def build_segment(page: Page, url: str) -> None:
    page.goto(f"{url}/segments/new/")
    page.locator("#segment-name").fill("Wohnt in Deutschland")
    page.locator("details.picker summary").first.click()
    page.locator("button[value='add:r:country']").click()
    page.locator("label.pill:has(input[value=DE])").click()
    expect(page.locator("#segment-result")).to_contain_text("3")
    assert fits(page)
    page.locator(".head-actions button[value=save]").click()
    page.wait_for_url(lambda address: not address.endswith("/new/"))


def write_message(page: Page, url: str) -> None:
    """In German first, then in English as a copy of it."""
    page.locator(".editor-first button").first.click()
    write(page, page.locator("#message-subject"), "Advent für {{ first_name }}")
    for block, field, words in (
        (0, "text", "Advent"),
        (1, "text", "Guten Tag {{ first_name }}, am Samstag bis 22 Uhr."),
        (2, "label", "Zum Angebot"),
        (2, "link", f"{url}/newsletter/?arrived=1"),
    ):
        place = page.locator("li.eblock").nth(block)
        if place.locator("details[open]").count() == 0:
            place.locator("summary").first.click()
        write(page, place.locator(f"[name={field}]"), words)
    add_english(page)
    expect(page.locator("#message-subject")).to_have_attribute("lang", "en")
    write(page, page.locator("#message-subject"), "Advent for {{ first_name }}")


def add_english(page: Page) -> None:
    """The answer to a save that is still under way may close the menu again: then it is opened again."""
    for _attempt in range(5):
        try:
            page.locator("details.elanguages:not([open]) summary").click(timeout=2000)
            page.locator("#new-language").select_option("en", timeout=2000)
            page.locator("details.elanguages form .btn-primary").first.click(timeout=2000)
        except PlaywrightTimeout:
            continue
        return


def write(page: Page, field: Locator, words: str) -> None:
    """Type and wait until it is kept: the answer may shift what stands below."""
    field.fill(words)
    field.blur()
    eventually(lambda: any(words in str([each.subject, each.blocks]) for each in Content.objects.all()))
    page.wait_for_timeout(1000)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until what the page has sent is in the database."""
    until = monotonic() + 10
    while not holds():
        assert monotonic() < until
        sleep(0.1)


def build_campaign(page: Page, url: str, width: int) -> Campaign:
    page.goto(f"{url}/campaigns/new/")
    page.locator("#id_name").fill("Advent")
    page.locator("main form .btn-primary").click()
    page.get_by_text("Wohnt in Deutschland").first.click()
    expect(page.locator("#side .big-count strong")).to_have_text("3")
    assert fits(page)
    page.locator("#step-form .btn-primary").click()
    page.wait_for_url("**/content/")
    write_message(page, url)
    assert fits(page)
    page.locator(".step-buttons .btn-primary").click()
    page.wait_for_url("**/time/")
    assert fits(page)
    page.locator(".step-buttons .btn-primary").click()
    page.wait_for_url("**/review/")
    return Campaign.objects.get()


def click_as_the_customer(page: Page, url: str) -> datetime:
    """Open Anna's mail in the mailbox of the sandbox and follow its button."""
    page.goto(f"{url}/mailbox/")
    page.get_by_role("link").filter(has_text="Advent für Anna").click()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("Guten Tag Anna")).to_be_visible()
    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="Zum Angebot").click()
    expect(opened.value).to_have_url(f"{url}/newsletter/?arrived=1&{UTM}")
    opened.value.close()
    return DeliveryEvent.objects.get(kind="clicked").at


def import_order(page: Page, url: str, placed_at: datetime, tmp_path: Path) -> None:
    local = placed_at.astimezone(ZoneInfo(Shop.current().time_zone))
    file = tmp_path / "orders.csv"
    file.write_text(
        "order number;date;customer;sku;quantity;price;currency\n"
        f"B1;{local:%Y-%m-%d %H:%M:%S};K1;BECHER;2;12.50;EUR\n"
    )
    page.goto(f"{url}/imports/new/")
    page.locator("[name=kind][value=orders]").check()
    page.locator("[name=file]").set_input_files(file)
    page.locator("[name=source]").fill("shop")
    page.locator("main form .btn-primary").click()
    page.locator("button[value=import]").click()
    page.wait_for_url("**/imports/*/")
    work()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_from_a_segment_to_the_money(
    page: Page, live_server: Any, anna: Customer, language: str, size: dict[str, int], tmp_path: Path
) -> None:
    url = live_server.url
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, url, language)
    build_segment(page, url)
    campaign = build_campaign(page, url, size["width"])

    # The review tells everybody apart before anything goes out: Carla has not agreed.
    expect(page.locator("#outcomes .big-count strong")).to_have_text("2")
    expect(page.locator("#outcomes")).to_contain_text(_("no consent"))
    assert fits(page)
    page.locator("#decision .btn-primary").click()
    page.locator("#dialog .btn-primary").click()
    page.wait_for_url("**/running/")

    # It runs, and the page notices by itself.
    expect(page.locator("#run[hx-get]")).to_have_count(1)
    work()
    expect(page.locator("#how-far")).to_contain_text(_("Finished"))
    expect(page.locator("#run[hx-get]")).to_have_count(0)
    assert fits(page)
    sent = dict(Delivery.objects.values_list("customer__first_name", "state"))
    assert sent == {"Anna": "accepted", "Ben": "accepted", "Carla": "withheld"}
    mailed = dict(SandboxMail.objects.values_list("recipient", "subject"))
    assert mailed == {"anna@example.org": "Advent für Anna", "ben@example.org": "Advent for Ben"}

    # She clicks, orders a moment later, and her order comes by import.
    clicked_at = click_as_the_customer(page, url)
    import_order(page, url, clicked_at + timedelta(seconds=1), tmp_path)
    assert Attribution.objects.get().order.customer == anna

    page.goto(f"{url}/campaigns/{campaign.pk}/report/")
    expect(page.locator(".answer-words")).to_contain_text(formats.money(2500, "EUR"))
    expect(page.locator("#cannot + ul, #cannot ~ ul").first).to_contain_text("1")
    assert fits(page)
    page.locator(".figures a").first.click()
    expect(page.locator("table.rows")).to_contain_text("B1")
