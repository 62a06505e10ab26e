"""Many mails in one call: each person's own, each answered, no neighbour harmed. The service's log is the truth."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils.module_loading import import_string

from channels import backends
from channels.backends import batches
from channels.backends.anymail import AnymailConnection, message_of
from channels.backends.base import METADATA, Call, Kind, Outcomes
from channels.backends.batches import BatchConnection, mail_batches
from channels.delivery import mails
from channels.models import Account, Delivery
from tests.channels import runs
from tests.contracts.test_backends import NOW, call, kinds
from tests.servers.mail_services import SERVICES, MailService

pytestmark = pytest.mark.django_db
# Those that take a call as a whole or not at all.
WHOLE = ["brevo", "sendgrid"]
EACH = [esp for esp in SERVICES if esp not in WHOLE]


@pytest.fixture
def running(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("ACCOUNT_POST_PASSWORD", "right")

    @contextmanager
    def start(esp: str, kind: type[MailService] | None = None, **given: Any) -> Iterator[MailService]:
        with (kind or SERVICES[esp])(**given) as service:
            settings.OUTGOING_HOSTS = [f"127.0.0.1:{service.server_port}"]
            yield service

    return start


def account(service: MailService, **more: Any) -> Account:
    given = {"esp": service.esp, "options": {"api_url": service.url, **service.options}} | more
    return Account.objects.update_or_create(name="post", defaults={"backend": "anymail", "settings": given})[
        0
    ]


def line(service: MailService, **more: Any) -> Any:
    return backends.backends["anymail"].connect(account(service, **more))


def people(*locals_: str) -> list[Call]:
    """Mails that say whose they are."""
    return [
        call(n, each, subject=f"An {n}", text=f"Geheim {n}.", html=f"<p>Geheim {n}.</p>")
        for n, each in enumerate(locals_)
    ]


def crowd(count: int, **at: str) -> list[Call]:
    """`count` people, some with a given local part at `_number`."""
    return [
        each._replace(recipient=f"{at[f'_{each.id}']}@shop{each.id}.example") if f"_{each.id}" in at else each
        for each in people(*[f"anna{n}" for n in range(count)])
    ]


def told(outcomes: Outcomes) -> dict[Kind, list[int]]:
    found: dict[Kind, list[int]] = {}
    for number, outcome in sorted(outcomes.items()):
        found.setdefault(outcome.kind, []).append(number)
    return found


@pytest.mark.parametrize("esp", SERVICES)
def test_a_slice_takes_as_few_calls_as_the_service_allows(running: Any, esp: str) -> None:
    with running(esp) as service:
        outcomes = line(service).send(crowd(200), NOW)
        assert told(outcomes) == {Kind.ACCEPTED: list(range(200))}
        most = min(service.most, 200)
        assert service.sizes == [most] * (200 // most)
        assert len(service.mails) == 200


@pytest.mark.parametrize("esp", SERVICES)
def test_everybody_gets_the_own_mail_and_nobody_elses(running: Any, esp: str) -> None:
    with running(esp) as service:
        calls = [
            each._replace(headers={"List-Unsubscribe": f"<https://linden.example/u/{each.id}/>"})
            for each in crowd(60)
        ]
        outcomes = line(service).send(calls, NOW)
        assert len(service.mails) == 60
        for mail in service.mails:
            number = int(mail["To"].removeprefix("anna").partition("@")[0])
            assert mail["Subject"] == f"An {number}"
            assert mail["Text"] == f"Geheim {number}."
            assert mail["Html"] == f"<p>Geheim {number}.</p>"
            assert mail["Reference"] == f"{number}.x"
            assert mail["Headers"]["List-Unsubscribe"] == f"<https://linden.example/u/{number}/>"
            assert mail["Headers"].get("Message-ID") in (f"<{number}.x@linden.example>", None)
            assert ("Message-ID" in mail["Headers"]) is (esp != "mailjet")
            seen = json.dumps(mail)
            assert not [n for n in range(60) if n != number and f"anna{n}@" in seen]
        names = {outcomes[n].provider_id for n in range(60)}
        assert len(names) == 60
        if esp != "sendgrid":  # which tells no names
            assert [service.mails[int(outcomes[n].provider_id[5:]) - 1]["To"] for n in range(60)] == [
                f"anna{n}@example.org" for n in range(60)
            ]


@pytest.mark.parametrize("esp", SERVICES)
def test_one_address_twice_is_two_mails(running: Any, esp: str) -> None:
    with running(esp) as service:
        calls = people("anna", "bert", "anna", "ANNA")
        assert kinds(line(service).send(calls, NOW)) == ["accepted"] * 4
        mine = [mail for mail in service.mails if mail["To"].lower().startswith("anna")]
        assert sorted((mail["Reference"], mail["Text"]) for mail in mine) == [
            ("0.x", "Geheim 0."),
            ("2.x", "Geheim 2."),
            ("3.x", "Geheim 3."),
        ]


@pytest.mark.parametrize("esp", SERVICES)
def test_what_is_wrong_with_some_stays_theirs(running: Any, esp: str) -> None:
    """F18: a refused address and refused content, the first and in the middle, do not harm the others."""
    with running(esp) as service:
        outcomes = line(service).send(crowd(40, _0="poison", _17="nobody", _18="poison"), NOW)
        assert told(outcomes) == {
            Kind.US: [0, 18],
            Kind.ACCEPTED: [n for n in range(40) if n not in (0, 17, 18)],
            Kind.ADDRESS: [17],
        }
        assert len(service.mails) == 37
        assert service.calls <= (1 if esp in EACH else 25)
        assert not any("@" in outcome.detail for outcome in outcomes.values())


def test_one_bad_mail_at_a_slow_service_does_not_look_like_the_accounts_fault(running: Any) -> None:
    """Halving may last longer than a slice: until somebody has got through."""
    with running("brevo", delay=0.3) as service:
        outcomes = line(service).send(crowd(64, _0="poison"), NOW)
        found = told(outcomes)
        assert found[Kind.US] == [0]
        assert found[Kind.ACCEPTED]
        assert len(found[Kind.ACCEPTED]) == len(service.mails)


@pytest.mark.parametrize("esp", WHOLE)
def test_where_everything_is_refused_it_ends_soon(running: Any, esp: str) -> None:
    with running(esp) as service:
        calls = [each._replace(recipient=f"poison@shop{each.id}.example") for each in crowd(200)]
        found = told(line(service).send(calls, NOW))
        assert found[Kind.US] == list(range(batches.ENOUGH))
        assert set(found) == {Kind.US, Kind.UNSENT}
        assert service.calls < 30
        assert service.mails == []


FAULTS = {
    "busy": (Kind.LINE, 7, 0),
    "maintenance": (Kind.LINE, 60, 0),
    "down": (Kind.UNKNOWN, None, 0),
    "cut-before": (Kind.UNKNOWN, None, 0),
    "cut-after": (Kind.UNKNOWN, None, 1),
    "after": (Kind.UNKNOWN, None, 1),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("esp", SERVICES)
def test_a_call_that_fails_is_in_doubt_and_no_other_follows(running: Any, esp: str, fault: str) -> None:
    """F10, F11, F12: what may have been taken over is unknown, never more than the mails of that call."""
    kind, wait, taken = FAULTS[fault]
    with running(esp) as service:
        one = line(service)
        one.batch = small(esp)
        outcomes = one.send(crowd(12, _5=fault), NOW)
        assert told(outcomes) == {
            Kind.ACCEPTED: [0, 1, 2, 3],
            kind: [4, 5, 6, 7],
            Kind.UNSENT: [8, 9, 10, 11],
        }
        assert outcomes[4].retry_after == wait
        assert len(service.mails) == 4 + 4 * taken
        assert service.calls == 2
        assert kinds(one.send(people("anna"), NOW)) == ["accepted"]


def small(esp: str) -> batches.Batch:
    """The same service with four mails a call."""
    same: Any = type(mail_batches[esp])()
    same.most = 4
    return same  # type: ignore[no-any-return]


@pytest.mark.parametrize("esp", SERVICES)
def test_a_revoked_key_is_us_for_all_at_once(running: Any, esp: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """F14."""
    monkeypatch.setenv("ACCOUNT_POST_PASSWORD", "revoked-key")
    with running(esp) as service:
        outcomes = line(service).send(crowd(30), NOW)
        assert told(outcomes) == {Kind.US: list(range(30))}
        assert service.calls == 1
        assert not any("revoked-key" in outcome.detail for outcome in outcomes.values())


@pytest.mark.parametrize("esp", SERVICES)
def test_an_account_that_may_not_send_any_more_blames_no_mail(running: Any, esp: str) -> None:
    """After others went the rest is not sent: the next slice learns that it is the account."""
    with running(esp) as service:
        one = line(service)
        one.batch = small(esp)
        outcomes = one.send(crowd(12, **{f"_{n}": "credits" for n in range(4, 12)}), NOW)
        assert told(outcomes) == {Kind.ACCEPTED: [0, 1, 2, 3], Kind.UNSENT: list(range(4, 12))}
        again = one.send(crowd(12, **{f"_{n}": "credits" for n in range(12)})[4:8], NOW)
        assert told(again) == {Kind.US: [4, 5, 6, 7]}
        assert len(service.mails) == 4


@pytest.mark.parametrize("esp", SERVICES)
def test_calls_that_are_too_large_become_smaller_and_stay_so(running: Any, esp: str) -> None:
    with running(esp, largest=20_000) as service:
        one = line(service)
        long = [each._replace(html=f"<p>{'x' * 1000}</p>") for each in crowd(40)]
        assert told(one.send(long, NOW)) == {Kind.ACCEPTED: list(range(40))}
        before = service.calls
        assert told(one.send(long, NOW)) == {Kind.ACCEPTED: list(range(40))}
        assert len(service.mails) == 80
        assert service.calls - before < before
        [outcome] = one.send([call(html="x" * 30_000)], NOW).values()
        assert outcome.kind is Kind.US


def test_calls_end_with_the_slices_second(running: Any) -> None:
    with running("mailjet", delay=0.35) as service:
        began = time.monotonic()
        outcomes = line(service).send(crowd(200), NOW)
        assert time.monotonic() - began < 2
        assert told(outcomes) == {Kind.ACCEPTED: list(range(150)), Kind.UNSENT: list(range(150, 200))}
        assert len(service.mails) == 150


@pytest.mark.parametrize("esp", SERVICES)
def test_two_senders_in_a_slice_keep_their_names(running: Any, esp: str) -> None:
    with running(esp) as service:
        calls = crowd(10)
        calls[3:6] = [
            each._replace(sender_name="Café Linden, Köln", sender_email="cafe@linden.example", reply_to="")
            for each in calls[3:6]
        ]
        assert kinds(line(service).send(calls, NOW)) == ["accepted"] * 10
        for mail in service.mails:
            own = 3 <= int(mail["Reference"].partition(".")[0]) < 6
            assert ("cafe@linden.example" in str(mail["From"])) is own
            assert mail["ReplyTo"] == ("" if own else "service@linden.example")


def test_a_long_mail_goes_to_sendgrid_without_substitution(running: Any) -> None:
    with running("sendgrid") as service:
        calls = crowd(5)
        calls[2] = calls[2]._replace(html="<p>" + "ü" * 40_000 + "</p>")
        assert kinds(line(service).send(calls, NOW)) == ["accepted"] * 5
        assert sorted(service.sizes) == [1, 4]
        [long] = [mail for mail in service.mails if mail["Reference"] == "2.x"]
        assert long["Html"] == calls[2].html


@pytest.mark.parametrize("esp", SERVICES)
def test_an_address_cannot_bring_along_another(running: Any, esp: str) -> None:
    traps = [
        "anna@example.org, mallory@example.org",
        "anna@example.org;mallory@example.org",
        "Anna <anna@example.org>",
    ]
    with running(esp) as service:
        calls = [call(n, recipient=each) for n, each in enumerate(traps)] + [call(9)]
        assert kinds(line(service).send(calls, NOW)) == ["us", "us", "us", "accepted"]
        assert [mail["To"] for mail in service.mails] == ["anna@example.org"]


@pytest.mark.parametrize("esp", [esp for esp in SERVICES if esp != "sendgrid"])  # which says nothing but 202
@pytest.mark.parametrize("words", [None, [], {}, {"odd": 1}, "text", {"data": [1], "Messages": [1]}])
def test_an_answer_that_nobody_can_read_leaves_the_call_in_doubt(running: Any, esp: str, words: Any) -> None:
    class Odd(SERVICES[esp]):  # type: ignore[misc]
        def take(self, mails: list[dict[str, Any]]) -> tuple[Any, ...]:
            return 200, words

    with running(esp, Odd) as service:
        assert kinds(line(service).send(crowd(3), NOW)) == ["unknown"] * 3


def test_an_inner_address_is_not_called(running: Any, settings: Any) -> None:
    with running("postmark") as service:
        settings.OUTGOING_HOSTS = []
        assert kinds(line(service).send(crowd(2), NOW)) == ["us", "us"]
        assert service.calls == 0


def test_single_mails_remain_for_options_that_a_batch_does_not_mind(running: Any) -> None:
    with running("postmark") as service:
        plain: Any = {"api_url": service.url}
        assert isinstance(line(service), BatchConnection)
        for given in ({"batch": False}, {"send_defaults": {"tags": ["shop"]}}):
            assert isinstance(line(service, options=plain | given), AnymailConnection)
        stream = line(service, options=plain | {"message_stream": "broadcast"})
        written = mail_batches["postmark"].mail(call(), stream.backend)
        assert written["MessageStream"] == "broadcast"


@pytest.mark.parametrize("esp", SERVICES)
def test_each_mail_says_what_django_anymail_would_say(esp: str) -> None:
    """The library's own reading of the interface, for the same mail sent alone."""
    keys = {"postmark": {"server_token": "x"}, "mailjet": {"api_key": "x", "secret_key": "y"}}
    backend = import_string(f"anymail.backends.{esp}.EmailBackend")(**keys.get(esp, {"api_key": "x"}))
    one = call(sender_name="Söhne, Töchter", headers={"Feedback-ID": "1:2:marketing:stammkunde"})
    message: Any = message_of(one)
    message.metadata = {METADATA: "1.x"}
    if esp == "mailjet":
        del message.extra_headers["Message-ID"]
    theirs = json.loads(backend.build_message_payload(message, {}).serialize_data())
    batch = mail_batches[esp]
    part = batches.Part([one], [batches.compact(batch.mail(one, backend)).encode()])
    assert normal(esp, json.loads(batch.body(part, backend))) == normal(esp, theirs)


def normal(esp: str, body: Any) -> Any:
    """One mail's fields, wherever the call has them."""
    match esp:
        case "postmark" | "resend":
            body = body[0] if isinstance(body, list) else body
            if "Headers" in body:
                body["Headers"] = sorted(body["Headers"], key=lambda each: str(each["Name"]))
            return body
        case "brevo":
            [version] = body.pop("messageVersions", [{}])
            return body | version
        case "mailjet":
            [mail] = body["Messages"]
            return body.get("Globals", {}) | mail
    [person] = body.pop("personalizations")
    arguments = body.get("custom_args", {}) | person.get("custom_args", {})
    arguments.pop("anymail_id")
    return body | person | {"custom_args": arguments}


@pytest.mark.parametrize("esp", SERVICES)
def test_a_campaign_goes_on_around_a_bad_mail(running: Any, esp: str) -> None:
    """From planned rows to the log: one row ends, everybody else gets the mail once, and reports find their row."""
    runs.customers(30)
    poison, nobody = (
        runs.customers(1, email="poison@example.org"),
        runs.customers(1, email="nobody@example.org"),
    )
    version = runs.version(backend="anymail")
    with running(esp) as service:
        Account.objects.filter(pk=version.account_id).update(name="post", settings=account_settings(service))
        rows = {row.customer_id: row for row in runs.planned(version)}
        runs.send_all()
        assert runs.states(version) == {"accepted": 30, "refused content": 1, "refused address": 1}
        assert Delivery.objects.get(customer=poison[0]).reason == "content"
        assert Delivery.objects.get(customer=nobody[0]).reason == "address"
        assert Account.objects.get(pk=version.account_id).paused_at is None
        found = {mails.delivery_of(mail["Reference"]): mail["To"] for mail in service.mails}
        assert len(found) == len(service.mails) == 30
        emails = {row.pk: row.customer.email for row in rows.values()}
        assert found == {pk: email for pk, email in emails.items() if email.startswith("anna")}
    backends.close_all()


def account_settings(service: MailService) -> dict[str, Any]:
    return {"esp": service.esp, "options": {"api_url": service.url, **service.options}}
