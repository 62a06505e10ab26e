"""Web push in the settings: the account, keys and their replacement, one's own browser, tests; and her browsers on the
customer page."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import backends, upkeep
from channels.models import Account, PushSubscription, VapidKey
from channels.push import keys
from customers.models import AuditEntry
from tests.channels import mails, pushes, runs
from tests.factories import UserFactory
from tests.servers.push import Browser, PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[PushService]:
    backends.close_all()
    with pushes.service() as running:
        yield running
    backends.close_all()


def page(client: Client, name: str, *args: int, **query: str) -> str:
    return str(client.get(reverse(name, args=args), query, follow=True).content.decode())


def post(client: Client, name: str, *args: int, **data: str) -> str:
    return str(client.post(reverse(name, args=args), data, follow=True).content.decode())


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def mine(client: Client, service: PushService) -> Browser:
    browser = service.browser(keys.active(timezone.now()).public)
    fields = {
        "endpoint": browser.endpoint,
        "p256dh": browser.p256dh,
        "auth": browser.auth,
        "public": browser.public,
    }
    assert "come to this browser now" in post(client, "push_browser", **fields)
    return browser


def test_an_account_is_set_up_and_makes_our_key(administrator: Client) -> None:
    assert not VapidKey.objects.exists()
    assert "no account for web push yet" in page(administrator, "push")
    assert not VapidKey.objects.exists(), "looking changes nothing"
    url = reverse("account_create") + "?provider=web_push"
    assert "Web push" in administrator.get(reverse("account_create")).content.decode()
    form = administrator.get(url).content.decode()
    assert 'type="hidden" name="channel" value="push"' in form
    assert "_PASSWORD" not in form, "it has no secret to ask for"
    given = {"name": "Push", "channel": "push", "contact": "nobody", "days": "3", "ask_again": "30"}
    assert "Enter an e-mail address such as" in administrator.post(url, given).content.decode()
    administrator.post(url, given | {"contact": "shop@linden.example"})
    made = Account.objects.get()
    assert (made.backend, made.channel) == ("web_push", "push")
    assert made.settings == {"contact": "shop@linden.example", "days": 3, "ask_again": 30}
    backends.backends["web_push"].connect(made).close()
    shown = page(administrator, "push")
    assert VapidKey.objects.get().public[:12] in shown
    assert "importScripts(&quot;" in shown
    assert "/static/sdk/stammkunde-push.js" in shown
    assert 'href="/settings/push/"' in page(administrator, "account_list")


def test_the_secret_half_is_nowhere_to_be_seen(
    administrator: Client, caplog: pytest.LogCaptureFixture
) -> None:
    pushes.account()
    key = keys.active(timezone.now(), UserFactory())
    secret = keys.text(keys.opened(key).private_numbers().private_value.to_bytes(32, "big"))
    texts = [
        page(administrator, "push"),
        page(administrator, "audit_list"),
        key.sealed,
        repr(key),
        caplog.text,
    ]
    assert not any(secret in text for text in texts)
    assert key.sealed not in texts[0]


def test_the_key_is_replaced_after_a_question(administrator: Client, marketer: Client) -> None:
    pushes.account()
    old = keys.active(timezone.now())
    assert marketer.post(reverse("push_rotate")).status_code == 403
    assert "Replace the push key?" in page(administrator, "push_rotate")
    assert keys.active(timezone.now()) == old
    assert "There is a new push key" in post(administrator, "push_rotate")
    new = keys.active(timezone.now())
    assert new != old
    assert new.created_by is not None
    old.refresh_from_db()
    assert (old.active, bool(old.retired_at), bool(old.sealed)) == (False, True, True)
    assert "vapid_key.replaced" in actions()
    assert "being replaced" in page(administrator, "push")


def test_a_retired_key_is_destroyed_when_nobody_holds_it(service: PushService) -> None:
    pushes.subscribed(service, None)
    old = keys.active(timezone.now())
    keys.rotate(UserFactory(), timezone.now() - timedelta(days=3))
    upkeep.destroy_push_keys()
    old.refresh_from_db()
    assert old.sealed
    PushSubscription.objects.update(ended_at=timezone.now(), reason="gone")
    upkeep.destroy_push_keys()
    old.refresh_from_db()
    assert old.sealed == ""
    assert keys.active(timezone.now()).sealed


def test_a_test_comes_to_ones_own_browsers(administrator: Client, service: PushService) -> None:
    account = pushes.account()
    assert "First choose your own browser" in post(administrator, "account_test", account.pk)
    first, second = mine(administrator, service), mine(administrator, service)
    colleague = PushSubscription.objects.create(
        endpoint_key="x", vapid_key=keys.active(timezone.now()), user=UserFactory(), address="staff-1"
    )
    assert "took the test" in post(administrator, "account_test", account.pk)
    assert {each.browser.endpoint for each in service.messages} == {first.endpoint, second.endpoint}
    assert "the account “Push” works" in service.messages[0].shown["body"]
    assert colleague.customer is None
    assert {"push_browser.added", "account.tested"} <= set(actions())


def test_ones_browser_is_taken_off_again_and_only_ones_own(
    administrator: Client, service: PushService
) -> None:
    account = pushes.account()
    mine(administrator, service)
    row = PushSubscription.objects.get()
    other = Client()
    other.force_login(UserFactory(in_role="administrator"))
    assert other.post(reverse("push_browser_remove", args=[row.pk])).status_code == 404
    post(administrator, "push_browser_remove", row.pk)
    assert "First choose your own browser" in post(administrator, "account_test", account.pk)
    assert service.calls == 0


@pytest.mark.parametrize(
    "change", [{"endpoint": "https://evil.example/x"}, {"p256dh": "x"}, {"public": "x"}, {"auth": ""}]
)
def test_a_foreign_endpoint_is_not_taken_here_either(
    administrator: Client, service: PushService, change: dict[str, str]
) -> None:
    """T18: create and test button."""
    browser = service.browser(keys.active(timezone.now()).public)
    fields = {
        "endpoint": browser.endpoint,
        "p256dh": browser.p256dh,
        "auth": browser.auth,
        "public": browser.public,
    }
    assert "cannot be used" in post(administrator, "push_browser", **fields | change)
    assert not PushSubscription.objects.exists()


def test_a_draft_is_tried_on_ones_own_browser(administrator: Client, service: PushService) -> None:
    pushes.account()
    draft = mails.message(mails.text("Neu im Haus"), mails.button(), channels=["push"])
    content = draft.contents.get()
    assert "Settings, Web push" in post(administrator, "message_test", content.pk)
    mine(administrator, service)
    assert "Sent to your browser." in post(administrator, "message_test", content.pk)
    [message] = service.messages
    assert message.shown["body"] == "Neu im Haus"
    assert "message.tested" in actions()


def test_her_browsers_stand_on_her_page(marketer: Client, analyst: Client, service: PushService) -> None:
    [anna] = runs.customers(1)
    assert "Push messages" not in page(marketer, "customer", anna.pk)
    browser, _row = pushes.subscribed(service, anna)
    pushes.subscribed(service, anna)
    PushSubscription.objects.filter(pk=_row.pk).update(browser="Firefox · Android")
    PushSubscription.objects.exclude(pk=_row.pk).update(ended_at=timezone.now(), reason="gone")
    shown = page(marketer, "customer", anna.pk)
    assert "Firefox · Android" in shown
    assert "takes messages" in shown
    assert "the browser has ended it" in shown
    assert browser.endpoint not in shown, "an endpoint is a secret"
