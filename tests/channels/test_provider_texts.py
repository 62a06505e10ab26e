"""What providers say is kept and shown without whom a mail was for."""

import pytest

from channels.backends import replies
from channels.backends.base import shortened
from channels.delivery import pausing
from channels.models import Account, Delivery
from tests.channels import runs

ADDRESSES = [
    (b"5.7.1 <anna@example.org>: Relay access denied", "554 5.7.1 <…>: Relay access denied"),
    (b"5.1.1 anna.berg+x@example.org... User unknown", "554 5.1.1 <…> User unknown"),
    (b"5.1.1 <anna@example.org>\n5.1.1 no such mailbox", "554 5.1.1 <…> 5.1.1 no such mailbox"),
    (b'5.1.3 "anna berg"@example.org: bad syntax', "554 5.1.3 <…>: bad syntax"),
    ("5.1.1 <jörg@bücher.example> ist unbekannt".encode(), "554 5.1.1 <…> ist unbekannt"),
    (b"5.7.1 see https://x.example/?a=anna%40example.org", "554 5.7.1 see https:<…>"),
    (b"5.1.1 mailto:anna@[192.0.2.1], gone", "554 5.1.1 mailto:<…>, gone"),
    (b"5.1.1 number +49 (170) 123 45 67 is not on our net", "554 5.1.1 number <…> is not on our net"),
    (b"5.1.1 0170/1234567 unknown", "554 5.1.1 <…> unknown"),
    (b"5.1.1 msisdn 491701234567 unknown", "554 5.1.1 msisdn <…> unknown"),
]


@pytest.mark.parametrize(("text", "kept"), ADDRESSES)
def test_addresses_and_telephone_numbers_are_taken_out(text: bytes, kept: str) -> None:
    outcome = replies.of_envelope("recipient", 554, text)
    assert outcome is not None
    assert outcome.detail == kept


@pytest.mark.parametrize(
    "text",
    [
        "250 2.0.0 Ok: queued as 4F2A91C07B",
        "421 4.7.0 [192.0.2.17] try again in 300 seconds (2026-11-23 10:15)",
        "535 5.7.8 wrong password",
        "552 5.2.2 mailbox full, 1048576 bytes",
    ],
)
def test_what_helps_to_find_the_fault_stays(text: str) -> None:
    assert shortened(text) == text


def test_an_address_at_the_cut_is_not_left_in_halves() -> None:
    assert "anna" not in shortened("x" * 290 + " <anna@example.org>: relaying denied")
    assert len(shortened("@" * 100_000)) <= 300


@pytest.mark.django_db
def test_neither_the_row_nor_the_alarm_nor_the_log_names_the_person(caplog: pytest.LogCaptureFixture) -> None:
    [person] = runs.customers(1)
    version = runs.version(backend="scripted")
    words = f"5.7.1 <{person.email}>: Relay access denied".encode()
    runs.scripted().answer = lambda call: replies.of_envelope("sender", 554, words) or runs.ACCEPT
    runs.planned(version)
    runs.send_all()
    account = Account.objects.get(pk=version.account_id)
    assert account.pause_reason == "554 5.7.1 <…>: Relay access denied"
    assert person.email not in Delivery.objects.get().detail + caplog.text
    assert "Relay access denied" in caplog.text
    pausing.resume_account(account.pk)
