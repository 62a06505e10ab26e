"""What every provider must do, for web push: each call answered, each message once, and what services' answers mean."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from channels import backends
from channels.backends import Call, Outcome, web_push
from channels.backends.base import Connection, Kind
from channels.models import Account, PushSubscription, Reach, VapidKey
from channels.push import keys
from customers.models import Customer
from tests.channels import pushes, runs
from tests.channels.pushes import NOW
from tests.factories import UserFactory
from tests.servers.push import PushService

pytestmark = pytest.mark.django_db
OFFER = {"link": "https://linden.example/c/x/", "picture": "https://linden.example/p.jpg"}
OFFER |= {"actions": [{"label": "Ansehen", "link": "https://linden.example/c/y/"}]}  # type: ignore[dict-item]


@pytest.fixture
def service() -> Iterator[PushService]:
    with pushes.service() as running:
        yield running


@pytest.fixture
def account() -> Account:
    return pushes.account()


def line(account: Account) -> Connection:
    return backends.backends["web_push"].connect(account)


def address(customer: Customer) -> str:
    return Reach.objects.get(customer=customer, channel="push").address


def call(number: int, recipient: str, **fields: Any) -> Call:
    values: dict[str, Any] = {
        "sender_name": "Kaufhaus Linden",
        "sender_email": "",
        "reply_to": "",
        "html": "",
    }
    values |= {"message_id": f"<{number}.abc@linden.example>", "subject": "Grüße aus Köln", "headers": {}}
    values |= {"text": "Der Becher ist wieder da.", "channel": "push", "parts": OFFER, "topic": "message-7"}
    return Call(number, recipient, **values | fields)


def kinds(outcomes: dict[int, Outcome]) -> list[str]:
    return [str(outcomes[number].kind) for number in sorted(outcomes)]


def test_every_call_is_answered_and_every_message_arrives_once(
    service: PushService, account: Account
) -> None:
    people = runs.customers(12)
    for person in people:
        pushes.subscribed(service, person)
    made = line(account)
    calls = [call(n, address(person)) for n, person in enumerate(people)]
    outcomes = made.send(calls, NOW)
    made.close()
    made.close()
    assert kinds(outcomes) == ["accepted"] * 12
    assert len({each.provider_id for each in outcomes.values()}) == 12
    assert len(service.messages) == 12
    assert {each.browser.endpoint for each in service.messages} == {
        b.endpoint for b in service.browsers.values()
    }
    connections = service.connections
    again = line(account)
    again.send(calls, NOW)
    again.send(calls, NOW)
    assert service.connections - connections <= 32, "connections are kept"
    assert PushSubscription.objects.filter(last_success_at=NOW).count() == 12


def test_what_arrives_is_what_was_meant(service: PushService, account: Account) -> None:
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna)
    line(account).send([call(1, address(anna), tracked=True)], NOW)
    [message] = service.messages
    assert message.shown == {
        "title": "Grüße aus Köln",
        "body": "Der Becher ist wieder da.",
        "image": "https://linden.example/p.jpg",
        "link": "https://linden.example/c/x/",
        "actions": [{"label": "Ansehen", "link": "https://linden.example/c/y/"}],
        "tag": "message-7",
        "report": message.shown["report"],
        "ref": "1.abc",
    }
    assert message.shown["report"].endswith("/api/v1/push/report")
    headers = {name: message.headers[name] for name in ("TTL", "Topic", "Urgency")}
    assert headers == {"TTL": str(3 * 86400), "Topic": "message-7", "Urgency": "normal"}
    [claims] = service.claims
    assert (claims["aud"], claims["sub"]) == (service.url, "mailto:shop@linden.example")
    assert NOW.timestamp() < claims["exp"] <= (NOW + timedelta(hours=24)).timestamp()


def test_it_never_arrives_behind_its_end(service: PushService, account: Account) -> None:
    people = runs.customers(3)
    for person in people:
        pushes.subscribed(service, person)
    ends = [NOW + timedelta(minutes=5), NOW + timedelta(days=60), NOW - timedelta(seconds=1)]
    calls = [
        call(n, address(who), expires_at=end) for n, (who, end) in enumerate(zip(people, ends, strict=True))
    ]
    assert kinds(line(account).send(calls, NOW)) == ["accepted", "accepted", "unsent"]
    assert sorted(int(each.headers["TTL"]) for each in service.messages) == [300, 3 * 86400]


def test_the_signature_is_made_once_in_hours(service: PushService, account: Account) -> None:
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna)
    made = line(account)
    for hours in (0, 1, 5, 7):
        made.send([call(hours, address(anna))], NOW + timedelta(hours=hours))
    tokens = [each.headers["Authorization"] for each in service.messages]
    assert len(set(tokens[:3])) == 1
    assert tokens[3] != tokens[0]


@pytest.mark.parametrize(
    ("kind", "expected", "suppress", "retry_after"),
    [
        ("gone", Kind.ADDRESS, True, None),
        ("unknown", Kind.ADDRESS, True, None),
        ("busy", Kind.LINE, True, 7),
        ("full", Kind.LINE, True, 5),
        ("resting", Kind.LINE, True, 60),
        ("down", Kind.UNKNOWN, True, None),
        ("away", Kind.UNKNOWN, True, None),
        ("large", Kind.US, True, None),
        ("bad", Kind.ADDRESS, False, None),
        ("moved", Kind.ADDRESS, False, None),
        ("cut", Kind.UNKNOWN, True, None),
    ],
)
def test_answers_are_told_apart(
    service: PushService,
    account: Account,
    kind: str,
    expected: Kind,
    suppress: bool,
    retry_after: float | None,
) -> None:
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna, kind)
    [outcome] = line(account).send([call(1, address(anna))], NOW).values()
    assert (outcome.kind, outcome.suppress, outcome.retry_after) == (expected, suppress, retry_after)
    assert service.calls == 1, "no redirect is followed, nothing is repeated"


@pytest.mark.parametrize(
    ("browsers", "expected", "suppress"),
    [
        (("gone", "fine"), Kind.ACCEPTED, True),
        (("fine", "fine"), Kind.ACCEPTED, True),
        (("down", "fine"), Kind.ACCEPTED, True),
        (("gone", "down"), Kind.UNKNOWN, True),
        (("busy", "gone"), Kind.LINE, True),
        (("bad", "gone"), Kind.ADDRESS, False),
        (("gone", "unknown"), Kind.ADDRESS, True),
    ],
)
def test_one_call_goes_to_all_of_her_browsers(
    service: PushService, account: Account, browsers: tuple[str, ...], expected: Kind, suppress: bool
) -> None:
    [anna] = runs.customers(1)
    for kind in browsers:
        pushes.subscribed(service, anna, kind)
    [outcome] = line(account).send([call(1, address(anna))], NOW).values()
    assert (outcome.kind, outcome.suppress) == (expected, suppress)
    assert service.calls == 2
    ended = PushSubscription.objects.exclude(ended_at=None)
    assert ended.count() == sum(kind in ("gone", "unknown") for kind in browsers)
    assert not ended.exclude(endpoint="", p256dh="", auth="").exists(), "what is of no use is not kept"


def test_who_has_no_browser_any_more_is_not_reached(account: Account) -> None:
    [outcome] = line(account).send([call(1, "nobody")], NOW).values()
    assert (outcome.kind, outcome.suppress) == (Kind.ADDRESS, True)


def test_nothing_raises_when_the_service_is_away(account: Account) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{closed.getsockname()[1]}"
    with pushes.service() as running:
        [anna] = runs.customers(1)
        browser, _row = pushes.subscribed(running, anna)
        PushSubscription.objects.update(endpoint=browser.endpoint.replace(running.place, place))
    with override_settings(OUTGOING_HOSTS=[place], PUSH_HOSTS=[place]):
        assert kinds(line(account).send([call(1, address(anna))], NOW)) == ["line"]


def test_single_calls_end_after_a_second(account: Account) -> None:
    many = 3 * web_push.LANES
    with pushes.service(delay=0.6) as running:  # each lane begins two calls in a second
        people = runs.customers(many)
        for person in people:
            pushes.subscribed(running, person)
        started = time.monotonic()
        outcomes = line(account).send([call(n, address(who)) for n, who in enumerate(people)], NOW)
        assert time.monotonic() - started < 3
        found = kinds(outcomes)
        assert 8 <= found.count("accepted") == len(running.messages) < many
        assert found.count("unsent") == many - len(running.messages)


def test_an_endpoint_is_looked_at_again_before_it_is_called(service: PushService, account: Account) -> None:
    """H11: what got into the database in whatever way is not called either."""
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna)
    with override_settings(PUSH_HOSTS=[]):
        assert kinds(line(account).send([call(1, address(anna))], NOW)) == ["address"]
    PushSubscription.objects.update(endpoint="https://fcm.googleapis.com.evil.example/x")
    assert kinds(line(account).send([call(2, address(anna))], NOW)) == ["address"]
    assert service.calls == 0


def test_our_own_fault_ends_nobodys_subscription(service: PushService, account: Account) -> None:
    """F14 for push: a wrong key pauses the account."""
    people = runs.customers(12)
    for person in people:
        pushes.subscribed(service, person)
    for browser in service.browsers.values():
        browser.public = "another"
    outcomes = line(account).send([call(n, address(who)) for n, who in enumerate(people)], NOW)
    assert kinds(outcomes) == ["us"] * 12
    assert not PushSubscription.objects.exclude(failures=0).exists()


def test_a_key_sealed_with_another_secret_is_us_and_says_so(service: PushService, account: Account) -> None:
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna)
    with override_settings(SECRET_KEY="another", SUPPRESSION_KEY="only-for-tests"):
        [outcome] = line(account).send([call(1, address(anna))], NOW).values()
        assert outcome.kind is Kind.US
        assert "SECRET_KEY_FALLBACKS" in outcome.detail
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["only-for-tests"]):
        assert kinds(line(account).send([call(1, address(anna))], NOW)) == ["accepted"]


def test_a_retired_key_signs_for_those_that_hold_it(service: PushService, account: Account) -> None:
    old, new = runs.customers(2)
    pushes.subscribed(service, old)
    keys.rotate(UserFactory(), NOW)
    pushes.subscribed(service, new)
    assert kinds(line(account).send([call(1, address(old)), call(2, address(new))], NOW)) == ["accepted"] * 2
    assert VapidKey.objects.filter(active=True).count() == 1
    assert len({each.browser.public for each in service.messages}) == 2


@pytest.mark.parametrize(
    "contact", ["", "nobody", "http://linden.example", "a@b", "mailto:a@b.de", "a b@c.de"]
)
def test_bad_settings_are_said_in_words(contact: str) -> None:
    with pytest.raises(ValueError, match="Account"):
        line(pushes.account(contact=contact))


def test_a_test_goes_at_once_by_a_connection_of_its_own(service: PushService, account: Account) -> None:
    [anna] = runs.customers(1)
    pushes.subscribed(service, anna)
    assert backends.send_test(account, call(0, address(anna)), NOW).kind is Kind.ACCEPTED
    assert len(service.messages) == 1
