"""Browsers that take push messages, for the tests: subscribed at a service on loopback, and known to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.test import override_settings

from channels import consent
from channels.models import Account, Channel, PushSubscription
from channels.push import keys, registration
from channels.push.registration import Keys, Owner, Seen
from customers.models import Customer
from tests.channels import people
from tests.servers.push import Browser, PushService

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ASKED = {
    "wording": "2026-11-en",
    "words": "Messages? [Yes]",
    "form": "push prompt",
    "source": "https://shop.example",
}


@contextmanager
def service(delay: float = 0) -> Iterator[PushService]:
    with (
        PushService(delay) as running,
        override_settings(OUTGOING_HOSTS=[running.place], PUSH_HOSTS=[running.place]),
    ):
        yield running


def account(**settings: Any) -> Account:
    given = {"contact": "shop@linden.example"} | settings
    return Account.objects.create(name="Push", backend="web_push", channel=Channel.PUSH, settings=given)


def subscribed(
    running: PushService, customer: Customer | None, kind: str = "fine", visitor: str = ""
) -> tuple[Browser, PushSubscription]:
    """A browser of this customer's, with her yes."""
    browser = running.browser(keys.active(NOW).public, kind)
    owner = Owner(customer.pk if customer else None, visitor)
    return browser, registration.register(keys_of(browser), owner, Seen(asked=ASKED), NOW)


def keys_of(browser: Browser) -> Keys:
    return Keys(browser.endpoint, browser.p256dh, browser.auth, browser.public)


def no(person: Customer, minutes: int = 0) -> None:
    consent.record([replace(people.no(person, minutes=minutes), channel=Channel.PUSH)], NOW)
