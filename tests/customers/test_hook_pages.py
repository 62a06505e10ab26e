"""The pages of webhooks: made, tested, paused, looked at and sent again by administrators."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from customers.hooks.kinds import hook_kinds
from customers.models import AuditEntry, Hook, HookCall
from tests.config.test_http import HOSTILE
from tests.customers import hooks
from tests.customers.hooks import NOON, always, is_signed, receiver, sweep

pytestmark = pytest.mark.django_db
ERP = {"name": "ERP", "url": "https://8.8.8.8/in", "kinds": ["order.recorded", "points.booked"]}


def add(client: Client, **other: object) -> str:
    return client.post(reverse("hook_create"), ERP | other).content.decode()


def test_a_hook_is_made_and_its_secret_shown_once(administrator: Client) -> None:
    assert "No webhook yet" in administrator.get(reverse("hook_list")).content.decode()
    page = add(administrator)
    [secret] = re.findall(r'value="(whsec_[^"]+)"', page)
    hook = Hook.objects.get()
    assert (hook.url, hook.kinds) == (ERP["url"], ERP["kinds"])
    assert secret not in administrator.get(reverse("hook", args=[hook.pk])).content.decode()
    assert "A webhook of this name is there already." in add(administrator, name="erp")
    assert Hook.objects.count() == 1
    listed = administrator.get(reverse("hook_list")).content.decode()
    assert "Order recorded, Points booked" in listed
    assert AuditEntry.objects.get().action == "hook.added"


def test_every_kind_is_offered_with_its_help(administrator: Client) -> None:
    page = administrator.get(reverse("hook_create")).content.decode()
    assert page.count('name="kinds"') == len(list(hook_kinds))
    assert "Somebody was given a code of her own." in page
    assert "Choose at least one kind of fact." in add(administrator, kinds=[])
    assert "not one of the available choices" in add(administrator, kinds=["orders.deleted"])


@pytest.mark.parametrize("url", [url for url in HOSTILE if url.isprintable()])
def test_an_address_that_may_not_be_called_is_refused_by_the_form(administrator: Client, url: str) -> None:
    target = url.format(port=8443)
    page = add(administrator, url=target)
    assert (
        "must be an https address" in page or "No server of this name" in page or not target or "URL" in page
    )
    assert not Hook.objects.exists()
    hook, _secret = hooks.hook("https://8.8.8.8/")
    administrator.post(reverse("hook_edit", args=[hook.pk]), ERP | {"url": target})
    hook.refresh_from_db()
    assert hook.url == "https://8.8.8.8/"


def test_a_change_is_written_down_and_no_change_is_none(administrator: Client) -> None:
    add(administrator)
    hook = Hook.objects.get()
    address = reverse("hook_edit", args=[hook.pk])
    administrator.post(address, ERP)
    assert not AuditEntry.objects.filter(action="hook.changed").exists()
    Hook.objects.update(failures=7, failing_since=NOON, rests_until=NOON)
    administrator.post(address, ERP | {"url": "https://9.9.9.9/in", "kinds": ["tier.changed"]})
    hook.refresh_from_db()
    assert (hook.kinds, hook.failures, hook.failing_since) == (["tier.changed"], 0, None)
    assert AuditEntry.objects.get(action="hook.changed").detail == {"fields": ["kinds", "url"]}


def test_a_test_says_what_came_of_it(administrator: Client) -> None:
    with receiver(always()) as shop:
        hook, secret = hooks.hook(shop.url)
        page = administrator.post(reverse("hook_test", args=[hook.pk]), follow=True).content.decode()
        assert "The test has arrived. Answer 200." in page
        [told] = shop.told
        assert told.body["type"] == "test"
        assert told.body["data"]["of"] == "order.recorded"
        assert is_signed(told.headers, told.raw, secret)
        shop.answer = always(401)
        page = administrator.post(reverse("hook_test", args=[hook.pk]), follow=True).content.decode()
        assert "The test has not arrived. Answer 401." in page
        assert sweep() == 0
    hook.refresh_from_db()
    assert hook.failing_since is None
    assert HookCall.objects.filter(kind="test", due_at=None).count() == 2


def test_a_hook_is_paused_and_resumed(administrator: Client) -> None:
    hook, _secret = hooks.hook()
    page = administrator.post(reverse("hook_pause", args=[hook.pk]), follow=True).content.decode()
    assert "Somebody has paused it." in page
    page = administrator.post(reverse("hook_resume", args=[hook.pk]), follow=True).content.decode()
    assert "Somebody has paused it." not in page
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["hook.added", "hook.paused", "hook.resumed"]


def test_a_new_secret_and_deleting_ask_first(administrator: Client) -> None:
    hook, _secret = hooks.hook()
    hooks.call(hook)
    rotate, delete = (reverse(name, args=[hook.pk]) for name in ("hook_rotate", "hook_delete"))
    assert "signed with both" in administrator.get(rotate).content.decode()
    assert "whsec_" in (page := administrator.post(rotate).content.decode())
    assert "with the old secret too" in page
    assert "Its calls are deleted." in administrator.get(delete).content.decode()
    assert Hook.objects.exists()
    administrator.post(delete)
    assert not Hook.objects.exists()
    assert not HookCall.objects.exists()


@pytest.fixture
def three(administrator: Client) -> Hook:
    """Calls that were delivered, wait and were given up."""
    hook, _secret = hooks.hook()
    hooks.call(hook, 1, due_at=None, delivered_at=NOON, status=204, attempts=1)
    hooks.call(hook, 2, attempts=1, detail="silent")
    hooks.call(hook, 3, due_at=None, status=500, attempts=14)
    return hook


def test_calls_are_found_by_their_state_and_id(administrator: Client, three: Hook) -> None:
    address = reverse("hook_calls", args=[three.pk])

    def shown(**query: str) -> list[str]:
        page = administrator.get(address, query).content.decode()
        return [word for word in ("Answer 204", "no answer in time", "Answer 500") if word in page]

    assert shown() == ["Answer 204", "no answer in time", "Answer 500"]
    assert shown(state="delivered") == ["Answer 204"]
    assert shown(state="waiting") == ["no answer in time"]
    assert shown(state="given_up") == ["Answer 500"]
    assert shown(q=str(three.calls.earliest("pk").event)) == ["Answer 204"]
    assert shown(q="nonsense") == []
    assert shown(kind="points.booked") == []


def test_what_was_given_up_is_sent_again_from_the_list_and_from_its_page(
    administrator: Client, three: Hook
) -> None:
    first, waits, last = three.calls.order_by("pk")
    address = reverse("hook_calls", args=[three.pk])
    chosen = {"action": "again", "ids": [waits.pk, last.pk]}
    assert "Under the same webhook-id" in administrator.post(address, chosen).content.decode()
    page = administrator.post(address, chosen | {"confirmed": "1"}, follow=True).content.decode()
    assert "1 call is sent again." in page
    last.refresh_from_db()
    assert last.due_at is not None
    assert last.gives_up_at > NOON
    page = administrator.post(
        reverse("hook_call_again", args=[three.pk, first.pk]), follow=True
    ).content.decode()
    assert "1 call is sent again." in page
    first.refresh_from_db()
    assert first.due_at is not None


def test_the_page_of_a_call_shows_what_is_told(administrator: Client, three: Hook) -> None:
    call = three.calls.latest("pk")
    page = administrator.get(reverse("hook_call", args=[three.pk, call.pk])).content.decode()
    assert "given up" in page
    assert str(call.event) in page
    assert json.dumps(call.body, indent=2).replace('"', "&quot;") in page
    other, _secret = hooks.hook(name="Other")
    assert administrator.get(reverse("hook_call", args=[other.pk, call.pk])).status_code == 404


def test_the_list_of_calls_asks_no_more_for_more(
    administrator: Client, three: Hook, django_assert_max_num_queries: object
) -> None:
    for number in range(40):
        hooks.call(three, number)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        administrator.get(reverse("hook_calls", args=[three.pk]))


@pytest.mark.parametrize("role", ["marketer", "analyst", "approver", "store_manager"])
def test_others_see_none_of_it(request: pytest.FixtureRequest, role: str) -> None:
    client = request.getfixturevalue(role)
    assert client.get(reverse("hook_list")).status_code == 403
    assert "Webhooks" not in client.get(reverse("settings")).content.decode()
