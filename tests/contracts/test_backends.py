"""What every provider must do, tried against real servers: SMTP with and without pipelining, HTTP with one mail a call
and with many, the sandbox."""

import email
import email.policy
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any, NamedTuple

import pytest
from aiosmtpd.controller import Controller

from channels import backends
from channels.backends import Call, Outcome, anymail, mime
from channels.backends.base import Connection, Kind
from channels.models import Account, SandboxMail
from tests.config.test_http import HOSTILE
from tests.servers.mail_services import SERVICES
from tests.servers.postmark import Postmark
from tests.servers.single_services import SINGLES
from tests.servers.smtp import Server

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def call(number: int = 1, local: str = "anna", **fields: Any) -> Call:
    values: dict[str, Any] = {
        "id": number,
        "recipient": f"{local}@example.org",
        "sender_name": "Kaufhaus Linden",
        "sender_email": "post@linden.example",
        "reply_to": "service@linden.example",
        "message_id": f"<{number}.x@linden.example>",
        "subject": "Grüße aus Köln",
        "html": "<p>Guten Tag, hier ist <b>Köln</b>.</p>\n.\n<p>Ende</p>",
        "text": "Guten Tag\n.\nEnde",
        "headers": {
            "List-Unsubscribe": "<https://linden.example/u/t/>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }
    return Call(**values | fields)


class Place(NamedTuple):
    """An account, and how to see what its server took over."""

    account: Account
    mails: Any
    own_message_id: bool = True  # Mailjet makes one itself

    @property
    def connection(self) -> Connection:
        return backends.backends[self.account.backend].connect(self.account)


def account(backend: str, **settings: Any) -> Account:
    return Account.objects.create(name=backend, backend=backend, settings=settings)


def parsed(content: str | bytes) -> EmailMessage:
    data = content.encode("latin-1") if isinstance(content, str) else content
    made = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    return made


def smtp_account(port: int, **settings: Any) -> Account:
    return account("smtp", host="127.0.0.1", port=port, security="none", timeout=3, **settings)


@pytest.fixture(
    params=["smtp", "smtp without pipelining", "aiosmtpd", "sandbox", "anymail", *SERVICES, *SINGLES]
)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Place]:
    match request.param:
        case "smtp" | "smtp without pipelining":
            features = ("8BITMIME",) if "without" in request.param else Server().features
            with Server(features=features) as server:
                yield Place(
                    smtp_account(server.port), lambda: [parsed(m["content"]) for m in server.log.mails]
                )
        case "aiosmtpd":
            yield from aiosmtpd()
        case "sandbox":
            rows = SandboxMail.objects.order_by("id")
            yield Place(account("sandbox"), lambda: [parsed(bytes(row.raw)) for row in rows])
            rows.delete()  # its deliveries exist in these tests only by number
        case "anymail":
            monkeypatch.setenv("ACCOUNT_ANYMAIL_PASSWORD", "right")
            with Postmark() as provider:
                settings.OUTGOING_HOSTS = ["127.0.0.1"]
                made = account("anymail", esp="postmark", options={"api_url": provider.url, "batch": False})
                yield Place(made, lambda: [from_postmark(each) for each in provider.mails])
        case esp:
            monkeypatch.setenv("ACCOUNT_ANYMAIL_PASSWORD", "right")
            with (SERVICES | SINGLES)[esp]() as service:
                settings.OUTGOING_HOSTS = [f"127.0.0.1:{service.server_port}"]
                made = account("anymail", esp=esp, options={"api_url": service.url, **service.options})
                mails = lambda: [from_service(each) for each in service.mails]  # noqa: E731
                yield Place(made, mails, own_message_id=esp != "mailjet")


def aiosmtpd() -> Iterator[Place]:
    class Keep:
        def __init__(self) -> None:
            self.mails: list[EmailMessage] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.mails.append(parsed(envelope.content))
            return "250 OK"

    handler = Keep()
    controller = Controller(handler, hostname="127.0.0.1", port=0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        yield Place(smtp_account(controller.port), lambda: handler.mails)
    finally:
        controller.stop()


def from_postmark(body: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage()
    for name in ("From", "To", "Subject", "ReplyTo"):
        mail[{"ReplyTo": "Reply-To"}.get(name, name)] = body[name]
    for header in body["Headers"]:
        mail[header["Name"]] = header["Value"]
    mail.set_content(body["TextBody"])
    mail.add_alternative(body["HtmlBody"], subtype="html")
    return mail


def from_service(kept: dict[str, Any]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = kept["From"] if isinstance(kept["From"], str) else Address(*named(kept["From"]))
    for name, field in (("To", "To"), ("Subject", "Subject"), ("Reply-To", "ReplyTo")):
        if kept[field]:
            mail[name] = kept[field]
    for name, value in kept["Headers"].items():
        mail[name] = value
    mail.set_content(kept["Text"])
    mail.add_alternative(kept["Html"], subtype="html")
    return mail


def named(mailbox: tuple[str, str]) -> tuple[str, str, str]:
    name, address = mailbox
    shown = str(make_header(decode_header(name)))  # Brevo wants some encoded
    return shown, *address.split("@")  # type: ignore[return-value]


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def test_every_call_is_answered_and_every_mail_arrives_once(place: Place) -> None:
    line = place.connection
    for start in (1, 4):
        calls = [call(n, f"anna{n}") for n in range(start, start + 3)]
        outcomes = line.send(calls, NOW)
        assert set(outcomes) == {each.id for each in calls}
        assert {each.kind for each in outcomes.values()} == {Kind.ACCEPTED}
        names = {each.provider_id for each in outcomes.values()}
        # A plain server gives no name of its own: our Message-ID says whose mail it was.
        assert names == {""} if place.account.backend == "smtp" else len(names) == 3
    line.close()
    line.close()
    assert sorted(mail["To"].strip("<>") for mail in place.mails()) == [
        f"anna{n}@example.org" for n in range(1, 7)
    ]


def test_what_arrives_is_what_was_meant(place: Place) -> None:
    name, subject = 'Linden "GmbH" & Söhne', "Für Sie 🎁 مرحبا " + "Ä" * 120
    text, html = (
        "Zeile eins\n.\n..zwei\n" + "ü" * 2000,
        "<p>" + "Köln 🎁 = &euro; " * 300 + "</p>\n.\n<p>.</p>",
    )
    line = place.connection
    line.send([call(sender_name=name, subject=subject, text=text, html=html)], NOW)
    [mail] = place.mails()
    assert mail["Subject"] == subject
    assert mail["From"].addresses[0].display_name == name
    assert mail["From"].addresses[0].addr_spec == "post@linden.example"
    assert mail["Reply-To"] == "service@linden.example"
    assert mail["Message-ID"] == ("<1.x@linden.example>" if place.own_message_id else None)
    assert mail["List-Unsubscribe"] == "<https://linden.example/u/t/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert body(mail, "plain") == text
    assert body(mail, "html") == html


EVIL = "Anna\r\nBcc: victim@example.org\r\n\r\n<script>\x00\u2028"


@pytest.mark.fault("F18")
@pytest.mark.parametrize("field", ["subject", "sender_name", "reply_to", "message_id", "header"])
def test_no_field_can_end_its_header(place: Place, field: str) -> None:
    """F18, T15: CRLF in data stays data."""
    fields: dict[str, Any] = {"headers": {"List-Unsubscribe": EVIL}} if field == "header" else {field: EVIL}
    outcomes = place.connection.send([call(1, "anna", **fields), call(2, "bert")], NOW)
    assert outcomes[2].kind is Kind.ACCEPTED
    for mail in place.mails():
        assert mail["Bcc"] is None
        assert "script" not in body(mail, "plain")


def test_nothing_raises_when_the_provider_is_away(settings: Any) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    settings.OUTGOING_HOSTS = [f"127.0.0.1:{port}"]
    options = {"api_url": f"http://127.0.0.1:{port}/", "server_token": "x"}
    away = [
        smtp_account(port),
        account("anymail", esp="postmark", options=options),
        Account.objects.create(
            name="single",
            backend="anymail",
            settings={"esp": "postmark", "options": options | {"batch": False}},
        ),
    ]
    for each in away:
        outcomes = backends.backends[each.backend].connect(each).send([call(1), call(2)], NOW)
        assert [outcome.kind for outcome in outcomes.values()] == [Kind.LINE, Kind.LINE]


@pytest.mark.parametrize(
    ("backend", "settings"),
    [
        ("smtp", {}),
        ("smtp", {"host": "x", "security": "maybe"}),
        ("anymail", {}),
        ("anymail", {"esp": "no_such"}),
    ],
)
def test_bad_settings_are_said_in_words(backend: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Account"):
        backends.backends[backend].connect(account(backend, **settings))


def kinds(outcomes: dict[int, Outcome]) -> list[str]:
    return [str(outcomes[number].kind) for number in sorted(outcomes)]


LOCALS = {
    "anna": Kind.ACCEPTED,
    "nobody": Kind.ADDRESS,
    "bert": Kind.ACCEPTED,
    "oldnobody": Kind.ADDRESS,
    "full": Kind.LINE,
    "busy": Kind.LINE,
    "policy": Kind.US,
    "carla": Kind.ACCEPTED,
    "content": Kind.US,
    "later": Kind.LINE,
    "cut-after": Kind.UNKNOWN,
    "dora": Kind.ACCEPTED,
    "cut-unaccepted": Kind.UNKNOWN,
    "emil": Kind.ACCEPTED,
    "cut-before": Kind.LINE,
}


@pytest.mark.fault("F11", "F12")
@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("features", [("PIPELINING",), ()])
def test_smtp_replies_reach_the_right_mail(features: tuple[str, ...], lenient: bool) -> None:
    """F11, F12: a refusal in a pipeline shifts nobody's answer, also where the server asks for content after it."""
    with Server(features=features, lenient=lenient) as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        calls = [call(n, local) for n, local in enumerate(LOCALS)]
        outcomes = line.send(calls, NOW)
        assert kinds(outcomes) == [str(kind) for kind in LOCALS.values()]
        arrived = [mail["to"].partition("@")[0] for mail in server.log.mails]
        assert arrived == ["anna", "bert", "carla", "cut-after", "dora", "emil"]
        assert line.send([call(99, "fritz")], NOW)[99].kind is Kind.ACCEPTED


def test_a_server_that_closes_idle_connections_costs_nothing() -> None:
    with Server() as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        assert kinds(line.send([call(1), call(2)], NOW)) == ["accepted", "accepted"]
        for each in line.lines[:2]:  # type: ignore[attr-defined]
            each.smtp.sock.shutdown(socket.SHUT_RDWR)
        outcomes = line.send([call(n) for n in range(3, 9)], NOW)
        assert kinds(outcomes) == ["accepted"] * 6
        assert server.connections == 2 + 4
        assert len(server.log.mails) == 8


@pytest.mark.parametrize(("settings", "lines"), [({}, 4), ({"connections": 8}, 8), ({"connections": 1}, 1)])
def test_mails_go_over_several_connections_in_turns_and_a_single_one_needs_no_second(
    settings: dict[str, int], lines: int
) -> None:
    """So a server far away, or slow to answer, takes so many times as many."""
    with Server(delay=0.2) as server:
        made = account("smtp", host="127.0.0.1", port=server.port, security="none", **settings)
        line = backends.backends["smtp"].connect(made)
        assert line.send([call(0)], NOW)[0].kind is Kind.ACCEPTED
        assert server.connections == 1
        began = time.monotonic()
        mails = 3 * lines
        assert kinds(line.send([call(n) for n in range(1, mails + 1)], NOW)) == ["accepted"] * mails
        assert server.connections == lines
        assert time.monotonic() - began < 1.1  # 0.6 in turns


def test_a_server_that_takes_its_time_to_greet_is_not_asked_for_all_connections_one_after_the_other() -> None:
    with Server(greeting=1.2) as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        for start, lines in ((0, 1), (10, 2)):
            began = time.monotonic()
            outcomes = line.send([call(start + n) for n in range(8)], NOW)
            assert set(kinds(outcomes)) == {"accepted", "unsent"}
            assert time.monotonic() - began < 3
            assert server.connections == lines


def test_mails_wait_for_a_full_answer_after_kept_connections_have_died_without_a_word() -> None:
    """As behind a firewall that forgot them: nobody is in doubt, since their mails had not been handed over."""
    with Server(delay=0.3) as server:
        made = account("smtp", host="127.0.0.1", port=server.port, security="none", timeout=1.2)
        line = backends.backends["smtp"].connect(made)
        assert kinds(line.send([call(n) for n in range(4)], NOW)) == ["accepted"] * 4
        server.deaf = server.connections
        began = time.monotonic()
        outcomes = line.send([call(n) for n in range(10, 18)], NOW)
        assert time.monotonic() - began < 3.5  # waited for the four dead ones once
        assert set(kinds(outcomes)) == {"accepted", "unsent"}
        assert kinds(line.send([call(n) for n in range(20, 24)], NOW)) == ["accepted"] * 4


def test_a_server_that_lets_in_one_connection_gets_all_by_that() -> None:
    with Server(most=1) as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        for start in (0, 10):
            outcomes = line.send([call(start + n) for n in range(10)], NOW)
            assert kinds(outcomes) == ["accepted"] * 10
        assert server.connections == 2  # the refused one is not tried by each slice
        assert len({mail["id"] for mail in server.log.mails}) == len(server.log.mails) == 20


def test_after_a_fault_of_our_own_no_answer_is_taken_for_another_mails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    build = mime.build

    def fails(call: Call, at: datetime, eight_bit: bool = False) -> bytes:
        if call.id == 3:
            raise RuntimeError
        return build(call, at, eight_bit)

    with Server() as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        monkeypatch.setattr(mime, "build", fails)
        with pytest.raises(RuntimeError):
            line.send([call(n) for n in range(8)], NOW)
        calls = [call(10, "nobody"), call(11), call(12, "busy"), call(13)]
        assert kinds(line.send(calls, NOW)) == ["address", "accepted", "line", "accepted"]


def test_what_one_broken_connection_had_not_handed_over_goes_by_the_other() -> None:
    with Server() as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        locals_ = ["anna", "cut-after", "bert", "carla", "cut-unaccepted", "dora", "emil", "fritz"]
        outcomes = line.send([call(n, local) for n, local in enumerate(locals_)], NOW)
        assert kinds(outcomes) == ["unknown" if "cut" in local else "accepted" for local in locals_]
        arrived = [mail["to"].partition("@")[0] for mail in server.log.mails]
        assert sorted(arrived) == sorted(local for local in locals_ if local != "cut-unaccepted")


def test_a_server_that_hangs_up_politely_is_the_line() -> None:
    with Server() as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        calls = [call(1), call(2, "hangup"), call(3)]
        assert kinds(line.send(calls, NOW)) == ["accepted", "line", "accepted"]
        assert line.send([call(4, "hangup")], NOW)[4].kind is Kind.LINE


def test_a_wrong_password_is_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_SMTP_PASSWORD", "wrong")
    with Server(password="right") as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port, username="shop"))
        outcomes = line.send([call(1), call(2)], NOW)
        assert kinds(outcomes) == ["us", "us"]
        assert "wrong password" in outcomes[1].detail


def test_missing_encryption_is_us() -> None:
    with Server() as server:
        made = account("smtp", host="127.0.0.1", port=server.port, security="starttls")
        assert kinds(backends.backends["smtp"].connect(made).send([call(1)], NOW)) == ["us"]


def test_an_international_mailbox_needs_a_server_that_takes_it() -> None:
    foreign = call(1, recipient="jürgen@köln.example")
    for features, kind in ((("SMTPUTF8", "PIPELINING"), Kind.ACCEPTED), (("PIPELINING",), Kind.ADDRESS)):
        with Server(features=features) as server:
            line = backends.backends["smtp"].connect(smtp_account(server.port))
            outcome = line.send([foreign, call(2)], NOW)
            assert outcome[1].kind is kind
            assert outcome[2].kind is Kind.ACCEPTED
            assert not outcome[1].suppress or kind is Kind.ACCEPTED
            if kind is Kind.ACCEPTED:
                assert server.log.mails[0]["to"] == "jürgen@xn--kln-sna.example"
            Account.objects.all().delete()


def test_single_calls_end_after_a_second() -> None:
    with Server(delay=0.15) as server:
        line = backends.backends["smtp"].connect(smtp_account(server.port))
        started = time.monotonic()
        outcomes = line.send([call(n) for n in range(40)], NOW)
        assert time.monotonic() - started < 2
        answered = [outcome.kind for outcome in outcomes.values()]
        assert 3 <= answered.count(Kind.ACCEPTED) == len(server.log.mails) <= 32
        assert answered.count(Kind.UNSENT) == 40 - len(server.log.mails)


def test_a_server_that_says_nothing_leaves_a_mail_for_each_connection_unknown_and_is_waited_for_once() -> (
    None
):
    with Server(delay=9) as server:
        made = account("smtp", host="127.0.0.1", port=server.port, security="none", timeout=1.5)
        began = time.monotonic()
        outcomes = backends.backends["smtp"].connect(made).send([call(n) for n in range(50)], NOW)
        assert time.monotonic() - began < 3  # 6 if each connection were waited for anew
        found = [outcome.kind for outcome in outcomes.values()]
        assert found.count(Kind.UNKNOWN) == len(server.log.mails) <= 5
        assert found.count(Kind.ACCEPTED) == 0


def test_http_answers_are_told_apart(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.OUTGOING_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("ACCOUNT_ANYMAIL_PASSWORD", "right")
    expected = {
        "anna": Kind.ACCEPTED,
        "nobody": Kind.ADDRESS,
        "busy": Kind.LINE,
        "down": Kind.UNKNOWN,
        "maintenance": Kind.LINE,
        "policy": Kind.US,
        "cut-after": Kind.UNKNOWN,
        "bert": Kind.ACCEPTED,
    }
    with Postmark() as provider:
        made = account("anymail", esp="postmark", options={"api_url": provider.url, "batch": False})
        line = backends.backends["anymail"].connect(made)
        outcomes = line.send([call(n, local) for n, local in enumerate(expected)], NOW)
        assert kinds(outcomes) == [str(kind) for kind in expected.values()]
        assert outcomes[2].retry_after == 7
        assert len(provider.mails) == 3
        assert [mail["Metadata"]["delivery"] for mail in provider.mails] == ["0.x", "6.x", "7.x"]
        assert not any("@" in outcome.detail for outcome in outcomes.values())


@pytest.mark.parametrize(
    ("settings", "gives"),
    [
        ({"esp": "postmark", "options": {"batch": False}}, True),
        ({"esp": "mailgun"}, True),
        ({"esp": "postal", "options": {"api_url": "http://127.0.0.1:1/"}}, False),
        ({"esp": "mailersend", "secret": "api_token"}, False),
    ],
)
def test_providers_that_keep_no_metadata_are_given_none(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], gives: bool
) -> None:
    monkeypatch.setenv("ACCOUNT_ANYMAIL_PASSWORD", "x")
    line: Any = backends.backends["anymail"].connect(account("anymail", **settings))
    assert line.metadata is gives


@pytest.mark.fault("F14")
def test_a_revoked_key_is_us_and_is_not_quoted(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """F14."""
    settings.OUTGOING_HOSTS = ["127.0.0.1"]
    monkeypatch.setenv("ACCOUNT_ANYMAIL_PASSWORD", "revoked-key")
    with Postmark() as provider:
        made = account("anymail", esp="postmark", options={"api_url": provider.url, "batch": False})
        [outcome] = backends.backends["anymail"].connect(made).send([call(1)], NOW).values()
        assert outcome.kind is Kind.US
        assert "revoked-key" not in outcome.detail


@pytest.mark.parametrize("url", [each for each in HOSTILE if each])
def test_a_service_at_a_hostile_address_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("connected")

    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", never)
    monkeypatch.setattr("urllib3.util.connection.create_connection", never)
    options = {"api_url": url.format(port=9), "server_token": "x", "batch": False}
    # Not saved: the database takes no NUL.
    made = Account(name="anymail", backend="anymail", settings={"esp": "postmark", "options": options})
    [outcome] = backends.backends["anymail"].connect(made).send([call(1)], NOW).values()
    assert outcome.kind in (Kind.US, Kind.LINE)
    assert not anymail.may_be_called(url.format(port=9)) or outcome.kind is Kind.LINE


def test_a_service_inside_is_not_called_unless_the_operator_names_it(settings: Any) -> None:
    with Postmark() as provider:
        options = {"api_url": provider.url, "server_token": "right", "batch": False}
        line = backends.backends["anymail"].connect(account("anymail", esp="postmark", options=options))
        settings.OUTGOING_HOSTS = []
        assert line.send([call(1)], NOW)[1].kind is Kind.US
        assert provider.mails == []
        settings.OUTGOING_HOSTS = ["127.0.0.1"]
        assert line.send([call(1)], NOW)[1].kind is Kind.ACCEPTED
        assert len(provider.mails) == 1


def test_a_test_mail_goes_at_once_by_a_connection_of_its_own() -> None:
    with Server() as server:
        assert backends.send_test(smtp_account(server.port), call(0), NOW).kind is Kind.ACCEPTED
        assert len(server.log.mails) == 1
