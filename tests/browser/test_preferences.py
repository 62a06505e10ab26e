"""The preference centre on a phone, as the customer: without scripts, in the dark, by keyboard, and her data."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from channels import consent, data_requests, links, preferences
from channels.models import Account, Sender
from customers import interests
from customers.models import Category, Customer
from tests.channels.people import customer, sent, topic, yes

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE: Any = {"width": 390, "height": 844}


@pytest.fixture
def anna(live_server: Any) -> Customer:
    account = Account.objects.create(name="Sandbox", backend="sandbox")
    Sender.objects.create(name="Linden", email="post@linden.example", account=account)
    Category.objects.create(path="Wohnen", names={"de": "Wohnen", "en": "Home"})
    Category.objects.create(path="Küche", names={"de": "Küche", "en": "Kitchen"})
    person = customer(language="de")
    consent.record([yes(person, topic("newsletter"))], timezone.now())
    topic("wine")
    return person


def address(live_server: Any, person: Customer) -> str:
    delivery = sent(person, consent.Topic.objects.get(key="newsletter"))
    return f"{live_server.url}/p/{links.preferences_token(delivery.pk)}/"


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def may_send(person: Customer, key: str) -> bool:
    about = consent.Topic.objects.get(key=key)
    return consent.load([person.pk], "email", about.pk)[person.pk].may_send


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_she_chooses_on_her_phone(browser: Browser, live_server: Any, anna: Customer, scripts: bool) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark", java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address(live_server, anna))
    expect(page.get_by_role("heading", level=1)).to_have_text("Meine Nachrichten")
    page.get_by_role("switch", name="Newsletter").uncheck()
    page.get_by_role("switch", name="Wine").check()
    page.get_by_label("Höchstens einmal in der Woche").check()
    page.get_by_label("Bis zu einem anderen Tag").check()
    until = timezone.localdate() + timedelta(days=20)
    page.get_by_label("Bis", exact=True).fill(until.isoformat())
    page.get_by_label("Küche").check()
    page.get_by_label("English").check()
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")  # her language from now on
    expect(page.get_by_role("switch", name="Newsletter")).not_to_be_checked()
    if scripts:
        assert fits(page)
    assert (may_send(anna, "newsletter"), may_send(anna, "wine")) == (False, True)
    now = preferences.read(Customer.objects.get(pk=anna.pk), timezone.now())
    assert now.frequency == "weekly"
    assert now.paused_until
    assert timezone.localtime(now.paused_until).date() == until
    assert interests.of(anna.pk) == {Category.objects.get(path="Küche").pk}
    assert context.cookies() == []
    context.close()


def test_the_keyboard_is_enough_and_targets_are_large(page: Page, live_server: Any, anna: Customer) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address(live_server, anna))
    page.get_by_role("switch", name="Newsletter").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Gespeichert")
    assert not may_send(anna, "newsletter")
    small = page.evaluate(
        """[...document.querySelectorAll(".public-card label:has(input), .public-card button")]
           .map(each => each.getBoundingClientRect()).filter(box => box.height && box.height < 44).length"""
    )
    assert small == 0
    assert fits(page)


def test_one_tap_leaves_everything_and_another_comes_back(
    page: Page, live_server: Any, anna: Customer
) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address(live_server, anna))
    page.get_by_role("button", name="Keine Werbung mehr").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("keine Nachrichten")
    assert not may_send(anna, "newsletter")
    page.get_by_role("button", name="Das war ein Versehen").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Wieder angemeldet")
    assert may_send(anna, "newsletter")


def test_she_gets_her_data_and_is_forgotten(page: Page, live_server: Any, anna: Customer) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address(live_server, anna))
    page.get_by_role("button", name="Meine Daten herunterladen").click()
    expect(page.get_by_role("status")).to_contain_text("a•••@e•••.org")
    page.get_by_role("button", name="Meine Daten löschen").click()
    data_requests.mail_waiting(timezone.now())
    download, erase = data_requests.DataRequest.objects.order_by("pk")
    page.goto(f"{live_server.url}/d/{links.data_token(download.pk)}/")
    with page.expect_download() as loaded:
        page.get_by_role("button", name="Herunterladen").click()
    assert loaded.value.suggested_filename.endswith(".zip")
    page.goto(f"{live_server.url}/d/{links.data_token(erase.pk)}/")
    page.get_by_role("button", name="Ja, alles löschen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gelöscht")
    assert fits(page)
    assert Customer.objects.get(pk=anna.pk).erased_at
