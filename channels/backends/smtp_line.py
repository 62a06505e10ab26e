"""One kept connection to an SMTP server, pipelined (RFC 2920) where the server announces it.

A mail counts as taken over from the moment its first byte of content is written: a connection that breaks before
that is the line, one that breaks afterwards leaves the mail unknown.
"""

import re
import smtplib
import socket
import ssl
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from time import monotonic
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from channels.backends import mime, replies
from channels.backends.base import BUDGET, Call, Kind, Outcome, Outcomes, shortened

# What nearly every envelope is answered with, in one piece.
ALL_TAKEN = re.compile(rb"250 [^\r\n]*\r\n250 [^\r\n]*\r\n354 [^\r\n]*\r\n")
LEADING_DOT = re.compile(rb"\n\.")
ONE_LINE = re.compile(rb"([2-5][0-9][0-9])(?: ([^\r\n]*))?\r\n")
MOST_AHEAD = 1000
HARDLY = 0.05  # seconds
LOST = Outcome(Kind.UNKNOWN, detail="the connection broke before the server answered")


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


class Slice:
    """What the lines share: the calls that wait, what became of the others, and how many lines are in use.
    `failure`: why a line cannot be used."""

    def __init__(self, calls: Sequence[Call], at: datetime) -> None:
        self.waiting = deque(calls)
        self.outcomes: Outcomes = {}
        self.failure: Outcome | None = None
        self.at = at
        self.lines = 0
        self.deadline = monotonic() + BUDGET

    def goes_on(self) -> bool:
        """The first call is tried in any case."""
        return bool(self.waiting) and (not self.outcomes or monotonic() < self.deadline)

    def wants_another_line(self) -> bool:
        """A server that takes its time to greet is not asked for many, one after the other."""
        return not self.failure and (not self.lines or monotonic() < self.deadline)


class Line:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.smtp: smtplib.SMTP | None = None

    def send(self, work: Slice) -> Iterator[None]:
        """Sends until nothing waits or the time is up; yields where it would wait for the server."""
        while work.goes_on():
            kept = self.smtp is not None
            if not kept and not work.wants_another_line():
                return
            try:
                talk = Talk(self.open(), work, self.options.timeout)
                work.lines += 1
                yield from talk.run()
            except Unusable as why:
                work.failure = why.outcome
            except Broken as why:
                self.close()
                work.lines -= 1
                # An idle connection may have been closed by the server: that is no failure, try a new one.
                if not kept and not talk.went_on:
                    work.failure = Outcome(Kind.LINE, detail=shortened(why))

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


@cache
def _trusting() -> ssl.SSLContext:
    """Whom the machine trusts; reading their certificates takes 40 ms."""
    return ssl.create_default_context()


def connected(options: Options) -> smtplib.SMTP:
    """An open connection, signed in. Raises smtplib's, ssl's and OSError's."""
    name = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    if options.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            options.host, options.port, name, timeout=options.timeout, context=_trusting()
        )
    else:
        smtp = smtplib.SMTP(options.host, options.port, name, timeout=options.timeout)
    try:
        smtp.ehlo_or_helo_if_needed()
        if options.security == "starttls":
            smtp.starttls(context=_trusting())
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
    """One exchange over a live connection. `patience`: seconds that an answer may take from the question on. What was
    asked on several lines at the same moment is so waited for once, however many are silent."""

    def __init__(self, smtp: smtplib.SMTP, work: Slice, patience: float) -> None:
        self.smtp = smtp
        self.work = work
        self.patience = patience
        self.asked_at = monotonic()
        self.held: list[Call] = []  # taken from those that wait, and surely not taken over yet
        self.went_on = False
        self.pipelining = smtp.has_extn("pipelining")
        self.utf8 = smtp.has_extn("smtputf8")
        self.eight_bit = smtp.has_extn("8bitmime")

    def run(self) -> Iterator[None]:
        """Raises Broken, with what it held among those that wait again."""
        try:
            yield from self._run()
        except Broken:
            self.work.waiting.extendleft(reversed(self.held))
            raise

    def _run(self) -> Iterator[None]:
        """Each mail's envelope travels with the content of the one before it, so a mail costs one round trip."""
        mail = self._next()
        self._offer(mail)
        content = self._content(mail)
        while mail is not None:
            yield
            refusal = self._answer(mail)
            self.held.remove(mail.call)
            self.work.outcomes[mail.call.id] = refusal or LOST
            self.went_on = True
            following = self._next()
            self._write((b"RSET\r\n" if refusal else content) + self._ahead(following))
            content = self._content(following)  # while the server has this one to do
            yield
            answer = self._read()
            if refusal is None:
                self.work.outcomes[mail.call.id] = replies.of_content(*answer)
            mail = following

    def _next(self) -> Mail | None:
        """The mail of the next call that this server can take; the others get their outcome."""
        while self.work.goes_on():
            call = self.work.waiting.popleft()
            if self.utf8 or mime.wire_address(call.recipient).isascii():
                self.held.append(call)
                return Mail(call, self._envelope(call))
            self.work.outcomes[call.id] = Outcome(
                Kind.ADDRESS, detail="this server takes no such address (SMTPUTF8)", suppress=False
            )
        return None

    def _content(self, mail: Mail | None) -> bytes:
        """With the line that ends it."""
        return content_of(mail.call, self.work.at, self.eight_bit) + b".\r\n" if mail is not None else b""

    def _envelope(self, call: Call) -> list[bytes]:
        recipient = mime.wire_address(call.recipient)
        parameter = " BODY=8BITMIME" if self.eight_bit else ""
        parameter += "" if recipient.isascii() else " SMTPUTF8"
        return [
            f"MAIL FROM:<{call.return_path or mime.wire_address(call.sender_email)}>{parameter}\r\n".encode(),
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
            link = socket_of(self.smtp)
            link.settimeout(self.patience)
            link.sendall(data)
            self.asked_at = monotonic()
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
            left = self.asked_at + self.patience - monotonic()
            socket_of(self.smtp).settimeout(max(HARDLY, left))
            return self.smtp.file.peek(MOST_AHEAD) if self.smtp.file is not None else b""
        except OSError as error:
            raise Broken(str(error)) from error


def content_of(call: Call, at: datetime, eight_bit: bool) -> bytes:
    """The mail with leading dots doubled (RFC 5321, 4.5.2)."""
    content = mime.build(call, at, eight_bit)
    return content.replace(b"\r\n.", b"\r\n..") if LEADING_DOT.search(content) else content
