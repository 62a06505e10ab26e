"""Messages of a customer in the pages of a shop on another address: banner, window, slot, inbox, and what she does."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page, expect

from campaigns.reports import figures
from channels.models import DeliveryEvent, FreeShipping, InboxMessage
from customers.models import ApiKey, Customer
from tests.browser import shop as shops
from tests.browser.shop import Shop, snippet, tell, until
from tests.browser.test_story import sign_in
from tests.campaigns import make
from tests.channels import mails, runs
from tests.channels.shop_pages import known, sent, written

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The shop has loud styles of its own, and a strict policy.
PAGE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Laden</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}<style nonce="shop">
body {{ margin: 0; font-family: Georgia, serif; color: #222; }}
h2, a, button {{ color: red !important; font-size: 9px; }}
header {{ display: flex; justify-content: space-between; padding: 8px 16px; border-bottom: 1px solid #ddd; }}
main {{ padding: 16px; height: 1400px; }}</style></head>
<body><header><b>Kaufhaus Linden</b><span data-stammkunde-bell></span></header>
<main><div data-stammkunde-slot="cart-top"></div><h1>{title}</h1><p>Wolle, Tassen und mehr.</p></main></body></html>"""
POLICY = (
    "default-src 'none'; script-src 'self' {host} 'unsafe-inline'; connect-src {host}; "
    "style-src 'nonce-shop'; img-src *"
)
BANNER, MODAL, BELL = "[data-place=banner]", "dialog", "[data-stammkunde-bell]"


@pytest.fixture
def anna(key: ApiKey) -> Customer:
    mails.brand()
    return known(source=key.source)


@pytest.fixture
def world(shop: Shop, key: ApiKey, anna: Customer, live_server: Any, settings: Any) -> Shop:
    """The shop's pages /, /cart and /shoes/red, which all ask for her messages; nothing is signed in yet."""
    settings.PUBLIC_URL = live_server.url
    lines = snippet(key, live_server.url).inline
    head = lines.replace('stammkunde("page");', 'stammkunde("page");\n  stammkunde("inbox");')
    for path in ("/", "/cart", "/shoes/red"):
        shop.pages[path] = PAGE.format(head=head, title=path)
    shop.policy = POLICY.format(host=live_server.url)
    return shop


def enter(page: Page, world: Shop, key: ApiKey, path: str = "/", number: str = "17") -> None:
    """She agrees, is signed in, and sees this page."""
    page.goto(world.url + path)
    tell(page, "consent", "granted")
    tell(page, "identify", shops.token(key, number))
    until(page, lambda: "pass" in (page.evaluate("sessionStorage.getItem('stammkunde-inapp')") or ""))


def kinds() -> list[str]:
    return sorted(DeliveryEvent.objects.values_list("kind", flat=True))


def shown(page: Page, where: str) -> Locator:
    return page.locator(f"{where} article")


def test_a_banner_shows_once_it_is_known_who_she_is(page: Page, world: Shop, key: ApiKey) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sent(
        mails.text("Zehn Prozent auf <b>Wolle</b>"), mails.button(label="Ansehen"), subject="<i>Nur heute</i>"
    )
    page.goto(world.url)
    tell(page, "consent", "granted")
    page.wait_for_timeout(800)
    assert shown(page, BANNER).count() == 0, "nobody knows yet who she is"
    tell(page, "identify", shops.token(key, "17"))
    expect(shown(page, BANNER)).to_be_visible()
    expect(page.locator(f"{BANNER} h2")).to_have_text("<i>Nur heute</i>")
    assert page.locator(f"{BANNER} b, {BANNER} i").count() == 0, "words are never markup"
    assert page.locator(f"{BANNER} h2").evaluate("each => getComputedStyle(each).fontSize") == "18px"
    until(page, lambda: InboxMessage.objects.get().seen_at)
    page.locator(f"{BANNER} .close").click()
    expect(shown(page, BANNER)).to_have_count(0)
    until(page, lambda: kinds() == ["delivered", "dismissed", "opened"])
    enter(page, world, key)
    page.wait_for_timeout(500)
    expect(shown(page, BANNER)).to_have_count(0)
    assert faults == []


def test_nothing_is_asked_before_consent(page: Page, world: Shop, key: ApiKey) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/inbox" in request.url else None)
    sent()
    page.goto(world.url)
    tell(page, "identify", shops.token(key, "17"))
    page.wait_for_timeout(800)
    assert asked == []
    assert page.evaluate("sessionStorage.length") == 0
    tell(page, "consent", "granted")
    expect(shown(page, BANNER)).to_be_visible()
    tell(page, "consent", "denied")
    expect(shown(page, BANNER)).to_have_count(0)
    assert page.evaluate("sessionStorage.getItem('stammkunde-inapp')") == "{}"


def test_a_window_holds_the_focus_and_closes_by_escape(page: Page, world: Shop, key: ApiKey) -> None:
    sent(mails.text("Willkommen zurück"), mails.button(), place="modal")
    enter(page, world, key)
    dialog = page.get_by_role("dialog", name="Nur heute")
    expect(dialog).to_be_visible()
    for _press in range(5):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || Boolean(document.activeElement.shadowRoot)"
        assert page.evaluate(inside), "the focus stays in the window"
    page.keyboard.press("Escape")
    expect(page.locator(MODAL)).to_have_count(0)
    until(page, lambda: InboxMessage.objects.get().dismissed_at)


def test_a_slot_is_filled_on_its_pages_only(page: Page, world: Shop, key: ApiKey) -> None:
    sent(mails.text("Zur Kasse"), place="slot", slot="cart-top", pages="/cart\n/shoes/*")
    enter(page, world, key)
    expect(page.locator("[data-stammkunde-slot] article")).to_have_count(0)
    for path in ("/cart", "/shoes/red"):
        page.goto(world.url + path)
        expect(page.locator("[data-stammkunde-slot] article")).to_be_visible()
    page.evaluate("history.pushState({}, '', '/elsewhere')")
    tell(page, "page")
    expect(page.locator("[data-stammkunde-slot] article")).to_have_count(0)


def test_the_cart_decides_and_the_gap_moves_with_it(page: Page, world: Shop, key: ApiKey) -> None:
    FreeShipping.objects.create(country="", currency="EUR", amount=5000)
    bar = {
        "id": "g",
        "kind": "shipping_gap",
        "words": "Noch {{ shipping_gap }} bis zum Gratisversand",
        "reached": "Geschafft!",
    }
    sent(bar, subject="Versandkosten sparen", cart_from="10", cart_to="80.00")
    enter(page, world, key)
    expect(shown(page, BANNER)).to_have_count(0)
    tell(page, "cart", {"value": 37.6, "currency": "EUR"})
    expect(page.locator(f"{BANNER} .gap p")).to_have_text("Noch 12,40 € bis zum Gratisversand")
    assert page.locator(f"{BANNER} progress").evaluate("bar => [bar.value, bar.max]") == [3760, 5000]
    tell(page, "cart", {"value": 45, "currency": "EUR"})
    expect(page.locator(f"{BANNER} .gap p")).to_have_text("Noch 5,00 € bis zum Gratisversand")
    tell(page, "cart", {"value": 60, "currency": "EUR"})
    expect(page.locator(f"{BANNER} .gap p")).to_have_text("Geschafft!")
    for cart in (
        {"value": 80},
        {"value": 9.99},
        {"value": 40, "currency": "CHF"},
        {"value": 0},
        {"value": "x"},
    ):
        tell(page, "cart", {"value": 60})
        expect(shown(page, BANNER)).to_be_visible()
        tell(page, "cart", cart)
        expect(shown(page, BANNER)).to_have_count(0)


def test_a_title_with_the_gap_is_silent_when_shipping_is_free(page: Page, world: Shop, key: ApiKey) -> None:
    FreeShipping.objects.create(country="", currency="EUR", amount=5000)
    sent(mails.text("Wolle hilft."), subject="Nur noch {{ shipping_gap }}!")
    enter(page, world, key)
    tell(page, "cart.viewed", {"products": [{"sku": "MUG", "quantity": 2}], "value": 9, "currency": "EUR"})
    expect(page.locator(f"{BANNER} h2")).to_have_text("Nur noch 41,00 €!")
    tell(page, "cart", {"value": 50, "currency": "EUR"})
    expect(shown(page, BANNER)).to_have_count(0)


def test_an_offer_for_one_visit_is_gone_in_a_new_window(
    page: Page, context: BrowserContext, world: Shop, key: ApiKey
) -> None:
    sent(mails.text("Nur in diesem Besuch"), session_only=True, pages="/cart")
    enter(page, world, key, "/cart")
    expect(shown(page, BANNER)).to_be_visible()
    until(page, lambda: InboxMessage.objects.get().session)
    page.reload()
    expect(shown(page, BANNER)).to_be_visible()
    page.close()
    other = context.new_page()
    enter(other, world, key, "/cart")
    other.wait_for_timeout(500)
    expect(shown(other, BANNER)).to_have_count(0)


def test_the_inbox_rings_lists_and_lets_go(page: Page, world: Shop, key: ApiKey) -> None:
    sent(mails.text("Die Rechnung liegt bei."), subject="Danke", place="inbox")
    sent(mails.text("Neue Wolle"), mails.button(label="Zur Wolle"), subject="Neu", place="inbox")
    enter(page, world, key)
    bell = page.get_by_role("button", name="Nachrichten (2 ungelesen)")
    expect(bell).to_be_visible()
    assert shown(page, BANNER).count() == 0
    bell.click()
    panel = page.get_by_role("dialog", name="Nachrichten")
    expect(panel.locator("h2")).to_have_text(["Neu", "Danke"])
    until(page, lambda: InboxMessage.objects.filter(read_at=None).count() == 0)
    panel.get_by_role("button", name="Entfernen: Danke").click()
    expect(panel.locator("h2")).to_have_text(["Neu"])
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Nachrichten", exact=True)).to_be_focused()
    until(page, lambda: InboxMessage.objects.filter(removed_at=None).count() == 1)
    page.reload()
    enter(page, world, key)
    expect(page.get_by_role("button", name="Nachrichten", exact=True)).to_be_visible()


def test_a_click_counts_once_and_leads_there(page: Page, world: Shop, key: ApiKey) -> None:
    [delivery] = sent(mails.button(f"{world.url}/shoes/red", "Zu den Schuhen"))
    enter(page, world, key)
    page.get_by_role("link", name="Zu den Schuhen").click()
    page.wait_for_url(f"{world.url}/shoes/red")
    until(page, lambda: InboxMessage.objects.get().clicked_at and "clicked" in kinds())
    assert kinds() == ["clicked", "delivered", "opened"]
    assert DeliveryEvent.objects.get(kind="clicked").human
    delivery.refresh_from_db()
    assert delivery.state == "delivered"


def test_an_evil_row_cannot_be_clicked(page: Page, world: Shop, key: ApiKey) -> None:
    """H5, both sides: the server leaves the link out, and the script would not draw it either."""
    sent(mails.text("Klick mich"), mails.button(), place="modal")
    evil = [{"label": "Los", "link": "javascript:document.title='owned'"}]
    InboxMessage.objects.update(parts={"actions": evil, "link": evil[0]["link"], "picture": "javascript:1"})
    enter(page, world, key)
    expect(page.locator(MODAL)).to_be_visible()
    assert page.locator("dialog a, dialog img").count() == 0
    page.keyboard.press("Escape")

    def forge(route: Any) -> None:
        answer = route.fetch()
        body = answer.json()
        for message in body.get("messages", []):
            message |= {"actions": evil, "link": evil[0]["link"], "dismissed": False, "key": "x"}
        route.fulfill(response=answer, json=body)

    page.route("**/api/v1/inbox", forge)
    page.reload()
    enter(page, world, key)
    expect(page.locator(MODAL)).to_be_visible()
    assert page.locator("dialog a").count() == 0


def test_who_signs_out_leaves_nothing_for_the_next(page: Page, world: Shop, key: ApiKey) -> None:
    known("18", source=key.source, first_name="Berta")
    sent(mails.text("Guten Tag {{ first_name }}"))
    enter(page, world, key)
    expect(page.locator(f"{BANNER} p")).to_have_text("Guten Tag Anna")
    tell(page, "reset")
    expect(shown(page, BANNER)).to_have_count(0)
    page.reload()
    page.wait_for_timeout(500)
    expect(shown(page, BANNER)).to_have_count(0)
    tell(page, "identify", shops.token(key, "18"))
    expect(page.locator(f"{BANNER} p")).to_have_text("Guten Tag Berta")


def test_the_campaigns_report_counts_what_she_did(
    page: Page, context: BrowserContext, world: Shop, key: ApiKey, live_server: Any
) -> None:
    version = written(mails.button(f"{world.url}/cart", "Zum Warenkorb"), subject="Kommt zurück")
    campaign = make.campaign(message=version.message)
    now = timezone.now()
    run = make.occurrence(campaign, now, version=version, started_at=now)
    runs.planned(version, due_at=now, occurrence=run.pk)
    runs.send_all(now)
    enter(page, world, key)
    page.get_by_role("link", name="Zum Warenkorb").click()
    page.wait_for_url(f"{world.url}/cart")
    page.locator(f"{BANNER} .close").click()
    until(page, lambda: kinds() == ["clicked", "delivered", "dismissed", "opened"])
    page.reload()
    enter(page, world, key)
    desk = context.browser.new_context().new_page()  # type: ignore[union-attr]
    sign_in(desk, live_server.url, "de")
    desk.goto(f"{live_server.url}/campaigns/{campaign.pk}/report/")
    for figure in ("seen", "clicked", "dismissed", "delivered"):
        count = figures.people(run, figure).count()
        assert count == 1, figure
    for words in ("Im Shop gesehen", "Im Shop geschlossen"):
        expect(desk.locator("main")).to_contain_text(words)
    desk.context.close()
