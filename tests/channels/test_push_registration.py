"""A shop's page registers its browser: what a public key may do (T8), which endpoints are taken (H11, T18), whose it is
and what becomes of her consent."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels import consent, suppression
from channels.models import Account, Consent, Permission, PushSubscription, Reach, Suppression
from channels.push import keys, prompt
from customers import identity
from customers.models import ApiKey, Customer, Identity, Shop
from customers.tracking import keys as api_keys
from tests.browser.shop import token
from tests.channels import pushes, runs
from tests.customers.door import made, sweep
from tests.factories import UserFactory
from tests.servers.push import Browser, PushService

pytestmark = pytest.mark.django_db
PAGE = "https://www.shop.example"
CHROME = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


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


def post(key: ApiKey, call: str, origin: str = PAGE, **body: Any) -> tuple[int, dict[str, Any]]:
    given = json.dumps({"writeKey": api_keys.public(key), **body})
    headers = {"Origin": origin, "User-Agent": CHROME}
    answer = Client(headers=headers).post(f"/api/v1/push/{call}", given, content_type="text/plain")
    assert answer.headers.get("Access-Control-Allow-Origin", origin) == origin
    return answer.status_code, answer.json()


def subscription(browser: Browser, **more: Any) -> dict[str, Any]:
    given = {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}}
    return {"subscription": given, "publicKey": browser.public, "anonymousId": "v1", **more}


def browser(service: PushService) -> Browser:
    return service.browser(keys.active(timezone.now()).public)


def known(key: ApiKey, number: str = "K1") -> dict[str, str]:
    return {"userId": number, "token": token(key, number)}


ASKED = f"{prompt.VERSION}-de"


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


def test_a_public_key_alone_speaks_for_nobody(key: ApiKey, anna: Customer, service: PushService) -> None:
    """T8: neither consent nor reach of a customer, whoever's visitor it says to be."""
    identity.identify([("v1", anna.pk)], timezone.now())
    other, _secret = made(UserFactory(), "browser", scopes=[], origins=[PAGE])
    proofs: list[dict[str, str]] = [
        {},
        {"userId": "K1"},
        {"userId": "K1", "token": "x.y.z"},
        {"userId": "K1", "token": token(key, "K2")},
        {"userId": "K1", "token": token(key, "K1", -1)},
        {"userId": "K1", "token": token(other, "K1")},
    ]
    for proof in proofs:
        assert post(key, "subscribe", **subscription(browser(service), prompt=ASKED, **proof))[0] == 200
    assert not PushSubscription.objects.exclude(customer=None).exists()
    assert not Consent.objects.filter(channel="push").exists()
    assert not Reach.objects.filter(channel="push").exclude(address="").exists()


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


HOSTILE = [
    "",
    "https://fcm.googleapis.com.evil.example/fcm/send/x",
    "https://evil.example/fcm.googleapis.com/",
    "https://evilfcm.googleapis.com.example/",
    "https://notfcm.googleapis.com/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://user:pass@fcm.googleapis.com/x",
    "https://evil.example#@fcm.googleapis.com/",
    "https://evil.example\\@fcm.googleapis.com/",
    "https://fcm.googleapis.com\\.evil.example/",
    "https://fcm.googleapis.com:22/x",
    "https://fcm.googleapis.com:8443/x",
    "http://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "javascript:alert(1)",
    "//fcm.googleapis.com/x",
    "https://push.services.mozilla.com.evil.example/x",
    "https://evil-push.services.mozilla.com/x",
    "https://push.services.mozilla.com/x",
    "https://xnotify.windows.com/x",
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://10.0.0.1/",
    "https://metadata.google.internal/",
    "https://fcm.googleapis.com%2eevil.example/",
    "https://fcm。googleapis。com.evil.example/",
    "https://fcm.googleapis.com/\r\nX: y",
    "https://fcm.googleapis.com /x",
    "https://fcm.googleapis.com\t.evil.example/",
    "https://ｆｃｍ.evil.example/",
    "https://fcm.googleapis.com/" + "x" * 2100,
]
GOOD = [
    "https://fcm.googleapis.com/fcm/send/abc:def",
    "https://fcm.googleapis.com:443/wp/abc",
    "https://FCM.googleapis.com./fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "https://web.push.apple.com/abc",
    "https://db5p.notify.windows.com/w/?token=abc",
]


@pytest.mark.parametrize("endpoint", HOSTILE)
def test_no_other_server_can_be_named(key: ApiKey, service: PushService, endpoint: str) -> None:
    mine = browser(service)
    mine.endpoint = endpoint
    status, said = post(key, "subscribe", **subscription(mine, prompt=ASKED))
    assert status == 400
    assert not said["success"]
    assert not PushSubscription.objects.exists()
    fine = pushes.subscribed(service, None)[0]
    replaced = {"replaces": {"endpoint": endpoint or "x", "auth": "x"}}
    assert post(key, "subscribe", **subscription(fine, **replaced))[0] in (200, 400)


@pytest.mark.parametrize("endpoint", GOOD)
def test_the_push_services_of_browsers_are_taken(key: ApiKey, service: PushService, endpoint: str) -> None:
    mine = browser(service)
    mine.endpoint = endpoint
    assert post(key, "subscribe", **subscription(mine)) == (200, {"success": True})


@pytest.mark.parametrize(
    "change",
    [
        {"p256dh": "x"},
        {"p256dh": "A" * 87},
        {"p256dh": "ä"},
        {"auth": "x"},
        {"auth": "A" * 30},
        {"auth": ""},
        {"p256dh": None},
        {"p256dh": 7},
    ],
)
def test_keys_that_are_none_are_refused_in_words(
    key: ApiKey, service: PushService, change: dict[str, Any]
) -> None:
    given = subscription(browser(service))
    given["subscription"]["keys"] |= change
    status, said = post(key, "subscribe", **given)
    assert status == 400
    assert "subscription" in said["reason"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"writeKey": "\\u0000"}',
        b"\xff",
        b'{"writeKey": "\\ud800"}',
        b"[" * 9000,
        b"x" * 20_000,
    ],
)
@pytest.mark.parametrize("call", ["prompt", "subscribe", "remove", "report"])
def test_nothing_that_is_sent_is_our_fault(key: ApiKey, call: str, body: bytes) -> None:
    answer = Client(headers={"Origin": PAGE}).post(f"/api/v1/push/{call}", body, content_type="text/plain")
    assert 400 <= answer.status_code < 500
    assert answer.json()["reason"]


def test_a_key_works_on_its_own_pages_only(key: ApiKey, service: PushService) -> None:
    assert post(key, "subscribe", "https://evil.example", **subscription(browser(service)))[0] == 403
    _server, secret = made(UserFactory())
    answer = Client(headers={"Origin": PAGE, "Authorization": f"Bearer {secret}"}).post(
        "/api/v1/push/prompt", "{}", content_type="text/plain"
    )
    assert answer.status_code == 401, "a server key has no business in a page"
    assert not PushSubscription.objects.exists()


def test_who_knows_an_endpoint_cannot_change_or_end_it(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    mine = browser(service)
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    thief = Browser(mine.endpoint, mine.public)
    status, said = post(key, "subscribe", **subscription(thief))
    assert (status, said["renew"]) == (200, True)
    post(key, "remove", endpoint=mine.endpoint, auth=thief.auth)
    foreign = {"replaces": {"endpoint": mine.endpoint, "auth": thief.auth}}
    post(key, "subscribe", **subscription(browser(service), **foreign))
    row = PushSubscription.objects.get(endpoint=mine.endpoint)
    assert (row.auth, row.ended_at, row.customer) == (mine.auth, None, anna)
    assert PushSubscription.objects.filter(customer=anna).count() == 1


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
