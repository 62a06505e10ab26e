"""From the mailbox as the customer: click, opt out, take it back; sign up and confirm. At a desk and on a phone."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from channels import backends, consent, links, opt_in_mails
from channels.backends import Call
from channels.models import Account, DeliveryEvent, Link, SandboxMail, Sender
from tests.channels.people import customer, sent, topic, yes
from tests.factories import PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DESK = {"width": 1360, "height": 860}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def world(live_server: Any) -> Any:
    """Anna, who agreed to everything, and a mail to her in the sandbox; gives her and the topic."""
    anna, news = customer(language="de"), topic("newsletter")
    consent.record([yes(anna, news), yes(anna, purpose="tracking")], timezone.now())
    url = live_server.url
    delivery = sent(anna, news, url=f"{url}/newsletter/?arrived=1", at=timezone.now() - timedelta(hours=1))
    click = f"{url}/c/{links.click_token(Link.objects.get().pk, delivery.pk)}/"
    out = f"{url}/u/{links.opt_out_token(delivery.pk)}/"
    html = (
        f"<html><head></head><body><h1>Guten Tag Anna</h1><a href='{click}'>Zum Angebot</a> "
        f"<a href='{out}'>Abmelden</a></body></html>"
    )
    headers = {"List-Unsubscribe": f"<{out}>"}
    sender = ("Linden", "post@linden.example", "", "<1@linden.example>")
    call = Call(delivery.pk, anna.email, *sender, "Winterwolle", html, "Guten Tag", headers)
    backends.connection(delivery.account).send([call], timezone.now())
    return anna, news


def sign_in(page: Page, url: str, language: str) -> None:
    UserFactory(in_role="marketer", email="mara@example.org", language=language)
    page.goto(f"{url}/sign-in/")
    page.locator("[name=username]").fill("mara@example.org")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.wait_for_url(lambda address: "sign-in" not in address)


def fits(page: Page) -> bool:
    page.wait_for_load_state()  # between two pages there is nothing to measure
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_staff_open_a_mail_and_click_as_the_customer(
    page: Page, live_server: Any, world: Any, size: dict[str, int]
) -> None:
    anna, news = world
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, live_server.url, "en")
    page.goto(f"{live_server.url}/mailbox/")
    page.get_by_label("Recipient or subject").fill("winter")
    page.get_by_role("link", name=re.compile("Winterwolle")).click()
    mail = page.frame_locator("iframe")
    expect(mail.get_by_role("heading", name="Guten Tag Anna")).to_be_visible()
    assert fits(page)

    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="Zum Angebot").click()
    expect(opened.value).to_have_url(f"{live_server.url}/newsletter/?arrived=1")
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.human) == ("clicked", True)

    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="Abmelden").click()
    doors = opened.value
    expect(doors.locator(".public-card")).to_contain_text("a•••@e•••.org")
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    doors.locator("button[value=topic]").click()
    expect(doors.locator("button[value=undo]")).to_be_visible()
    assert not consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    doors.locator("button[value=undo]").click()
    expect(doors.locator("button[value=topic]")).to_be_visible()
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_stranger_signs_up_and_confirms(browser: Browser, live_server: Any, size: dict[str, int]) -> None:
    account = Account.objects.create(name="Sandbox", backend="sandbox")
    Sender.objects.create(name="Linden", email="post@linden.example", account=account)
    news, wine = topic("newsletter"), topic("wine")
    context = browser.new_context(viewport=size, locale="de-DE")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{live_server.url}/newsletter/")
    page.locator("[name=email]").fill("neu@example.org")
    page.locator(f"[name=topic][value='{wine.pk}']").check()
    page.locator("button.btn-primary").click()
    expect(page.locator("[name=email]")).to_have_count(0)
    assert fits(page)
    opt_in_mails.mail_waiting(timezone.now())
    text = bytes(SandboxMail.objects.get().raw).decode().replace("=\r\n", "")
    token = re.search(r"/i/([\w-]+)/", text)
    assert token is not None
    page.goto(f"{live_server.url}/i/{token.group(1)}/")
    page.locator("button.btn-primary").click()
    expect(page.locator("button.btn-primary")).to_have_count(0)
    assert context.cookies() == []
    person = consent.Consent.objects.get().customer
    assert consent.load([person.pk], "email", wine.pk)[person.pk].may_send
    assert not consent.load([person.pk], "email", news.pk)[person.pk].may_send
    context.close()
