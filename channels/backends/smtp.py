"""SMTP over one kept connection, pipelined (RFC 2920) where the server announces it.

A mail counts as taken over from the moment its first byte of content is written: a connection that breaks before
that is the line, one that breaks afterwards leaves the mail unknown.
"""

import re
import smtplib
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from channels.backends import mime, replies
from channels.backends.base import (
    BUDGET,
    UNSENT,
    Backend,
    Call,
    Connection,
    Kind,
    Outcome,
    Outcomes,
    backends,
    secret,
    shortened,
)
from channels.models import Account

# What nearly every envelope is answered with, in one piece.
ALL_TAKEN = re.compile(rb"250 [^\r\n]*\r\n250 [^\r\n]*\r\n354 [^\r\n]*\r\n")
LEADING_DOT = re.compile(rb"\n\.")
ONE_LINE = re.compile(rb"([2-5][0-9][0-9])(?: ([^\r\n]*))?\r\n")
MOST_AHEAD = 1000
LOST = Outcome(Kind.UNKNOWN, detail="the connection broke before the server answered")
SECURITY = ("none", "starttls", "tls")


class Options(NamedTuple):
    host: str
    port: int
    security: str
    username: str
    password: str
    timeout: float


class Mail(NamedTuple):
    call: Call
    envelope: list[bytes]


class Broken(Exception):
    """The connection is gone; the mails that wait have surely not been taken over."""


class Unusable(Exception):
    """No connection can be made; `outcome` holds for every mail."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


class SmtpConnection:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.smtp: smtplib.SMTP | None = None

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        outcomes: Outcomes = {}
        waiting = deque(calls)
        deadline = monotonic() + BUDGET
        while waiting and (not outcomes or monotonic() < deadline):
            kept, before = self.smtp is not None, len(waiting)
            try:
                Talk(self.open(), at).run(waiting, outcomes, deadline)
                break
            except Unusable as why:
                outcomes |= {call.id: why.outcome for call in waiting}
                break
            except Broken as why:
                self.close()
                # An idle connection may have been closed by the server: that is no failure, try a new one.
                if not kept and len(waiting) == before:
                    outcomes |= {call.id: Outcome(Kind.LINE, detail=shortened(why)) for call in waiting}
                    break
        return {call.id: outcomes.get(call.id, UNSENT) for call in calls}

    def open(self) -> smtplib.SMTP:
        if self.smtp is None:
            try:
                self.smtp = connected(self.options)
            except smtplib.SMTPResponseException as error:
                raise Unusable(replies.of_greeting(error)) from error
            except (ssl.SSLError, smtplib.SMTPNotSupportedError) as error:
                raise Unusable(Outcome(Kind.US, detail=shortened(error))) from error
            except (OSError, smtplib.SMTPException) as error:
                raise Unusable(Outcome(Kind.LINE, detail=shortened(error))) from error
        return self.smtp

    def close(self) -> None:
        if self.smtp is not None:
            with suppress(OSError):
                socket_of(self.smtp).settimeout(1)
                socket_of(self.smtp).sendall(b"QUIT\r\n")
            self.smtp.close()
            self.smtp = None


def connected(options: Options) -> smtplib.SMTP:
    """An open connection, signed in. Raises smtplib's, ssl's and OSError's."""
    context = ssl.create_default_context()
    name = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    if options.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            options.host, options.port, name, timeout=options.timeout, context=context
        )
    else:
        smtp = smtplib.SMTP(options.host, options.port, name, timeout=options.timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if options.security == "starttls":
            smtp.starttls(context=context)
            smtp.ehlo_or_helo_if_needed()
        if options.username:
            smtp.login(options.username, options.password)
        socket_of(smtp).setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        smtp.close()
        raise
    return smtp


def socket_of(smtp: smtplib.SMTP) -> socket.socket:
    """Its socket. Raises OSError when it is closed."""
    if smtp.sock is None:
        raise OSError("the connection is closed")
    return smtp.sock


class Talk:
    """One exchange over a live connection."""

    def __init__(self, smtp: smtplib.SMTP, at: datetime) -> None:
        self.smtp = smtp
        self.at = at
        self.pipelining = smtp.has_extn("pipelining")
        self.utf8 = smtp.has_extn("smtputf8")
        self.eight_bit = smtp.has_extn("8bitmime")

    def run(self, waiting: deque[Call], outcomes: Outcomes, deadline: float) -> None:
        """Send from the left of `waiting` until it is empty or the time is up. Raises Broken.

        Each mail's envelope travels with the content of the one before it, so a mail costs one round trip.
        """
        mail = self._next(waiting, outcomes)
        self._offer(mail)
        content = self._content(mail)
        while mail is not None:
            refusal = self._answer(mail)
            waiting.popleft()
            following = self._next(waiting, outcomes) if monotonic() < deadline else None
            outcomes[mail.call.id] = refusal or LOST
            self._write((b"RSET\r\n" if refusal else content) + self._ahead(following))
            content = self._content(following)  # while the server has this one to do
            answer = self._read()
            if refusal is None:
                outcomes[mail.call.id] = replies.of_content(*answer, queued=mail.call.message_id)
            mail = following

    def _next(self, waiting: deque[Call], outcomes: Outcomes) -> Mail | None:
        """The mail of the next call that this server can take; the others get their outcome."""
        while waiting:
            call = waiting[0]
            if self.utf8 or mime.wire_address(call.recipient).isascii():
                return Mail(call, self._envelope(call))
            outcomes[call.id] = Outcome(
                Kind.ADDRESS, detail="this server takes no such address (SMTPUTF8)", suppress=False
            )
            waiting.popleft()
        return None

    def _content(self, mail: Mail | None) -> bytes:
        """With the line that ends it."""
        return content_of(mail.call, self.at, self.eight_bit) + b".\r\n" if mail is not None else b""

    def _envelope(self, call: Call) -> list[bytes]:
        recipient = mime.wire_address(call.recipient)
        parameter = " BODY=8BITMIME" if self.eight_bit else ""
        parameter += "" if recipient.isascii() else " SMTPUTF8"
        return [
            f"MAIL FROM:<{mime.wire_address(call.sender_email)}>{parameter}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]

    def _offer(self, mail: Mail | None) -> None:
        if ahead := self._ahead(mail):
            self._write(ahead)

    def _ahead(self, mail: Mail | None) -> bytes:
        return b"".join(mail.envelope) if mail is not None and self.pipelining else b""

    def _answer(self, mail: Mail) -> Outcome | None:
        """None when the server waits for the content."""
        if self.pipelining and (found := ALL_TAKEN.match(self._peek())):
            self.smtp.file.read(found.end())  # type: ignore[union-attr]
            return None
        refusal: Outcome | None = None
        for step, command in zip(replies.STEPS, mail.envelope, strict=True):
            if not self.pipelining:
                self._write(command)
            code, text = self._read()
            if code == 421:
                raise Broken(text.decode(errors="replace"))
            if refusal is not None and code == 354:
                # It waits for content although nobody is to get it: end it at once.
                self._write(b".\r\n")
                self._read()
            refusal = refusal or replies.of_envelope(step, code, text)
            if refusal is not None and not self.pipelining:
                break
        return refusal

    def _write(self, data: bytes) -> None:
        try:
            socket_of(self.smtp).sendall(data)
        except OSError as error:
            raise Broken(str(error)) from error

    def _read(self) -> tuple[int, bytes]:
        """A reply; nearly all have one line, whose reading smtplib makes a detour of."""
        try:
            if found := ONE_LINE.match(self._peek()):
                self.smtp.file.read(found.end())  # type: ignore[union-attr]
                return int(found[1]), found[2]
            return self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Broken(str(error)) from error

    def _peek(self) -> bytes:
        """What has arrived and was not read; waits while that is nothing. Raises Broken."""
        try:
            return self.smtp.file.peek(MOST_AHEAD) if self.smtp.file is not None else b""
        except OSError as error:
            raise Broken(str(error)) from error


def content_of(call: Call, at: datetime, eight_bit: bool) -> bytes:
    """The mail with leading dots doubled (RFC 5321, 4.5.2)."""
    content = mime.build(call, at, eight_bit)
    return content.replace(b"\r\n.", b"\r\n..") if LEADING_DOT.search(content) else content


class SmtpForm(forms.Form):
    host = forms.CharField(
        label=_("Server"),
        max_length=200,
        error_messages={"required": _("Which server takes the mails? SMTP needs its name.")},
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, required=False)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("starttls", _("STARTTLS (usual, port 587)")),
            ("tls", _("TLS from the start (port 465)")),
            ("none", _("none (only inside one's own network)")),
        ],
        required=False,
    )
    username = forms.CharField(label=_("User name"), max_length=200, required=False)


@backends.register
class Smtp(Backend):
    """Settings: host, port, security (none, starttls, tls), username, timeout in seconds."""

    key = "smtp"
    help = _("Your own mail server, or any provider that takes mails by SMTP.")
    icon = "mail"
    Form = SmtpForm
    label = _("SMTP server")

    def connect(self, account: Account) -> Connection:
        given = account.settings
        security = given.get("security", "starttls")
        if security not in SECURITY or not given.get("host"):
            raise ValueError(
                f"Account {account.pk} needs a host, and a security out of {', '.join(SECURITY)}."
            )
        return SmtpConnection(
            Options(
                host=given["host"],
                port=int(given.get("port", 465 if security == "tls" else 587)),
                security=security,
                username=given.get("username", ""),
                password=secret(account),
                timeout=float(given.get("timeout", 14)),
            )
        )
