"""What comes back as mail is told apart: bounces that last and that pass, complaints, and what is none of ours."""

import base64
import os
import random
import time

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.delivery import mails
from channels.returned import reading
from channels.returned.reading import Kind, Reading
from tests.channels.returned import ABSENCE, BOUNCES, LETTER, NO_MAILBOX, bounce, complaint, of_qmail, path

BODIES = int(os.environ.get("FUZZED_BODIES", "1500"))
SLOWEST = 2.0  # seconds


def hard(raw: bytes) -> bool:
    found = reading.read(raw)
    assert found.kind is Kind.BOUNCE
    return found.hard


@pytest.mark.parametrize(
    ("status", "answer", "lasts"),
    [
        ("5.1.1", "smtp; 550 5.1.1 no such user", True),
        ("5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found", True),
        ("5.2.1", "smtp; 550 5.2.1 mailbox disabled", True),
        ("5.1.1 (bad destination mailbox address)", "", True),
        ("5.0.0", "smtp; 550 5.1.1 no such user", True),
        ("5.0.0", "smtp; 550 no such user here", True),  # as at the door
        ("5.0.0", "x-unix; unknown mailer error 1", False),
        ("5.2.2", "smtp; 552 5.2.2 mailbox full", False),
        ("5.7.1", "smtp; 550 5.7.1 message looks like spam", False),
        ("5.0.0", "smtp; 554 5.7.1 blocked", False),
        ("5.4.4", "X-Postfix; host not found", False),
        ("4.4.1", "connect to mail.example.org: connection timed out", False),
        ("4.0.0", "smtp; 550 5.1.1 no such user", False),
        ("", "smtp; 550 5.1.1 no such user", True),
        ("nonsense", "nonsense", False),
    ],
)
def test_a_bounce_lasts_only_where_its_codes_say_so(status: str, answer: str, lasts: bool) -> None:
    assert hard(bounce(path(7), status, answer)) is lasts


def test_who_it_was_stands_in_the_address_that_it_comes_back_to() -> None:
    found = reading.read(bounce(path(7)))
    assert (found.kind, found.delivery_id) == (Kind.BOUNCE, 7)
    assert found.answer == "smtp; 550 5.1.1 <…>: no such user"
    assert found.written_at is not None
    assert len(mails.return_path("a" * 26 + "@b.example", mails.reference(10**18 - 1)).split("@")[0]) == 64


@pytest.mark.parametrize(
    "original",
    [
        "Message-ID: <{0}@linden.example>\nSubject: Hallo",
        "Return-Path: <bounces+{0}@linden.example>\nSubject: Hallo",
        "Subject: Hallo\nCFBL-Feedback-ID: {0}",
    ],
)
def test_or_in_what_is_enclosed(original: str) -> None:
    raw = bounce("post@linden.example", original=original.format(mails.reference(7)))
    assert reading.read(raw).delivery_id == 7


def test_a_complaint_knows_whom_it_speaks_of_although_the_recipient_is_unreadable() -> None:
    ref = mails.reference(7)
    for raw in (
        complaint(fields=f"CFBL-Feedback-ID: {ref}\n"),
        complaint(fields=f"Original-Mail-From: <{path(7)}>\n"),
        complaint(original=f"CFBL-Feedback-ID: {ref}\nSubject: Hallo"),
        complaint(original=f"Message-ID: <{ref}@linden.example>\nSubject: Hallo", kind="Abuse"),
    ):
        found = reading.read(raw)
        assert (found.kind, found.delivery_id) == (Kind.COMPLAINT, 7)


def test_what_changes_nothing_is_news() -> None:
    for raw in (
        bounce(path(7), "4.4.1", action="delayed"),
        bounce(path(7), "2.0.0", action="delivered"),
        complaint(fields=f"CFBL-Feedback-ID: {mails.reference(7)}\n", kind="not-spam"),
        complaint(fields=f"CFBL-Feedback-ID: {mails.reference(7)}\n", kind="auth-failure"),
    ):
        assert reading.read(raw)[:2] == (Kind.NEWS, 7)


@pytest.mark.fault("F17")
def test_without_our_signature_it_is_forged() -> None:
    wrong = f"7.{'0' * 18}"
    for raw in (
        bounce(BOUNCES),
        bounce(f"bounces+{wrong}@linden.example"),
        complaint(),
        complaint(fields=f"CFBL-Feedback-ID: {wrong}\n", original=f"Message-ID: <{wrong}@linden.example>"),
    ):
        assert reading.read(raw) == Reading(Kind.FORGED)


def test_a_signature_of_a_former_key_counts() -> None:
    with override_settings(SECRET_KEY="the former one"):
        raw = bounce(path(7))
    assert reading.read(raw).kind is Kind.FORGED
    with override_settings(SECRET_KEY_FALLBACKS=["the former one"]):
        assert reading.read(raw).delivery_id == 7


def test_what_people_and_their_machines_write_is_told_apart() -> None:
    assert reading.read(ABSENCE).kind is Kind.REPLY
    assert reading.read(LETTER).kind is Kind.OTHER
    assert reading.read(b"").kind is Kind.OTHER
    assert reading.read(LETTER.replace(b"Subject", b"Auto-Submitted: no\r\nSubject")).kind is Kind.OTHER


def test_a_mail_that_was_passed_on_to_two_lasts_while_one_of_them_gets_it() -> None:
    two = bounce(path(7)).replace(
        b"Final-Recipient",
        b"Final-Recipient: rfc822; b@example.org\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient",
        1,
    )
    assert not hard(two)


def test_a_report_in_a_report_and_in_base64_is_found() -> None:
    inner = bounce(path(7)).split(b"MIME-Version: 1.0\r\n", 1)[1]
    outer = (
        b"To: x@y.example\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
        + inner
        + b"\r\n--o--\r\n"
    )
    named = outer.replace(b"x@y.example", path(7).encode())
    assert reading.read(named)[:2] == (Kind.BOUNCE, 7)
    head = b"Content-Type: message/delivery-status\r\n"
    body = b"Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n"
    raw = (
        b"To: "
        + path(7).encode()
        + b"\r\nContent-Type: multipart/report; boundary=o\r\n\r\n--o\r\n"
        + head
        + b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.b64encode(body)
        + b"\r\n--o--"
    )
    assert hard(raw)


# --- as qmail writes it ---


@pytest.mark.parametrize(
    ("said", "lasts"),
    [
        (NO_MAILBOX, True),
        ("Sorry, no mailbox here by that name. (#5.1.1)", True),
        ("192.0.2.1 does not like recipient.\n" + NO_MAILBOX, True),
        ("Remote host said: 550 no such user here", True),
        ("Remote host said: 552 5.2.2 mailbox full\nGiving up on 192.0.2.1.", False),
        (
            "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again.",
            False,
        ),
        ("user is over quota. (#5.2.2)", False),
        ("Something went wrong.", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_a_bounce_of_qmails_lasts_only_where_it_says_so(said: str, lasts: bool, line: str) -> None:
    assert hard(of_qmail(path(7), said).replace(b"\n", line.encode())) is lasts


def test_who_it_was_stands_in_qmails_address_or_in_the_copy() -> None:
    found = reading.read(of_qmail(path(7)))
    assert (found.kind, found.delivery_id, found.answer) == (Kind.BOUNCE, 7, "550 5.1.1 <…>: no such user")
    assert found.written_at is not None
    copy = f"Message-ID: <{mails.reference(7)}@linden.example>\nSubject: Hallo"
    assert reading.read(of_qmail("post@linden.example", copy=copy)).delivery_id == 7
    assert reading.read(of_qmail(BOUNCES)) == Reading(Kind.FORGED)


def test_qmail_lasts_while_one_of_two_may_still_get_it() -> None:
    other = "\n<anna@elsewhere.example>:\nmailbox full (#5.2.2)\n"
    assert not hard(of_qmail(path(7), more=other))


def test_a_letter_that_begins_like_qmail_is_a_letter() -> None:
    letter = (
        b"From: a@b.example\nTo: " + path(7).encode() + b"\n\nHi. This is the third time that I ask.\n\n<3\n"
    )
    assert reading.read(letter) == Reading(Kind.OTHER)


# --- whatever anybody sends ---

SEEDS = [
    bounce(path(7)),
    of_qmail(path(7)),
    complaint(fields=f"CFBL-Feedback-ID: {mails.reference(7)}\n"),
    ABSENCE,
    LETTER,
]
PIECES = [
    b"\r\n", b"\n\n", b"\x00", b"\xff", b"--", b"--9B095B5ADSN=_01", b";", b'"', b"boundary=", b"\r\n ", b":",
    b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n", b"Content-Transfer-Encoding: base64\r\n\r\n=",
    b"Date: Sun, 99 Nov 99999 99:99:99 +9999\r\n", b"Status: 5.\r\n", b"=?utf-8?b?", b"@" * 300, b"(" * 300,
]  # fmt: skip


def fine(raw: bytes) -> None:
    began = time.monotonic()
    found = reading.read(raw)
    reading.addresses(raw)
    assert time.monotonic() - began < SLOWEST
    assert found.kind in Kind
    assert (found.delivery_id is None) == (found.kind not in reading.REPORTS)


@settings(max_examples=BODIES // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=3_000))
@example(b"Content-Type: multipart/report; boundary=\xff\r\n\r\n--")
def test_any_bytes_are_read(raw: bytes) -> None:
    fine(raw)


@pytest.mark.fault("F37")
def test_reports_that_were_spoiled_are_read() -> None:
    chance = random.Random(5965)
    for _n in range(BODIES):
        raw = bytearray(chance.choice(SEEDS))
        for _change in range(chance.randrange(1, 12)):
            at = chance.randrange(len(raw) + 1)
            raw[at : at + chance.choice([0, 0, 1, 40])] = chance.choice(PIECES) * chance.choice([1, 1, 1, 30])
        fine(bytes(raw))


@pytest.mark.parametrize(
    "piece",
    [
        b";",
        b'Content-Type: multipart/mixed; "' + b";" * 2_000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"--9B095B5ADSN=_01\r\n",
        b"\r\n",
        b"\r\n ",
        b"\n \n",
        b"To: 1.000000000000000000\r\n",
        b"a@",
        b"a.-+",
        b"<a@b.example>:\nno (#5.1.1\n\n",
        b"Remote host said: ",
    ],
)
def test_no_mail_keeps_us_busy(piece: bytes) -> None:
    """Where the parser of the standard library takes many seconds."""
    for seed in SEEDS[:3]:
        fine(piece * (2 * reading.LARGEST // len(piece)))
        fine(seed + piece * (2 * reading.LARGEST // len(piece)))
        head, _, rest = seed.partition(b"\r\n")
        fine(head + b"\r\n" + piece * (reading.LARGEST // len(piece) // 2) + rest)
