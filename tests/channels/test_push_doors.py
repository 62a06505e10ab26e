"""Whoever stands at the doors of web push with a browser key, which is public: what it may do (T8), which endpoints are
taken (H11, T18), and that nothing it sends is our fault."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from channels.models import Consent, PushSubscription, Reach
from customers import identity
from customers.models import ApiKey, Customer, Identity
from tests.browser.shop import token
from tests.channels import pushes, runs
from tests.channels.push_doors import ASKED, PAGE, browser, known, post, subscription
from tests.customers.door import made
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


def test_switched_off_an_endpoint_comes_back_as_nobodys(
    key: ApiKey, anna: Customer, service: PushService
) -> None:
    """Its secret is forgotten: whoever knows the endpoint could else slip into her place with keys of his own."""
    mine = browser(service)
    post(key, "subscribe", **subscription(mine, prompt=ASKED, **known(key)))
    post(key, "remove", endpoint=mine.endpoint, auth=mine.auth)
    thief = Browser(mine.endpoint, mine.public)
    assert post(key, "subscribe", **subscription(thief, prompt=ASKED))[1] == {"success": True}
    assert PushSubscription.objects.get().customer is None
    assert Reach.objects.get(customer=anna, channel="push").address == ""
