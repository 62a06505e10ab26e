"""Bounces and complaints of a plain SMTP server: out with a name on each mail, back by a mailbox or a pipe."""

import contextlib
import io
import socket
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_string
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import arming, forgeries, suppression, traces, webhooks
from channels.delivery import mails
from channels.domains import health
from channels.models import (
    Account,
    BounceMailbox,
    Delivery,
    DeliveryEvent,
    ForgedReport,
    Message,
    MessageVersion,
    ProviderReport,
    Reach,
    Suppression,
)
from channels.returned import door, imap, mailbox
from channels.returned.reading import Kind
from customers.models import AuditEntry, Customer
from tests.channels import runs
from tests.channels.returned import ABSENCE, BOUNCES, LETTER, bounce, complaint, path
from tests.channels.runs import NOW
from tests.contracts.test_backends import smtp_account
from tests.servers import smtp
from tests.servers.imap import PASSWORD, USER, Inbox

pytestmark = pytest.mark.django_db
GOOD = {"host": "smtp.linden.example", "port": "587", "security": "starttls"}
MAILBOX = {"bounce_address": BOUNCES, "imap_host": "imap.linden.example", "imap_username": USER}


def send(version: MessageVersion, **settings: Any) -> list[dict[str, str]]:
    """By a real server; what it took over."""
    with smtp.Server() as server:
        made = smtp_account(server.port)
        Account.objects.filter(pk=version.account_id).update(
            backend="smtp", settings=made.settings | settings
        )
        runs.planned(version)
        runs.send_all()
        return server.log.mails


@pytest.fixture
def sent(db: None) -> list[Delivery]:
    """Two mails that went out."""
    runs.customers(2)
    send(runs.version(), bounce_address=BOUNCES)
    return list(Delivery.objects.order_by("pk"))


def state(delivery: Delivery) -> str:
    return Delivery.objects.get(pk=delivery.pk).state


# --- out ---


def test_each_mail_comes_back_under_its_own_name_and_says_where_to_complain() -> None:
    [person] = runs.customers(1)
    [mail] = send(runs.version(), bounce_address="bounces@news.köln.example")
    delivery = Delivery.objects.get()
    ref = mails.reference(delivery.pk)
    assert mail["from"] == f"bounces+{ref}@news.xn--kln-sna.example"
    head = message_from_string(mail["content"])
    assert head["CFBL-Address"] == "bounces@news.xn--kln-sna.example; report=arf"
    assert head["CFBL-Feedback-ID"] == ref
    assert (head["From"].endswith("<post@linden.example>"), mail["to"]) == (True, person.email)
    assert mails.delivery_of(head["CFBL-Feedback-ID"]) == delivery.pk


def test_without_a_bounce_address_nothing_changes() -> None:
    runs.customers(1)
    [mail] = send(runs.version())
    assert mail["from"] == "post@linden.example"
    assert "CFBL" not in mail["content"]


def test_service_messages_name_no_address_for_complaints() -> None:
    runs.customers(1)
    [mail] = send(runs.version(purpose=Message.Purpose.SERVICE, topic=None), bounce_address=BOUNCES)
    assert mail["from"] == path(Delivery.objects.get().pk)
    assert "CFBL" not in mail["content"]


def test_the_page_of_the_domain_knows_where_bounces_go(sent: list[Delivery]) -> None:
    assert health.return_paths("linden.example") == ["linden.example"]
    account = Account.objects.get(backend="smtp", sender__isnull=False)
    account.settings["bounce_address"] = "b@Elsewhere.example"
    account.save()
    assert health.return_paths("linden.example") == ["elsewhere.example"]


# --- by a pipe ---


def pipe(monkeypatch: pytest.MonkeyPatch, raw: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    call_command("bounces")


def test_a_piped_bounce_ends_the_address_once(sent: list[Delivery], monkeypatch: Any, capsys: Any) -> None:
    for _n in range(3):
        pipe(monkeypatch, bounce(path(sent[0].pk)))
    assert "1 read: 1 bounce, 0 complaint" in capsys.readouterr().out
    pipe(monkeypatch, b"Received: by another server\r\n" + bounce(path(sent[0].pk)))
    assert [state(each) for each in sent] == ["bounced", "accepted"]
    assert Suppression.objects.get().reason == "bounce"
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.detail) == ("bounced", {"answer": "smtp; 550 5.1.1 <…>: no such user"})
    assert f"{event.at:%Y-%m-%d %H:%M}" == "2026-11-22 10:00"
    assert ProviderReport.objects.count() == 2
    assert not ProviderReport.objects.filter(heard_at=None).exists()


def test_an_mbox_is_taken_in_as_a_whole(sent: list[Delivery], monkeypatch: Any, capsys: Any) -> None:
    """A late bounce does not undo a complaint."""
    about = f"CFBL-Feedback-ID: {mails.reference(sent[0].pk)}\n"
    told = [complaint(fields=about), bounce(path(sent[0].pk)), ABSENCE, LETTER, bounce(BOUNCES)]
    pipe(
        monkeypatch, b"\r\n".join(b"From MAILER-DAEMON Sun Nov 22 10:00:00 2026\r\n" + each for each in told)
    )
    said = "5 read: 1 bounce, 1 complaint, 0 news, 1 forged, 1 reply, 1 other"
    assert said in capsys.readouterr().out
    assert state(sent[0]) == "complained"
    assert Suppression.objects.get().reason == "complaint"
    assert ForgedReport.objects.get().count == 1


def test_a_server_that_pipes_comes_again_while_the_database_is_away(monkeypatch: Any) -> None:
    def away(*_args: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(door, "keep", away)
    with pytest.raises(SystemExit) as stopped:
        pipe(monkeypatch, LETTER)
    assert stopped.value.code == 75


@pytest.mark.fault("F17")
def test_a_forged_report_changes_nothing_and_is_counted(sent: list[Delivery], monkeypatch: Any) -> None:
    forged = f"bounces+{sent[0].pk}.{'0' * 18}@linden.example"
    for raw in (bounce(forged), bounce(BOUNCES), complaint()):
        pipe(monkeypatch, raw)
    assert state(sent[0]) == "accepted"
    assert not DeliveryEvent.objects.exists()
    assert not ProviderReport.objects.exists()
    account = Account.objects.get(backend="smtp", sender__isnull=False)
    assert forgeries.lately([account], timezone.now()) == {account.pk: 3}


def test_a_bounce_that_passes_counts_and_ends_nothing(sent: list[Delivery], monkeypatch: Any) -> None:
    pipe(monkeypatch, bounce(path(sent[0].pk), "5.2.2", "smtp; 552 5.2.2 mailbox full"))
    assert state(sent[0]) == "bounced"
    assert not Suppression.objects.exists()
    assert Reach.objects.get(customer=sent[0].customer_id, channel="email").soft_bounces == 1


def test_all_that_came_can_be_heard_again(sent: list[Delivery], monkeypatch: Any) -> None:
    pipe(monkeypatch, bounce(path(sent[0].pk)))
    since = ProviderReport.objects.get().received_at
    assert webhooks.replay(since, NOW) == 1
    assert DeliveryEvent.objects.count() == 1
    DeliveryEvent.objects.all().delete()
    assert webhooks.replay(since, NOW) == 1
    assert DeliveryEvent.objects.count() == 1


def test_what_somebody_complained_about_goes_with_her_although_it_does_not_name_her(
    sent: list[Delivery], monkeypatch: Any
) -> None:
    pipe(monkeypatch, complaint(fields=f"CFBL-Feedback-ID: {mails.reference(sent[0].pk)}\n"))
    person = Customer.objects.get(pk=sent[0].customer_id)
    assert suppression.address_key("email", person.email) in ProviderReport.objects.get().address_keys
    traces.clear_reports(traces.of([person.pk]))
    assert bytes(ProviderReport.objects.get().body) == b""


# --- by the mailbox ---


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        yield server


@pytest.fixture
def account(inbox: Inbox, sent: list[Delivery], monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account.objects.get(backend="smtp", sender__isnull=False)
    about = {"imap_port": inbox.port, "imap_security": "none", "imap_username": USER}
    made.settings |= about | {"imap_host": "127.0.0.1"}
    made.save()
    monkeypatch.setenv(f"ACCOUNT_{made.pk}_BOUNCES_PASSWORD", PASSWORD)
    return made


def test_the_mailbox_is_read_and_only_what_is_ours_goes(
    account: Account, inbox: Inbox, sent: list[Delivery]
) -> None:
    ref = mails.reference(sent[1].pk)
    inbox.put(LETTER, bounce(path(sent[0].pk)), ABSENCE, complaint(fields=f"CFBL-Feedback-ID: {ref}\n"))
    inbox.put(bounce(BOUNCES, subject="forged"))
    mailbox.read_all(NOW)
    assert [state(each) for each in sent] == ["bounced", "complained"]
    assert inbox.subjects() == ["Frage", "Bin im Urlaub", "forged"]
    assert "Seen" not in str(inbox.flags())
    row = BounceMailbox.objects.get()
    counts = {"other": 1, "bounce": 1, "reply": 1, "complaint": 1, "forged": 1}
    assert (row.counts, row.read_at, row.removing, row.fault) == (counts, NOW, [], "")
    assert forgeries.lately([account], timezone.now()) == {account.pk: 1}
    assert mailbox.read(account, NOW).total() == 0  # nothing twice
    inbox.put(bounce(path(sent[1].pk)))
    assert mailbox.read(account, NOW) == {Kind.BOUNCE: 1}
    assert BounceMailbox.objects.get().counts["bounce"] == 2


def test_a_crash_before_the_mails_are_removed_counts_nothing_twice(
    account: Account, inbox: Inbox, sent: list[Delivery], monkeypatch: Any
) -> None:
    """Committed, and then the line broke: the next turn removes what is kept, and reads nothing of it."""

    def broken(*_args: Any) -> Any:
        raise OSError("cut")

    inbox.put(bounce(path(sent[0].pk)), LETTER, bounce(BOUNCES, subject="forged"))
    with monkeypatch.context() as cut:
        cut.setattr(imap.Box, "remove", broken)
        with pytest.raises(mailbox.Unread):
            mailbox.read(account, NOW)
    assert len(inbox.subjects()) == 3
    webhooks.sweep(timezone.now())  # heard by the sweep
    assert state(sent[0]) == "bounced"
    assert BounceMailbox.objects.get().removing != []
    assert mailbox.read(account, NOW).total() == 0
    assert inbox.subjects() == ["Frage", "forged"]
    row = BounceMailbox.objects.get()
    assert (row.removing, row.counts) == ([], {"bounce": 1, "other": 1, "forged": 1})
    assert ForgedReport.objects.get().count == 1


def test_a_crash_before_the_commit_leaves_the_mails(
    account: Account, inbox: Inbox, sent: list[Delivery], monkeypatch: Any
) -> None:
    inbox.put(bounce(path(sent[0].pk)))
    with monkeypatch.context() as cut:
        cut.setattr(webhooks, "keep_mails", lambda mails: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            mailbox.read(account, NOW)
    assert len(inbox.subjects()) == 1
    assert mailbox.read(account, NOW) == {Kind.BOUNCE: 1}


def test_two_who_read_at_once_count_once(
    account: Account, inbox: Inbox, sent: list[Delivery], monkeypatch: Any
) -> None:
    """Another process takes over once this one's time is over, and commits the mails that it has fetched."""
    inbox.put(bounce(path(sent[0].pk)), LETTER)
    fetch, begun = imap.Box.fetch, []

    def meanwhile(box: imap.Box, number: int, most: int) -> bytes:
        got = fetch(box, number, most)
        if not begun:
            begun.append(number)
            BounceMailbox.objects.update(reading_until=NOW - timedelta(days=999))
            assert mailbox.read(account, NOW).total() == 2
        return got

    monkeypatch.setattr(imap.Box, "fetch", meanwhile)
    assert mailbox.read(account, NOW).total() == 0
    assert BounceMailbox.objects.get().counts == {"bounce": 1, "other": 1}
    assert DeliveryEvent.objects.count() == 1


def test_a_turn_is_bounded_and_the_next_goes_on(
    account: Account, inbox: Inbox, sent: list[Delivery], monkeypatch: Any
) -> None:
    monkeypatch.setattr(mailbox, "MOST", 2)
    monkeypatch.setattr(imap, "SPAN", 3)
    inbox.put(LETTER, LETTER, LETTER, LETTER, bounce(path(sent[0].pk)))
    assert [mailbox.read(account, NOW).total() for _n in range(4)] == [2, 2, 1, 0]
    assert state(sent[0]) == "bounced"
    with monkeypatch.context() as slow:
        slow.setattr(imap.Box, "is_late", lambda box: True)
        inbox.put(LETTER, LETTER)
        assert [mailbox.read(account, NOW).total() for _n in range(3)] == [1, 1, 0]


def test_another_mailbox_is_read_from_its_beginning(account: Account, inbox: Inbox) -> None:
    inbox.put(LETTER)
    assert mailbox.read(account, NOW).total() == 1
    BounceMailbox.objects.update(place="bounces@of.another:143", removing=[101])
    assert mailbox.read(account, NOW).total() == 1
    assert inbox.subjects() == ["Frage"]  # the number of another one's mail removes nothing here


def test_a_copy_of_the_database_takes_nothing_out(
    account: Account, inbox: Inbox, sent: list[Delivery]
) -> None:
    inbox.put(bounce(path(sent[0].pk)))
    arming.disarm(None, NOW)
    with pytest.raises(mailbox.Unread, match="may not"):
        mailbox.read(account, NOW)
    assert len(inbox.subjects()) == 1


class Tarpit:
    """Greets a byte at a time, without end."""

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        threading.Thread(target=self._drip, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def _drip(self) -> None:
        with contextlib.suppress(OSError):
            line, _whose = self._listener.accept()
            while not self._over.wait(0.1):
                line.send(b"*")

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._listener.close()


@pytest.mark.parametrize("security", ["none", "tls", "starttls"])
def test_a_server_that_never_comes_to_an_end_is_left(
    account: Account, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setattr(imap, "LONGEST", 0.6)
    with Tarpit() as port:
        account.settings |= {"imap_port": port, "imap_security": security}
        began = time.monotonic()
        with pytest.raises(mailbox.Unread):
            mailbox.read(account, NOW)
    assert time.monotonic() - began < 5
    assert BounceMailbox.objects.get().reading_until is None


def test_a_mailbox_that_is_being_read_is_left_to_its_reader(account: Account, inbox: Inbox) -> None:
    inbox.put(LETTER)
    mailbox.read(account, NOW)
    BounceMailbox.objects.update(reading_until=timezone.now() + timedelta(seconds=60))
    with pytest.raises(mailbox.Unread, match="being read"):
        mailbox.read(account, NOW)
    BounceMailbox.objects.update(reading_until=timezone.now() - timedelta(seconds=1))  # its reader was killed
    assert mailbox.read(account, NOW).total() == 0


def test_what_the_server_says_is_told_in_its_words(
    account: Account, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ACCOUNT_{account.pk}_BOUNCES_PASSWORD", "wrong")
    with pytest.raises(mailbox.Unread) as said:
        mailbox.read(account, NOW)
    assert str(said.value)
    assert not str(said.value).startswith("b'")


# --- the page ---


def look(client: Client, account: Account) -> str:
    return client.post(reverse("account_bounces", args=[account.pk]), follow=True).content.decode()


def test_the_button_tells_what_it_found(
    administrator: Client, account: Account, inbox: Inbox, sent: list[Delivery]
) -> None:
    assert "not read yet" in administrator.get(reverse("account_list")).content.decode()
    inbox.put(bounce(path(sent[0].pk)), LETTER)
    page = look(administrator, account)
    assert "2 mails read (bounces: 1, other mails, left there: 1)." in page
    assert "last looked into" in page
    assert AuditEntry.objects.get().detail == {"bounce": 1, "other": 1}


def test_the_button_says_in_plain_words_what_is_wrong(
    administrator: Client, account: Account, monkeypatch: Any
) -> None:
    variable = f"ACCOUNT_{account.pk}_BOUNCES_PASSWORD"
    for wrong in ("wrong", "schlüssel"):
        monkeypatch.setenv(variable, wrong)
        assert "The bounce mailbox could not be read: " in look(administrator, account)
        assert "cannot be read: " in administrator.get(reverse("account_list")).content.decode()
    monkeypatch.delenv(variable)
    assert f"missing password: set {variable}" in administrator.get(reverse("account_list")).content.decode()
    account.settings["imap_port"] = 1
    account.save()
    assert "Connection refused" in look(administrator, account)
    account.settings.pop("imap_host")
    account.save()
    assert administrator.post(reverse("account_bounces", args=[account.pk])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"bounce_address": "a" * 27 + "@b.example"}, "At most 26 plain letters"),
        ({"bounce_address": "nobody"}, "valid email"),
        ({"imap_host": "https://imap.linden.example"}, "such as imap.example.org"),
        ({"bounce_address": ""}, "Which address is the mailbox for?"),
        ({"imap_username": ""}, "Enter its user name"),
        ({"imap_port": "993", "imap_security": "starttls"}, "choose TLS."),
        ({"imap_port": "143", "imap_security": "tls"}, "choose STARTTLS."),
        ({"host": "https://smtp.linden.example"}, "such as smtp.example.org"),
        ({"port": "465"}, "At port 465"),
    ],
)
def test_a_slip_is_told_on_the_page(administrator: Client, typed: dict[str, str], words: str) -> None:
    data = {"name": "Mail", "channel": "email", "imap_security": "tls"} | GOOD | MAILBOX
    url = reverse("account_create") + "?provider=smtp"
    assert words in administrator.post(url, data | typed).content.decode()
    assert not Account.objects.exists()
    administrator.post(url, data)
    assert Account.objects.get().settings == MAILBOX | {"imap_security": "tls"} | GOOD | {"port": 587}
