"""A shop's page registers its browser: what a public key may do (T8), which endpoints are taken (H11, T18), whose it is
and what becomes of her consent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from channels import consent, suppression
from channels.models import Account, Consent, Permission, PushSubscription, Reach, Suppression
from channels.push import keys, prompt
from customers.models import ApiKey, Customer, Identity, Shop
from customers.tracking import keys as api_keys
from tests.browser.shop import token
from tests.channels import pushes, runs
from tests.channels.push_doors import ASKED, PAGE, browser, known, post, subscription
from tests.customers.door import made, sweep
from tests.factories import UserFactory
from tests.servers.push import Browser, PushService

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[PushService]:
    with pushes.service() as running:
        yield running


@pytest.fixture
def key() -> ApiKey:
    found, _secret = made(UserFactory(), "browser", scopes=[], origins=[PAGE])
    pushes.account()
    return found


@pytest.fixture
def anna() -> Customer:
    [anna] = runs.customers(1)
    Identity.objects.create(customer=anna, source="shop", number="K1")
    return anna


def test_the_prompt_is_asked_in_the_visitors_language(key: ApiKey) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"name": "Kaufhaus Linden"})
    status, said = post(key, "prompt", language="de-AT")
    assert (status, said["enabled"], said["askAgain"]) == (200, True, 30)
    assert said["prompt"]["title"] == "Nachrichten auf diesem Gerät?"
    assert said["prompt"]["text"].startswith("Kaufhaus Linden meldet sich")
    assert len(keys.plain(said["publicKey"])) == 65
    assert post(key, "prompt", language="xx")[1]["prompt"]["language"] in prompt.WORDS
    assert post(key, "prompt")[1]["publicKey"] == said["publicKey"], "the key is made once"


def test_without_an_account_for_it_nobody_is_asked(key: ApiKey) -> None:
    Account.objects.all().delete()
    assert post(key, "prompt", language="de") == (200, {"enabled": False})


def test_a_signed_in_customers_browser_reaches_her_and_her_yes_is_kept(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    mine = browser(service)
    assert post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key))) == (
        200,
        {"success": True},
    )
    row = PushSubscription.objects.get()
    assert (row.customer, row.browser, row.endpoint) == (anna, "Chrome · Android", mine.endpoint)
    assert Reach.objects.get(customer=anna, channel="push").address == row.address != ""
    said = Consent.objects.get(customer=anna, channel="push")
    assert (said.state, said.basis, said.topic) == ("granted", "stated", None)
    assert said.evidence["wording"] == ASKED
    assert "Jederzeit abschaltbar" in said.evidence["words"]
    assert said.evidence["source"] == PAGE
    assert said.evidence["ip"] == "127.0.0.1"
    assert said.evidence["permission"] == "granted"
    assert consent.load([anna.pk], "push", None)[anna.pk].may_send
    assert not consent.load([anna.pk], "push", None)[anna.pk].may_track


def test_seen_again_it_is_one_browser_and_one_statement(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    mine = browser(service)
    for given in (ASKED, "", ""):
        assert post(key, "subscribe", **subscription(mine, prompt=given, **known(key)))[0] == 200
    assert PushSubscription.objects.count() == 1
    assert Consent.objects.filter(channel="push").count() == 1


def test_a_renewal_gives_no_new_yes_to_who_has_said_no(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    mine = browser(service)
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    runs_at = timezone.now() + timedelta(seconds=1)
    consent.record([consent.Statement(anna.pk, "push", False, Consent.Basis.STATED, runs_at)], runs_at)
    post(key, "subscribe", **subscription(mine, **known(key)))
    assert not Permission.objects.get(customer=anna, channel="push").granted


def test_an_unknown_number_is_nobody_yet(key: ApiKey, anna: Customer, service: PushService) -> None:
    post(key, "subscribe", **subscription(browser(service), prompt=ASKED, **known(key, "K9")))
    assert PushSubscription.objects.get().customer is None


def test_a_visitors_browser_becomes_hers_when_she_says_who_she_is(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    post(key, "subscribe", **subscription(browser(service), prompt=ASKED))
    row = PushSubscription.objects.get()
    assert (row.customer, row.visitor and row.visitor.anonymous_id) == (None, "v1")
    message = {"type": "identify", "messageId": "m1", "anonymousId": "v1", "userId": "K1", "traits": {}}
    message["context"] = {"token": token(key, "K1")}
    batch = {"writeKey": api_keys.public(key), "batch": [message]}
    assert (
        Client(headers={"Origin": PAGE})
        .post("/api/v1/batch", batch, content_type="application/json")
        .json()["success"]
    )
    sweep()
    row.refresh_from_db()
    assert row.customer == anna
    said = Consent.objects.get(customer=anna, channel="push")
    assert (said.stated_at, said.evidence["wording"]) == (row.asked_at, ASKED)
    assert Reach.objects.get(customer=anna, channel="push").address == row.address


def test_another_customer_at_the_same_browser_takes_it_over(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    [bert] = runs.customers(1)
    Identity.objects.create(customer=bert, source="shop", number="K2")
    mine = browser(service)
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    post(key, "subscribe", **subscription(mine, **known(key, "K2")))
    assert PushSubscription.objects.get().customer == bert
    assert Reach.objects.get(customer=anna, channel="push").address == ""
    assert Reach.objects.get(customer=bert, channel="push").address != ""


def test_switched_off_she_is_not_reached_and_may_come_back(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    mine = browser(service)
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    assert post(key, "remove", endpoint=mine.endpoint, auth=mine.auth) == (200, {"success": True})
    assert post(key, "remove", endpoint="https://fcm.googleapis.com/none", auth="x") == (
        200,
        {"success": True},
    )
    row = PushSubscription.objects.get()
    assert (row.reason, row.endpoint) == ("removed", "")
    assert Reach.objects.get(customer=anna, channel="push").address == ""
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    assert Reach.objects.get(customer=anna, channel="push").address != ""


@pytest.mark.parametrize("gone", ["erased", "merged"])
def test_who_is_gone_since_the_token_was_read_gets_no_browser(
    anna: Customer, service: PushService, gone: str
) -> None:
    [bea] = runs.customers(1)
    changes = {"erased_at": timezone.now()} if gone == "erased" else {"merged_into": bea}
    Customer.objects.filter(pk=anna.pk).update(**changes)
    pushes.subscribed(service, anna)
    assert PushSubscription.objects.get().customer is None
    assert not Consent.objects.filter(channel="push").exists()


def test_a_renewed_subscription_keeps_its_owner(key: ApiKey, anna: Customer, service: PushService) -> None:
    old, new = browser(service), browser(service)
    post(key, "subscribe", **subscription(old, prompt=ASKED, **known(key)))
    address = Reach.objects.get(customer=anna, channel="push").address
    replaces = {"endpoint": old.endpoint, "auth": old.auth}
    assert post(key, "subscribe", **subscription(new, replaces=replaces))[1] == {"success": True}
    live = PushSubscription.objects.get(ended_at=None)
    assert (live.endpoint, live.customer, live.address) == (new.endpoint, anna, address)
    assert PushSubscription.objects.get(reason="replaced").endpoint == ""
    assert Consent.objects.filter(channel="push").count() == 1


def test_a_dead_endpoint_and_a_destroyed_key_have_to_be_made_anew(key: ApiKey, service: PushService) -> None:
    mine = browser(service)
    post(key, "subscribe", **subscription(mine))
    PushSubscription.objects.update(ended_at=timezone.now(), reason="gone", endpoint="", p256dh="", auth="")
    assert post(key, "subscribe", **subscription(mine))[1]["renew"]
    stranger = Browser(mine.endpoint + "2", mine.p256dh)
    assert post(key, "subscribe", **subscription(stranger))[1]["renew"]


def test_a_suppressed_name_does_not_stop_her_new_browser(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    post(key, "subscribe", **subscription(browser(service), prompt=ASKED, **known(key)))
    reach = Reach.objects.get(customer=anna, channel="push")
    suppression.suppress("push", [reach.address], Suppression.Reason.BOUNCE, timezone.now())
    post(key, "subscribe", **subscription(browser(service), prompt=ASKED, **known(key)))
    now = Reach.objects.get(customer=anna, channel="push")
    assert now.address != reach.address
    assert set(PushSubscription.objects.values_list("address", flat=True)) == {now.address}
    assert suppression.load("push", {now.address_key}) == {}
