"""Every backend of every app keeps the contract: one without a place here breaks the build, and so does a mail service
without a server to try it against."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple

import pytest
from django import forms

from channels.backends import Call, anymail
from channels.backends.base import Connection, Kind, Outcome, backends
from channels.models import Account, Channel, SandboxMail
from tests.channels import pushes, runs
from tests.contracts import test_backends, test_in_app, test_twilio, test_web_push
from tests.contracts.test_backends import NOW
from tests.servers.mail_services import SERVICES
from tests.servers.postmark import Postmark
from tests.servers.single_services import SINGLES
from tests.servers.smtp import Server
from tests.servers.twilio import Twilio

pytestmark = pytest.mark.django_db
OURS = [each.key for each in backends if not type(each).__module__.startswith("tests.")]


class Place(NamedTuple):
    """An account whose provider is there, three calls that it takes, and how many arrived."""

    account: Account
    calls: Sequence[Call]
    arrived: Callable[[], int]


@contextmanager
def smtp() -> Iterator[Place]:
    with Server() as server:
        yield Place(test_backends.smtp_account(server.port), mails(), lambda: len(server.log.mails))


@contextmanager
def anymail_place() -> Iterator[Place]:
    with Postmark() as provider:
        options = {"api_url": provider.url, "server_token": "right", "batch": False}
        made = test_backends.account("anymail", esp="postmark", options=options)
        yield Place(made, mails(), lambda: len(provider.mails))


@contextmanager
def sandbox() -> Iterator[Place]:
    yield Place(test_backends.account("sandbox"), mails(), SandboxMail.objects.count)
    SandboxMail.objects.all().delete()  # its deliveries exist in these tests only by number


@contextmanager
def twilio() -> Iterator[Place]:
    with Twilio() as server:
        calls = [test_twilio.call(number) for number in (1, 2, 3)]
        yield Place(test_twilio.account(server), calls, lambda: len(server.messages))


@contextmanager
def in_app() -> Iterator[Place]:
    parts = test_in_app.PARTS
    calls = [test_backends.call(pk, channel="in_app", parts=parts) for pk in test_in_app.deliveries(3)]
    made = Account.objects.create(name="shop", backend="in_app", channel="in_app")
    yield Place(made, calls, test_in_app.InboxMessage.objects.count)


@contextmanager
def web_push() -> Iterator[Place]:
    with pushes.service() as service:
        people = runs.customers(3)
        for person in people:
            pushes.subscribed(service, person)
        calls = [test_web_push.call(n, test_web_push.address(who)) for n, who in enumerate(people, 1)]
        yield Place(pushes.account(), calls, lambda: len(service.messages))


def mails() -> list[Call]:
    return [test_backends.call(number, f"anna{number}") for number in (1, 2, 3)]


PLACES: dict[str, Callable[[], AbstractContextManager[Place]]] = {
    "anymail": anymail_place,
    "in_app": in_app,
    "sandbox": sandbox,
    "smtp": smtp,
    "twilio": twilio,
    "web_push": web_push,
}


@pytest.fixture(params=OURS)
def place(request: pytest.FixtureRequest, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    make = PLACES.get(request.param)
    if make is None:
        pytest.fail(
            f"The backend “{request.param}” has no contract tests: give it a place in tests/contracts/test_registry.py,"
            " and tests of what its provider answers beside the others in tests/contracts."
        )
    settings.OUTGOING_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("ACCOUNT_TWILIO_PASSWORD", "right")
    with make() as made:
        yield made


def connection(place: Place) -> Connection:
    return backends[place.account.backend].connect(place.account)


def test_every_call_is_answered_once_and_arrives_once(place: Place) -> None:
    line = connection(place)
    before = place.arrived()
    outcomes = line.send(place.calls, NOW)
    while left := [call for call in place.calls if outcomes[call.id].kind is Kind.UNSENT]:  # a slow machine
        outcomes |= line.send(left, NOW)
    assert set(outcomes) == {call.id for call in place.calls}
    assert all(isinstance(outcome, Outcome) for outcome in outcomes.values())
    assert {outcome.kind for outcome in outcomes.values()} == {Kind.ACCEPTED}
    assert place.arrived() - before == len(place.calls)


def test_nobody_to_call_is_no_fault_and_a_line_may_be_closed_twice(place: Place) -> None:
    line = connection(place)
    assert line.send([], NOW) == {}
    line.close()
    line.close()


@pytest.mark.parametrize("key", OURS)
def test_it_says_what_it_is(key: str) -> None:
    backend = backends[key]
    assert str(backend.label)
    assert set(backend.channels) <= set(Channel.values)
    assert backend.channels
    assert issubclass(backend.Form, forms.Form)


@pytest.mark.parametrize("key", OURS)
def test_without_settings_it_is_ready_or_says_what_it_lacks(key: str) -> None:
    made = Account.objects.create(name="bare", backend=key, channel=backends[key].channels[0])
    try:
        backends[key].connect(made).close()
    except ValueError as lacking:
        assert str(lacking)  # noqa: PT017 - either is right


def test_a_backend_without_a_place_is_noticed() -> None:
    assert PLACES.keys() == set(OURS), "places of backends that are gone hide nothing"


def test_every_mail_service_that_can_be_chosen_is_tried_against_a_server() -> None:
    assert anymail.ESPS.keys() == {*SERVICES, *SINGLES}
