"""What every provider must do, for Twilio: each call answered, each message once, and what its answers mean."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels import backends, inbound
from channels.backends import Call
from channels.backends.base import Connection, Kind, Outcome
from channels.models import Account
from tests.servers.twilio import SID, Twilio

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SERVICE = "MG" + "1" * 32
TEMPLATE = "HX" + "2" * 32
pytestmark = pytest.mark.django_db


def call(number: int = 1, end: str = "", **fields: Any) -> Call:
    values: dict[str, Any] = {
        "id": number,
        "recipient": f"+49151{number:04d}{end or '9999'}",
        "sender_name": "Kaufhaus Linden",
        "sender_email": "post@linden.example",
        "reply_to": "",
        "message_id": f"<{number}.x@linden.example>",
        "subject": "",
        "html": "",
        "text": "Guten Tag\n\nAbmelden: https://linden.example/u/t/\n",
        "headers": {},
        "channel": "sms",
    }
    return Call(**values | fields)


@pytest.fixture
def twilio(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twilio]:
    with Twilio() as server:
        settings.OUTGOING_HOSTS = [f"127.0.0.1:{server.server_port}"]
        settings.PUBLIC_URL = "https://linden.example"
        monkeypatch.setenv("ACCOUNT_TWILIO_PASSWORD", "right")
        yield server


def account(server: Twilio | None, channel: str = "sms", **given: Any) -> Account:
    url = server.url if server else "http://127.0.0.1:1"
    about = {"account_sid": SID, "sender": "+493012345678", "api_url": url} | given
    return Account.objects.create(name="twilio", backend="twilio", channel=channel, settings=about)


def line(of: Account) -> Connection:
    return backends.backends["twilio"].connect(of)


def sent(server: Twilio, *calls: Call, **given: Any) -> dict[int, Outcome]:
    connection = line(account(server, **given))
    try:
        return connection.send(calls, NOW)
    finally:
        connection.close()


def test_every_call_is_answered_and_every_message_arrives_once(twilio: Twilio) -> None:
    connection = line(account(twilio))
    for start in (1, 21):
        calls = [call(n) for n in range(start, start + 20)]
        outcomes = connection.send(calls, NOW)
        assert list(outcomes) == [each.id for each in calls]
        while left := [each for each in calls if outcomes[each.id].kind is Kind.UNSENT]:  # a slow machine
            outcomes |= connection.send(left, NOW)
        assert {each.kind for each in outcomes.values()} == {Kind.ACCEPTED}
        assert len({each.provider_id for each in outcomes.values()}) == 20
    connection.close()
    connection.close()
    assert sorted(each["To"] for each in twilio.messages) == [f"+49151{n:04d}9999" for n in range(1, 41)]
    assert twilio.connections <= 8


def test_what_arrives_is_what_was_meant(twilio: Twilio) -> None:
    text = "Grüße aus Köln 🎁 مرحبا\n&Body=x\r\n" + "ü" * 1000
    sent(twilio, call(7, text=text))
    [got] = twilio.messages
    assert got == {
        "To": "+4915100079999",
        "From": "+493012345678",
        "Body": text,
        "StatusCallback": got["StatusCallback"],
    }
    account_id = Account.objects.get().pk
    assert got["StatusCallback"] == (
        f"https://linden.example/webhooks/twilio/{account_id}/status/?delivery=7.x"
    )


def test_no_callback_is_asked_for_where_nobody_could_call(twilio: Twilio, settings: Any) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    sent(twilio, call())
    assert "StatusCallback" not in twilio.messages[0]


@pytest.mark.parametrize(
    ("given", "field", "shown"),
    [
        ({"sender": "+493012345678"}, "From", "+493012345678"),
        ({"sender": "77100"}, "From", "77100"),
        ({"sender": "LINDEN"}, "From", "LINDEN"),
        ({"sender": "+493012345678", "messaging_service": SERVICE}, "MessagingServiceSid", SERVICE),
        ({"sender": "+493012345678", "channel": "whatsapp"}, "From", "whatsapp:+493012345678"),
    ],
)
def test_who_a_message_is_from(twilio: Twilio, given: dict[str, Any], field: str, shown: str) -> None:
    channel = given.get("channel", "sms")
    sent(twilio, call(channel=channel, parts={"template": TEMPLATE}), **given)
    [got] = twilio.messages
    assert got[field] == shown
    assert ("From" in got) != ("MessagingServiceSid" in got)


@pytest.mark.parametrize(
    "given",
    [
        {"account_sid": ""},
        {"account_sid": "AC1"},
        {"sender": ""},
        {"sender": "0151 1"},
        {"sender": "TWELVE SIGNS"},
        {"sender": "Ämter"},
        {"messaging_service": "MG1"},
        {"sender": "LINDEN", "channel": "whatsapp"},
    ],
)
def test_bad_settings_are_said_in_words(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Account"):
        line(account(None, **given))


ANSWERS = {
    "9999": (Kind.ACCEPTED, True, False),
    "0001": (Kind.ADDRESS, True, False),
    "0002": (Kind.ADDRESS, True, False),
    "0003": (Kind.ADDRESS, True, True),
    "0004": (Kind.ADDRESS, False, False),
    "0005": (Kind.US, True, False),
    "0006": (Kind.LINE, True, False),
    "0007": (Kind.UNKNOWN, True, False),
    "0008": (Kind.LINE, True, False),
    "0009": (Kind.ADDRESS, False, False),
    "0010": (Kind.US, True, False),
    "0011": (Kind.LINE, True, False),
    "0020": (Kind.UNKNOWN, True, False),
    "0021": (Kind.UNKNOWN, True, False),
    "0022": (Kind.UNKNOWN, True, False),
    "0023": (Kind.ADDRESS, True, False),
}


@pytest.mark.fault("F11", "F12")
@pytest.mark.parametrize("end", ANSWERS)
def test_answers_are_told_apart(twilio: Twilio, end: str) -> None:
    """F11, F12: only what surely was not taken over is the line; nobody's number is quoted."""
    [outcome] = sent(twilio, call(1, end)).values()
    assert (outcome.kind, outcome.suppress, outcome.objected) == ANSWERS[end]
    assert end not in outcome.detail.replace(f"2{end}", "")
    assert {"0006": 7.0, "0008": 60.0, "0011": 1.0}.get(end) == outcome.retry_after
    assert len(twilio.messages) == (end in ("9999", "0021", "0022", "0023"))


def test_nothing_is_sent_twice_when_the_answer_is_lost(twilio: Twilio) -> None:
    outcomes = sent(twilio, *(call(n, "0021") for n in range(1, 6)))
    assert {each.kind for each in outcomes.values()} == {Kind.UNKNOWN}
    assert len(twilio.messages) == 5


def test_nothing_raises_when_twilio_is_away(settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.OUTGOING_HOSTS = ["127.0.0.1"]
        made = account(None, api_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        outcomes = line(made).send([call(1), call(2)], NOW)
    assert [each.kind for each in outcomes.values()] == [Kind.LINE, Kind.LINE]


def test_an_address_inside_the_house_is_not_called() -> None:
    """T: whoever may edit an account must not reach what only the server can."""
    [outcome] = line(account(None, api_url="https://169.254.169.254")).send([call(1)], NOW).values()
    assert outcome.kind is Kind.LINE


@pytest.mark.fault("F14")
def test_a_revoked_token_is_us_and_is_not_quoted(twilio: Twilio, monkeypatch: pytest.MonkeyPatch) -> None:
    """F14: it is tried by the few calls that were under way, not by the whole slice."""
    monkeypatch.setenv("ACCOUNT_TWILIO_PASSWORD", "revoked-token")
    twilio.delay = 0.02
    outcomes = sent(twilio, *(call(n) for n in range(1, 101)))
    kinds = [each.kind for each in outcomes.values()]
    assert set(kinds) == {Kind.US, Kind.UNSENT}
    assert kinds.count(Kind.US) <= 8
    assert "revoked" not in str(outcomes)


def test_single_calls_end_after_a_second(twilio: Twilio) -> None:
    twilio.delay = 0.2
    started = time.monotonic()
    outcomes = sent(twilio, *(call(n) for n in range(1, 101)))
    assert time.monotonic() - started < 2.5
    kinds = [each.kind for each in outcomes.values()]
    assert 8 <= kinds.count(Kind.ACCEPTED) == len(twilio.messages) < 100
    assert kinds.count(Kind.UNSENT) == 100 - len(twilio.messages)


def test_a_batch_goes_over_several_connections_at_once(twilio: Twilio) -> None:
    """40 calls of 0.05 s by one connection would take 2 s, and the time is up after one."""
    twilio.delay = 0.05
    outcomes = sent(twilio, *(call(n) for n in range(1, 41)))
    assert [each.kind for each in outcomes.values()].count(Kind.ACCEPTED) == 40
    assert twilio.connections == 8


def wrote(of: Account, number: str, hours: float) -> None:
    at = NOW - timedelta(hours=hours)
    inbound.hear(inbound.Received(of, "whatsapp", f"SM{number}", number, "Hallo"), at)


def test_on_whatsapp_free_text_goes_to_those_who_wrote_within_a_day(twilio: Twilio) -> None:
    made = account(twilio, "whatsapp")
    wrote(made, "+4915100019999", 23.9)
    wrote(made, "+4915100029999", 24.1)
    parts = {"template": TEMPLATE, "variables": {"1": "Anna", "2": "Köln"}}
    chats = [call(n, channel="whatsapp", parts=parts, text="Guten Tag") for n in (1, 2)]
    bare = call(3, channel="whatsapp", text="Guten Tag")
    outcomes = line(made).send([*chats, bare], NOW)
    got = {each["To"]: each for each in twilio.messages}
    assert got["whatsapp:+4915100019999"]["Body"] == "Guten Tag"
    assert "ContentSid" not in got["whatsapp:+4915100019999"]
    templated = got["whatsapp:+4915100029999"]
    assert (templated["ContentSid"], "Body" in templated) == (TEMPLATE, False)
    assert json.loads(templated["ContentVariables"]) == {"1": "Anna", "2": "Köln"}
    assert (outcomes[3].kind, outcomes[3].suppress, len(got)) == (Kind.ADDRESS, False, 2)
