"""Mails that came back, as servers and mailboxes write them."""

from channels.delivery import mails

BOUNCES = "bounces@linden.example"


def path(delivery_id: int) -> str:
    """Where our mail asked its bounces to go to."""
    return mails.return_path(BOUNCES, mails.reference(delivery_id))


def bounce(
    to: str,
    status: str = "5.1.1",
    answer: str = "smtp; 550 5.1.1 <anna0@example.org>: no such user",
    action: str = "failed",
    original: str = "",
    subject: str = "Undelivered Mail Returned to Sender",
) -> bytes:
    """As Postfix writes it."""
    return f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
To: {to}
Subject: {subject}
Date: Sun, 22 Nov 2026 10:00:00 +0000
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9B095B5ADSN=_01"

This is a MIME-encapsulated message.

--9B095B5ADSN=_01
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--9B095B5ADSN=_01
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 2C5D8
Arrival-Date: Sun, 22 Nov 2026 09:59:00 +0000 (UTC)

Final-Recipient: rfc822; anna0@example.org
Original-Recipient: rfc822;anna0@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: {answer}

--9B095B5ADSN=_01
Content-Description: Undelivered Message
Content-Type: message/rfc822

{original or "Subject: Hallo Anna"}

Guten Tag Anna
--9B095B5ADSN=_01--
""".replace("\n", "\r\n").encode()


def complaint(
    to: str = BOUNCES,
    fields: str = "",
    original: str = "Subject: Hallo",
    kind: str = "abuse",
    subject: str = "FW: Hallo",
) -> bytes:
    """As RFC 5965 shows it, with the recipient made unreadable."""
    return f"""From: <feedback@mailbox.example>
To: <{to}>
Subject: {subject}
Date: Sun, 22 Nov 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
     boundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Rcpt-To: <redacted@mailbox.example>
{fields}
--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

From: <post@linden.example>
To: <redacted@mailbox.example>
{original}

Guten Tag
--part1_13d.2e68ed54_boundary--
""".replace("\n", "\r\n").encode()


NO_MAILBOX = """Remote host said: 550 5.1.1 <anna0@example.org>: no such user
Giving up on 192.0.2.1."""


def of_qmail(to: str, said: str = NO_MAILBOX, copy: str = "Subject: Hallo Anna", more: str = "") -> bytes:
    """As qmail writes it (cr.yp.to/proto/qsbmf.txt), without MIME."""
    return f"""Return-Path: <>
Date: 22 Nov 2026 10:00:00 -0000
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<anna0@example.org>:
{said}
{more}
--- Below this line is a copy of the message.

Return-Path: <shop@linden.example>
{copy}

Guten Tag Anna
""".encode()


ABSENCE = b"""From: anna0@example.org\r\nTo: bounces@linden.example\r\nSubject: Bin im Urlaub\r
Auto-Submitted: auto-replied (vacation)\r\n\r\nBis bald\r\n"""
LETTER = b"From: someone@example.org\r\nTo: bounces@linden.example\r\nSubject: Frage\r\n\r\nHallo?\r\n"
