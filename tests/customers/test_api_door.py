"""The door of the tracking API: who may send what, and that what is answered with 200 is safe."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, Customer, Event, InboxBatch, IngestCount, Shop, User
from customers.tracking import inbox, keys, translating
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "https://linden.example"


@pytest.fixture
def admin() -> User:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    return UserFactory(in_role="administrator")


def made(admin: User, kind: str = "server", **fields: Any) -> tuple[ApiKey, str]:
    values = {"name": kind, "kind": kind, "source": "shop", "scopes": ["track"]} | fields
    key = ApiKey(**values)
    return key, keys.make(key, admin, timezone.now())


@pytest.fixture
def server(admin: User) -> tuple[ApiKey, str]:
    return made(admin)


@pytest.fixture
def page_key(admin: User) -> tuple[ApiKey, str]:
    return made(admin, "browser", scopes=[], origins=[PAGE])


def post(secret: str, call: str, body: Any, **headers: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    if secret and "Authorization" not in headers:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{secret}:".encode()).decode()
    kind = headers.pop("Content-Type", "application/json")
    return Client(headers=headers).post(f"/api/v1/{call}", sent, content_type=kind)


def view(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": f"m{number}",
        "userId": "u1",
        "event": "Product Viewed",
        "properties": {"sku": "MUG"},
    } | fields


def sweep() -> None:
    while inbox.sweep(timezone.now()):
        pass


def test_a_call_is_safe_and_becomes_an_event(server: tuple[ApiKey, str]) -> None:
    answer = post(server[1], "track", view())
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert InboxBatch.objects.get().messages == 1
    sweep()
    assert Event.objects.get().kind == "view"
    assert not InboxBatch.objects.exists()
    assert IngestCount.objects.get(what="event", fate="recorded").count == 1
    server[0].refresh_from_db()
    assert server[0].last_used_at is not None


def test_good_neighbours_of_a_batch_survive_the_bad(server: tuple[ApiKey, str]) -> None:
    bad = [
        {"type": "dance", "userId": "u"},
        {"type": "track", "userId": "u"},
        {"type": "page"},
        7,
        {"type": "track", "event": 5},
    ]
    answer = post(
        server[1], "batch", {"batch": [view(1), *bad, view(2, properties={"x": "y" * 40_000}), view(3)]}
    )
    assert answer.status_code == 200
    rejected = answer.json()["rejected"]
    assert [each["index"] for each in rejected] == [1, 2, 3, 4, 5, 6]
    assert "type is one of" in rejected[0]["reason"]
    assert "name of its event" in rejected[1]["reason"]
    assert "names nobody" in rejected[2]["reason"]
    assert rejected[5]["messageId"] == ""
    sweep()
    assert Event.objects.count() == 2
    assert dict(
        IngestCount.objects.filter(what__in=["message", "track", "page"]).values_list("fate", "count")
    ) == {
        "unknown_type": 1,
        "no_event": 1,
        "nobody": 1,
        "malformed": 2,
        "too_large": 1,
    }


def test_a_bad_single_call_says_why(server: tuple[ApiKey, str]) -> None:
    answer = post(server[1], "track", {"userId": "u"})
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert "name of its event" in answer.json()["reason"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'{"batch": 5}', 400),
        (b"\xff\xfe", 400),
        (b'{"batch": [' + b"[" * 20_000 + b"]" * 20_000 + b"]}", 400),
        (b'{"batch": [' + b",".join([b"{}"] * 2_501) + b"]}", 413),
        (b" " * 500_001, 413),
    ],
)
def test_what_is_no_batch_is_refused_in_words(server: tuple[ApiKey, str], body: bytes, status: int) -> None:
    answer = post(server[1], "batch", body)
    assert answer.status_code == status
    assert answer.json()["reason"].endswith((".", "time."))


@pytest.mark.parametrize(
    "properties",
    [
        b'{"a": NaN}',
        b'{"a": ' + b"9" * 5_000 + b"}",
        b'{"a": "\\ud800"}',
        b"[" * 9_000 + b"]" * 9_000,
        b'{"a": 1e999}',
    ],
)
def test_monsters_in_a_message_cost_only_that_message(server: tuple[ApiKey, str], properties: bytes) -> None:
    bad = b'{"type": "track", "event": "x", "userId": "u", "properties": ' + properties + b"}"
    answer = post(server[1], "batch", b'{"batch": [' + bad + b"," + json.dumps(view()).encode() + b"]}")
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        assert len(answer.json()["rejected"]) == 1
        sweep()
        assert Event.objects.count() == 1


def test_nul_and_repeated_names_are_cleaned(server: tuple[ApiKey, str]) -> None:
    body = (
        b'{"userId": "u\\u0000", "event": "Quiz", "event": "Game", "properties": {"a\\u0000": "b\\u0000c"}}'
    )
    assert post(server[1], "track", body).status_code == 200
    sweep()
    event = Event.objects.get()
    assert (event.name, event.properties) == ("Game", {"a": "bc"})


def test_packed_bodies_are_unpacked_but_no_bombs(server: tuple[ApiKey, str]) -> None:
    packed = gzip.compress(json.dumps(view()).encode())
    assert post(server[1], "track", packed, **{"Content-Encoding": "gzip"}).status_code == 200
    bomb = gzip.compress(b" " * 50_000_000)
    assert post(server[1], "track", bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert post(server[1], "track", packed[:-9], **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(server[1], "track", b"xx", **{"Content-Encoding": "gzip"}).status_code == 400
    assert post(server[1], "track", packed, **{"Content-Encoding": "br"}).status_code == 415


def test_without_a_working_key_nothing_is_taken(server: tuple[ApiKey, str], admin: User) -> None:
    assert post("", "track", view()).status_code == 401
    assert post("server_wrong", "track", view()).status_code == 401
    assert post("", "track", view(), Authorization="Basic %%%").status_code == 401
    assert post(server[1], "track", view(), Authorization=f"Bearer {server[1]}").status_code == 200
    assert post("", "track", view(writeKey=server[1]), **{"Content-Type": "text/plain"}).status_code == 200
    _key, secret = made(admin, scopes=["orders"])
    assert post(secret, "track", view()).status_code == 401
    ApiKey.objects.filter(pk=server[0].pk).update(revoked_at=timezone.now())  # by another process
    assert post(server[1], "track", view()).status_code == 401
    assert InboxBatch.objects.count() == 2


def test_a_key_that_is_replaced_works_for_a_while(server: tuple[ApiKey, str], admin: User) -> None:
    new, secret = keys.rotate(server[0], admin, timezone.now())
    assert new.source == "shop"
    assert post(server[1], "track", view()).status_code == post(secret, "track", view()).status_code == 200
    ApiKey.objects.filter(pk=server[0].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert post(server[1], "track", view()).status_code == 401
    assert not ApiKey.objects.filter(hash=secret).exists(), "the secret itself is kept nowhere"


@pytest.mark.parametrize("call", ["t", "i", "p", "s", "a", "g", "b", "import"])
def test_short_names_of_the_vendors_libraries(server: tuple[ApiKey, str], call: str) -> None:
    body = {"batch": [view()]} if call in ("b", "import") else view()
    assert post(server[1], call, body).status_code == 200


def test_times_are_told_by_our_clock(server: tuple[ApiKey, str]) -> None:
    now = timezone.now()
    wrong = now - timedelta(days=300)
    sent = {"originalTimestamp": (wrong - timedelta(minutes=5)).isoformat(), "sentAt": wrong.isoformat()}
    post(server[1], "track", view(**sent))
    sweep()
    assert abs(Event.objects.get().at - (now - timedelta(minutes=5))) < timedelta(seconds=20)


def test_a_time_that_is_none_is_refused(server: tuple[ApiKey, str]) -> None:
    answer = post(server[1], "track", view(timestamp="yesterday"))
    assert (answer.status_code, "is no time" in answer.json()["reason"]) == (400, True)


# --- Browsers ---


def test_a_browser_key_works_on_its_pages_only(page_key: tuple[ApiKey, str]) -> None:
    body = view(userId=None, anonymousId="v1", writeKey=page_key[1])
    answer = post("", "t", body, Origin=PAGE, **{"Content-Type": "text/plain"})
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == PAGE
    assert post("", "t", body, Origin="https://evil.example").status_code == 403
    assert post("", "t", body).status_code == 403
    asked = Client(headers={"Origin": PAGE}).options("/api/v1/t")
    assert (asked.status_code, asked["Access-Control-Allow-Origin"]) == (204, PAGE)
    assert "Access-Control-Allow-Origin" not in Client(headers={"Origin": "https://evil.example"}).options(
        "/api/v1/t"
    )


@pytest.mark.parametrize(
    ("message", "fate"),
    [
        ({"type": "track", "event": "Order Refunded"}, "not_public"),
        ({"type": "track", "event": "Coupon Applied"}, "not_public"),
        ({"type": "track", "event": "Anything"}, "not_public"),
        ({"type": "alias", "previousId": "v0", "userId": "u1"}, "not_public"),
        ({"type": "identify", "userId": "u1"}, "unproven"),
        ({"type": "identify", "userId": "u1", "context": {"verified": True}}, "unproven"),
        ({"type": "identify", "userId": "u1", "context": {"token": "x.y.z"}}, "unproven"),
    ],
)
def test_what_a_public_key_may_not_say(
    page_key: tuple[ApiKey, str], message: dict[str, Any], fate: str
) -> None:
    answer = post(page_key[1], "batch", {"batch": [message | {"anonymousId": "v1"}]}, Origin=PAGE)
    assert len(answer.json()["rejected"]) == 1
    sweep()
    assert [count.fate for count in IngestCount.objects.all()] == [fate]
    assert not Customer.objects.exists()


def test_its_page_may_allow_further_events(page_key: tuple[ApiKey, str]) -> None:
    ApiKey.objects.filter(pk=page_key[0].pk).update(scopes=["Quiz Finished"])
    keys._remembered.clear()
    assert (
        post(
            page_key[1], "track", view(event="Quiz Finished", userId=None, anonymousId="v"), Origin=PAGE
        ).status_code
        == 200
    )


def token(key: ApiKey, user: str, minutes: int = 5, **claims: Any) -> str:
    said = {"sub": user, "exp": datetime.now(UTC) + timedelta(minutes=minutes)} | claims
    return jwt.encode(
        {name: value for name, value in said.items() if value}, keys.identity_secret(key), "HS256"
    )


def test_a_token_of_the_shop_says_who_she_is(page_key: tuple[ApiKey, str]) -> None:
    said = {"userId": "u1", "anonymousId": "v1", "traits": {"email": "evil@example.org"}}
    good = said | {"context": {"token": token(page_key[0], "u1")}}
    assert post(page_key[1], "identify", good, Origin=PAGE).status_code == 200
    sweep()
    customer = Customer.objects.get()
    assert (customer.identities.get().number, customer.email) == ("u1", "")
    for bad in (
        token(page_key[0], "u2"),
        token(page_key[0], "u1", -1),
        token(page_key[0], "u1", exp=None),
        "e30.e30.",
    ):
        assert (
            post(page_key[1], "identify", said | {"context": {"token": bad}}, Origin=PAGE).status_code == 400
        )


def test_too_many_calls_wait_a_minute(page_key: tuple[ApiKey, str], settings: Any) -> None:
    settings.BROWSER_CALLS_A_MINUTE = 2
    body = view(userId=None, anonymousId="v1")
    answers = [post(page_key[1], "track", body, Origin=PAGE) for _ in range(4)]
    assert [answer.status_code for answer in answers][:2] == [200, 200]
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"] == "60"


# --- Sweeping ---


def test_a_message_that_cannot_be_recorded_is_set_apart(
    server: tuple[ApiKey, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = translating.apply

    def failing(key: ApiKey, messages: Any, at: datetime) -> Any:
        if any(message.event == "Poison" for message in messages):
            raise ValueError("no good")
        return real(key, messages, at)

    monkeypatch.setattr(translating, "apply", failing)
    post(server[1], "batch", {"batch": [view(1), view(2, event="Poison"), view(3)]})
    post(server[1], "track", view(4))
    sweep()
    assert Event.objects.count() == 3
    parked = InboxBatch.objects.get()
    assert (parked.parked, parked.messages, parked.fault) == (True, 1, "ValueError")
    monkeypatch.setattr(translating, "apply", real)
    inbox.retry([parked])
    sweep()
    assert Event.objects.count() == 4
    assert not InboxBatch.objects.exists()
