"""A mailbox by IMAP (RFC 3501), opened for a bounded time."""

import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, NamedTuple

TIMEOUT = 14.0  # seconds for an answer
LONGEST = 50.0  # seconds for everything
# imaplib trips over what is no answer at all, and knows no name beyond ASCII.
FAULTS = (OSError, imaplib.IMAP4.error, ValueError, LookupError)
NUMBER = re.compile(rb"\d{1,10}")
# Servers answer a search in one line, of which imaplib takes a million bytes.
SPAN = 50_000


class Clock:
    """Ends a connection once LONGEST seconds are over, also while it is still being made: a server that sends a byte
    now and then would else hold us for hours."""

    def __init__(self) -> None:
        self._lines: list[socket.socket] = []
        self._timer = threading.Timer(LONGEST, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def hold(self, line: socket.socket) -> socket.socket:
        self._lines.append(line.dup())  # encryption takes the socket itself away
        return line

    def stop(self) -> None:
        self._timer.cancel()
        for line in self._lines:
            line.close()

    def _cut(self) -> None:
        for line in self._lines:
            with suppress(OSError):  # gone already
                line.shutdown(socket.SHUT_RDWR)


class Plain(imaplib.IMAP4):
    def __init__(self, options: "Options", clock: Clock) -> None:
        self._clock = clock
        super().__init__(options.host, options.port, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._clock.hold(super()._create_socket(timeout))  # type: ignore[misc]


class Tls(imaplib.IMAP4_SSL):
    def __init__(self, options: "Options", clock: Clock) -> None:
        self._clock = clock
        context = ssl.create_default_context()
        super().__init__(options.host, options.port, ssl_context=context, timeout=TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = self._clock.hold(imaplib.IMAP4._create_socket(self, timeout))  # type: ignore[attr-defined]
        encrypted: socket.socket = self.ssl_context.wrap_socket(line, server_hostname=self.host)
        return encrypted


class Options(NamedTuple):
    host: str
    port: int
    security: str
    username: str
    password: str


class Box:
    """The inbox at `place`. `validity` names the series in which its mails are numbered, `end` the next number."""

    def __init__(self, imap: imaplib.IMAP4, place: str, late: float) -> None:
        self.imap, self.place, self._late = imap, place, late
        self._asked(imap.select("INBOX"))
        self.validity, self.end = self._said("UIDVALIDITY"), self._said("UIDNEXT")

    def _said(self, name: str) -> int:
        found = NUMBER.search((self.imap.response(name)[1] or [b""])[0] or b"")
        if found is None:
            raise imaplib.IMAP4.error(f"the server names no {name}")
        return int(found[0])

    @staticmethod
    def _asked(answer: tuple[str, list[Any]]) -> list[Any]:
        status, data = answer
        if status != "OK":
            raise imaplib.IMAP4.error(
                data[0].decode(errors="replace") if isinstance(data[0], bytes) else status
            )
        return data

    def is_late(self) -> bool:
        """Whether it is time to come to an end."""
        return monotonic() > self._late

    def after(self, number: int, most: int) -> tuple[list[int], int]:
        """The next mails behind that number, and how far that looks."""
        while number + 1 < self.end:
            last = min(number + SPAN, self.end - 1)
            data = self._asked(self.imap.uid("SEARCH", "UID", f"{number + 1}:{last}"))
            told = b" ".join(line for line in data if isinstance(line, bytes))
            found = sorted({int(each) for each in NUMBER.findall(told) if number < int(each) <= last})
            if found:
                return found[:most], last if len(found) <= most else found[most - 1]
            number = last
            if (
                self.is_late()
            ):  # a mailbox that has counted far with few mails; the next turn goes on from here
                break
        return [], number

    def fetch(self, number: int, most: int) -> bytes:
        """A mail's first bytes, which does not mark it as read; nothing of one that is gone."""
        data = self._asked(self.imap.uid("FETCH", str(number), f"(BODY.PEEK[]<0.{most}>)"))
        return next((each[1] for each in data if isinstance(each, tuple) and len(each) > 1), b"")

    def remove(self, numbers: Collection[int]) -> None:
        if not numbers:
            return
        named = ",".join(map(str, sorted(numbers)))
        self._asked(self.imap.uid("STORE", named, "+FLAGS.SILENT", r"(\Deleted)"))
        _status, capabilities = self.imap.capability()
        # Without the extension what somebody else has marked as deleted goes as well.
        if b"UIDPLUS" in b" ".join(filter(None, capabilities)).upper():
            self._asked(self.imap.uid("EXPUNGE", named))
        else:
            self._asked(self.imap.expunge())


@contextmanager
def opened(options: Options) -> Iterator[Box]:
    """Raises FAULTS, also out of the block once its time is over."""
    began, clock = monotonic(), Clock()
    try:
        imap = Tls(options, clock) if options.security == "tls" else Plain(options, clock)
        try:
            if options.security == "starttls":
                imap.starttls(ssl.create_default_context())
            _sign_in(imap, options.username, options.password)
            yield Box(imap, f"{options.username}@{options.host}:{options.port}", began + LONGEST / 2)
            with suppress(*FAULTS):
                imap.logout()
        finally:
            with suppress(OSError):  # closed already
                imap.shutdown()
    finally:
        clock.stop()


def _sign_in(imap: imaplib.IMAP4, username: str, password: str) -> None:
    """LOGIN takes ASCII only, and is what every server knows."""
    if (username + password).isascii():
        imap.login(username, password)
    else:
        imap.authenticate("PLAIN", lambda _challenge: f"\0{username}\0{password}".encode())
