"""The door of the tracking API: who may send what, and that what is answered with 200 is safe."""

import gzip
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey, AuditEntry, Event, InboxBatch, IngestCount, Shop, User
from customers.tracking import inbox, keys, translating
from tests.customers.door import made, post, sweep, view
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    return UserFactory(in_role="administrator")


@pytest.fixture
def server(admin: User) -> tuple[ApiKey, str]:
    return made(admin)


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
        (b'{"batch": [' + b"[" * 20_000, 400),
        (b'{"batch": [' + b'"\\' * 20_000, 400),
        (b'{"batch": [NaN], "sentAt": NaN}', 400),
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
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b"[" * 9_000 + b"]" * 9_000,
        b'{"a": ' * 100 + b"1" + b"}" * 100,
        b'{"a": 1e999}',
        b'{"a": ' + b'"' + b"x" * 40_000 + b'"}',
        b'{"a" 1}',
    ],
)
def test_monsters_in_a_message_cost_only_that_message(server: tuple[ApiKey, str], properties: bytes) -> None:
    bad = b'{"type": "track", "event": "x", "userId": "u", "properties": ' + properties + b"}"
    good = [json.dumps(view(number)).encode() for number in range(2)]
    answer = post(server[1], "batch", b'{"batch": [' + good[0] + b"," + bad + b" , " + good[1] + b"]}")
    assert answer.status_code == 200
    assert [refused["index"] for refused in answer.json()["rejected"]] == [1]
    sweep()
    assert Event.objects.count() == 2


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


@pytest.mark.parametrize("call", ["t", "i", "p", "s", "a", "g", "b", "import", "m", "track/", "import/"])
def test_addresses_of_the_vendors_libraries(server: tuple[ApiKey, str], call: str) -> None:
    body = {"batch": [view()]} if call in ("b", "import", "import/") else view()
    assert post(server[1], call, body).status_code == 200


def test_times_are_told_by_our_clock(server: tuple[ApiKey, str]) -> None:
    now = timezone.now()
    wrong = now - timedelta(days=300)
    sent = {"originalTimestamp": (wrong - timedelta(minutes=5)).isoformat(), "sentAt": wrong.isoformat()}
    post(server[1], "track", view(**sent))
    sweep()
    assert abs(Event.objects.get().at - (now - timedelta(minutes=5))) < timedelta(seconds=20)


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
@pytest.mark.parametrize("happened", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_times_beyond_reckoning_are_those_of_receipt(
    server: tuple[ApiKey, str], sent: str, happened: str
) -> None:
    answer = post(server[1], "track", view(originalTimestamp=happened, sentAt=sent))
    assert answer.status_code == 200
    sweep()
    assert abs(timezone.now() - Event.objects.get().at) < timedelta(minutes=1)


def test_a_time_that_is_none_is_refused(server: tuple[ApiKey, str]) -> None:
    answer = post(server[1], "track", view(timestamp="yesterday"))
    assert (answer.status_code, "is no time" in answer.json()["reason"]) == (400, True)


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


def test_what_was_set_apart_is_discarded_on_the_keys_page(
    server: tuple[ApiKey, str], administrator: Client
) -> None:
    InboxBatch.objects.create(key=server[0], messages=3, body=b"{}", parked=True, fault="ValueError")
    address = f"/settings/keys/{server[0].pk}/"
    page = administrator.get(address).content.decode()
    assert "ValueError" in page
    assert "<dd>tell behaviour (tracking API)" in page, "what it may do, in words"
    assert administrator.get(f"{address}discard/").status_code == 200
    assert InboxBatch.objects.count() == 1, "asking does nothing"
    administrator.post(f"{address}discard/")
    assert not InboxBatch.objects.exists()
    assert AuditEntry.objects.get(action="api_key.discarded").detail == {"messages": 3}
