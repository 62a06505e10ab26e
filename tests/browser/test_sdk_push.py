"""Push messages in Chromium: asked softly, then by the browser, shown by the service worker, and a tap leads on.

Chromium's own push service is out of reach here. So the page's PushManager gives subscriptions of a service on
loopback, which opens our messages, and what it opened is handed to the service worker by the browser's own protocol.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Page, Worker, expect

from channels import backends, consent
from channels.delivery import mails
from channels.models import Consent, Delivery, PushSubscription, PushWording
from channels.push import keys as push_keys
from customers.models import ApiKey, Customer
from tests.browser.shop import Shop, snippet, stored, tell, token, until
from tests.channels import people, pushes, runs
from tests.channels.mails import button, text
from tests.factories import UserFactory
from tests.servers.push import Browser, PushService

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A subscription whose push service is ours; the next one is in `fresh`.
MANAGER = """
(fresh) => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const made = ({ endpoint, p256dh, auth, key }) => ({
    endpoint,
    options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
    unsubscribe: async () => { localStorage.removeItem("browser"); return true; },
  });
  const now = () => JSON.parse(localStorage.getItem("browser"));
  PushManager.prototype.getSubscription = async () => now() && made(now());
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new Error("seen only");
    const key = btoa(String.fromCharCode(...applicationServerKey)).replace(/[+]/g, "-").replace(/[/]/g, "_");
    localStorage.setItem("browser", JSON.stringify({ ...fresh.shift(), key: key.replace(/=/g, "") }));
    return made(now());
  };
}
"""


@pytest.fixture
def service(settings: Any, live_server: Any) -> Iterator[PushService]:
    settings.PUBLIC_URL = live_server.url
    backends.close_all()
    with pushes.service() as running:
        yield running
    backends.close_all()


@pytest.fixture
def browsers(service: PushService, page: Page, shop: Shop, key: ApiKey, live_server: Any) -> list[Browser]:
    """What this page's browser will subscribe as: now, and when it has to do so anew."""
    pushes.account()
    public = push_keys.active(pushes.NOW).public
    made = [service.browser(public), service.browser(public)]
    page.add_init_script(script(*made))
    shop.pages["/sw.js"] = f'importScripts("{live_server.url}/static/sdk/stammkunde-push.js");'
    return made


def script(*browsers: Browser) -> str:
    given = [{"endpoint": each.endpoint, "p256dh": each.p256dh, "auth": each.auth} for each in browsers]
    return f"({MANAGER})({json.dumps(given)})"


def allow(context: BrowserContext, shop: Shop) -> None:
    context.grant_permissions(["notifications"], origin=shop.url)


def asked(page: Page, shop: Shop, **options: Any) -> None:
    page.goto(shop.url)
    tell(page, "consent", "granted")
    tell(page, "push.ask", {"language": "de", **options})


def said(page: Page, *call: Any) -> Any:
    """What the script tells the shop of a call."""
    return page.evaluate("call => new Promise((take) => stammkunde(...call, take))", list(call))


def test_a_soft_question_comes_first_and_a_no_is_remembered(
    page: Page, shop: Shop, browsers: list[Browser], context: BrowserContext
) -> None:
    asked(page, shop)
    question = page.get_by_role("dialog", name="Nachrichten auf diesem Gerät?")
    expect(question).to_contain_text("Jederzeit abschaltbar")
    assert page.evaluate("Notification.permission") in ("default", "denied"), "the browser has not asked"
    question.get_by_role("button", name="Jetzt nicht").click()
    expect(question).to_have_count(0)
    assert stored(page)["stammkunde-push"]["no"] > 0
    page.reload()
    assert said(page, "push.ask", {}) in ("later", "impossible")
    assert not PushSubscription.objects.exists()
    assert not Consent.objects.filter(channel="push").exists()


def test_the_shops_own_words_are_text_whatever_they_hold(
    page: Page, shop: Shop, browsers: list[Browser]
) -> None:
    hostile = '<img src=x onerror="document.title=1"><b>Neues?'
    PushWording.objects.create(language="de", title=hostile, text=hostile, yes="<b>Ja</b>", no="&lt;Nein")
    asked(page, shop)
    question = page.get_by_role("dialog", name=hostile)
    expect(question.get_by_role("heading")).to_have_text(hostile)
    expect(question.get_by_role("button", name="<b>Ja</b>", exact=True)).to_be_visible()
    expect(question.get_by_role("button", name="&lt;Nein", exact=True)).to_be_visible()
    expect(question.locator("img, script, b")).to_have_count(0)
    assert page.title() != "1"


def test_nothing_is_asked_before_consent_and_the_core_stays_alone(
    page: Page, shop: Shop, browsers: list[Browser]
) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(shop.url)
    tell(page, "push.ask", {})
    page.wait_for_timeout(1500)
    assert stored(page) == {}
    assert not any("push" in url for url in fetched)


def subscribe(page: Page, shop: Shop, context: BrowserContext) -> None:
    allow(context, shop)
    asked(page, shop)
    page.get_by_role("button", name="Ja, gern").click()
    until(page, lambda: PushSubscription.objects.filter(ended_at=None).exists())
    page.wait_for_function("JSON.parse(localStorage.getItem('stammkunde-push') || '{}').on")


def test_her_yes_is_kept_and_becomes_hers_when_she_signs_in(
    page: Page, shop: Shop, key: ApiKey, browsers: list[Browser], context: BrowserContext
) -> None:
    subscribe(page, shop, context)
    row = PushSubscription.objects.get()
    assert (row.customer, row.endpoint, row.browser) == (None, browsers[0].endpoint, "Chrome · Linux")
    assert row.evidence["wording"].endswith("-de")
    tell(page, "identify", token(key, "K1"))
    until(page, lambda: PushSubscription.objects.exclude(customer=None).exists())
    anna = Customer.objects.get()
    assert Consent.objects.get(customer=anna, channel="push").evidence["source"] == shop.url
    assert said(page, "push.ask", {}) in ("renewed", False), "who has agreed is not asked again"


def test_a_new_key_of_ours_is_taken_up_without_a_question(
    page: Page, shop: Shop, key: ApiKey, browsers: list[Browser], context: BrowserContext
) -> None:
    subscribe(page, shop, context)
    new = push_keys.rotate(UserFactory(), pushes.NOW)
    page.evaluate(
        "() => { const e = JSON.parse(localStorage.getItem('stammkunde-push'));"
        " localStorage.setItem('stammkunde-push', JSON.stringify({ ...e, heard: 0 })); }"
    )
    page.add_init_script(script(browsers[1]))
    page.reload()
    until(page, lambda: PushSubscription.objects.filter(vapid_key=new, ended_at=None).exists())
    assert PushSubscription.objects.get(reason="replaced").endpoint == ""
    assert PushSubscription.objects.get(ended_at=None).evidence["wording"].endswith("-de")


def test_it_asks_under_a_strict_policy(
    page: Page, shop: Shop, key: ApiKey, browsers: list[Browser], context: BrowserContext, live_server: Any
) -> None:
    lines = snippet(key, live_server.url)
    shop.policy = f"default-src 'none'; worker-src 'self'; {lines.policy}"
    shop.pages["/stammkunde-start.js"] = lines.start
    shop.page("/", lines.load)
    words: list[str] = []
    page.on("console", lambda message: words.append(message.text))
    page.on("pageerror", lambda error: words.append(str(error)))
    subscribe(page, shop, context)
    assert words == []


def test_the_question_can_be_answered_by_keyboard_and_fits_a_phone(
    page: Page, shop: Shop, browsers: list[Browser], context: BrowserContext
) -> None:
    page.set_viewport_size({"width": 390, "height": 700})
    allow(context, shop)
    asked(page, shop)
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name in ("Ja, gern", "Jetzt nicht"):
        size = box.get_by_role("button", name=name).bounding_box()
        assert size is not None
        assert size["height"] >= 44
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert stored(page)["stammkunde-push"]["no"] > 0


def test_she_switches_it_off(
    page: Page, shop: Shop, browsers: list[Browser], context: BrowserContext
) -> None:
    subscribe(page, shop, context)
    tell(page, "push.off")
    until(page, lambda: PushSubscription.objects.filter(reason="removed").exists())
    assert page.evaluate("localStorage.getItem('browser')") is None


class Protocol:
    """The browser's own door for tests: gives the service worker a push message."""

    def __init__(self, page: Page, shop: Shop) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.origin, self.registrations = shop.url, list[str]()
        self.session.on("ServiceWorker.workerRegistrationUpdated", self._hear)
        self.session.send("ServiceWorker.enable")

    def _hear(self, event: dict[str, Any]) -> None:
        self.registrations += [each["registrationId"] for each in event["registrations"]]

    def deliver(self, message: dict[str, Any]) -> None:
        given = {"origin": self.origin, "registrationId": self.registrations[-1], "data": json.dumps(message)}
        self.session.send("ServiceWorker.deliverPushMessage", given)


SHOWN = """async () => (await self.registration.getNotifications()).map(
  ({ title, body, tag, image, actions }) =>
    ({ title, body, tag, image: image || "", actions: actions.map((action) => action.title) }))"""
# Chromium lets a window be opened for a real tap only, so what would be opened is written down.
TAP = """async (action) => {
  const opened = [];
  self.clients.openWindow = async (link) => opened.push(link);
  const [notification] = await self.registration.getNotifications();
  const event = new NotificationEvent("notificationclick", { notification, action });
  self.dispatchEvent(event);
  await new Promise((done) => setTimeout(done, 100));
  return opened;
}"""


def test_a_campaigns_message_is_shown_and_a_tap_leads_to_its_counted_link(
    page: Page,
    shop: Shop,
    key: ApiKey,
    service: PushService,
    browsers: list[Browser],
    context: BrowserContext,
) -> None:
    subscribe(page, shop, context)
    tell(page, "identify", token(key, "K1"))
    until(page, lambda: PushSubscription.objects.exclude(customer=None).exists())
    anna = Customer.objects.get()
    Customer.objects.update(email="anna@example.org")
    version = runs.version(text("Der Becher ist wieder da"), button(), channels=["push"])
    runs.planned(version)
    runs.send_all()
    assert runs.states(version) == {"accepted": 1}
    [message] = service.messages
    assert message.browser.endpoint == browsers[0].endpoint

    worker = (
        context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    )
    protocol = Protocol(page, shop)
    until(page, lambda: protocol.registrations)
    report = {"report": f"{message.shown['link'].split('/c/')[0]}/api/v1/push/report"}
    consent.record([replace(people.yes(anna, purpose="tracking"), channel="push")], people.NOON)
    Delivery.objects.update(tracked=True)
    ref = mails.reference(Delivery.objects.get().pk)
    protocol.deliver(message.shown | report | {"ref": ref})
    until(page, lambda: shown(worker))
    assert shown(worker) == [
        {"title": message.shown["title"], "body": "Der Becher ist wieder da", "image": ""}
        | {"tag": message.shown["tag"], "actions": ["Los"]}
    ]
    until(page, lambda: runs.states(version) == {"delivered": 1})

    protocol.deliver(message.shown | {"body": "Nur noch heute"})
    until(page, lambda: [each["body"] for each in shown(worker)] == ["Nur noch heute"])
    assert worker.evaluate(TAP, "1") == [message.shown["actions"][0]["link"]]
    # The next one has the same tag: what closes this one late would close that one too.
    until(page, lambda: not shown(worker))
    protocol.deliver(message.shown)
    until(page, lambda: shown(worker))
    [link] = worker.evaluate(TAP, "")
    assert link == message.shown["link"]
    assert (
        context.request.get(link, max_redirects=0)
        .headers["location"]
        .startswith("https://linden.example/sale")
    )
    assert anna.pk == Delivery.objects.get().customer_id


def test_a_hostile_or_empty_message_opens_nothing_of_its_own(
    page: Page, shop: Shop, key: ApiKey, browsers: list[Browser], context: BrowserContext
) -> None:
    subscribe(page, shop, context)
    worker = (
        context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker")
    )
    protocol = Protocol(page, shop)
    until(page, lambda: protocol.registrations)
    protocol.deliver(
        {"title": "<b>x</b>", "link": "javascript:alert(1)", "image": "data:x", "report": "file:///x"}
    )
    until(page, lambda: shown(worker))
    assert worker.evaluate(TAP, "") == ["/"]


def shown(worker: Worker) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = worker.evaluate(SHOWN)
    return found
