"""The pages of webhooks on a phone: whatever is told and wherever, nothing is wider than the screen."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from customers.hooks import managing
from tests.customers import hooks
from tests.factories import NOON, PASSWORD, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_fits_a_phone(live_server: Any, page: Page) -> None:
    user = UserFactory(in_role="administrator")
    hook, _secret = hooks.hook("https://shop.example/" + "long" * 40, "order.recorded", "customer.changed")
    call = hooks.call(hook, due_at=None, status=500, attempts=9, body={"data": {"number": "1" * 200}})
    managing.pause(hook, user, NOON)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(live_server.url + reverse("hook_list"))
    page.get_by_label("E-mail").fill(user.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    places = (("hook_list", []), ("hook", [hook.pk]), ("hook_create", []), ("hook_calls", [hook.pk]))
    for name, args in (*places, ("hook_call", [hook.pk, call.pk])):
        page.goto(live_server.url + reverse(name, args=args))
        assert page.evaluate("document.documentElement.scrollWidth") == 360, name
