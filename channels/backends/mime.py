"""A mail's bytes from a prebuilt frame: only what differs between people is encoded for each of them.

Parts are quoted-printable, so the body is ASCII in short lines whatever is in it, and the fixed boundary, which
begins with `=_`, cannot occur in it. To a server that takes eight bits (RFC 6152) parts go as they are, which saves a
sixth of a worker's time, unless a line is too long or looks like the boundary. Header values lose all control
characters, so nothing can end a header.
"""

import re
from binascii import b2a_base64, b2a_qp
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from channels.backends.base import Call

BOUNDARY = "=_stammkunde"
BOUNDARY_LINE = f"--{BOUNDARY}".encode()
LONGEST_LINE = 990  # bytes; SMTP allows 998, and a leading dot may be doubled
TEXT_HEAD = (
    f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n\r\n'
    f"--{BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
).encode()
HTML_HEAD = (
    f"\r\n--{BOUNDARY}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
).encode()
END = f"\r\n--{BOUNDARY}--\r\n".encode()

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
PLAIN_WORDS = re.compile(r"[\x20-\x7e]*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~ -]*")
# A quoted-printable word may hold 75 characters, 12 of them the frame; base64 of 45 bytes takes 60.
WORD_BYTES = 45
LINE = 900
LONG = 500


def build(call: Call, at: datetime, eight_bit: bool = False) -> bytes:
    """The mail as it goes over the wire, with CRLF line ends and without the closing dot. `eight_bit`: the server
    takes bytes above 127."""
    head = [
        f"Date: {_date(at)}",
        f"To: {wire_address(call.recipient)}",
        f"Message-ID: {clean(call.message_id)}",
        f"Subject: {words(call.subject)}",
        *(f"{name}: {clean(value)}" for name, value in call.headers.items()),
        "",
    ]
    frame = sender_frame(call.sender_name, call.sender_email, call.reply_to)
    encoded = plain if eight_bit else printable
    text, html = encoded(call.text), encoded(call.html)
    return b"".join((frame, "\r\n".join(head).encode(), TEXT_HEAD, *text, HTML_HEAD, *html, END))


@lru_cache(maxsize=256)
def sender_frame(name: str, email: str, reply_to: str) -> bytes:
    lines = f"From: {mailbox(name, email)}\r\n"
    if reply_to:
        lines += f"Reply-To: {wire_address(reply_to)}\r\n"
    return lines.encode()


# Most lines of a message are the same for everybody, and encoding is the dearest part of building a mail.
_known: dict[str, bytes] = {}
MOST_KNOWN = 10_000


def plain(text: str) -> tuple[bytes, bytes]:
    """Encoding and bytes of a part that needs no encoding; else those of a printable one."""
    content = b"\n" + text.encode("utf-8", "replace")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\x00" in content or b"\n" + BOUNDARY_LINE in content or _has_long_line(content):
        return printable(text)
    return b"8bit\r\n\r\n", content[1:].removesuffix(b"\n").replace(b"\n", b"\r\n")


def _has_long_line(content: bytes) -> bool:
    """Leaps from line end to line end, a line's greatest length at a time."""
    start = 0
    while len(content) - start > LONGEST_LINE:
        start = content.rfind(b"\n", start, start + LONGEST_LINE + 1) + 1
        if not start:
            return True
    return False


def printable(text: str) -> tuple[bytes, bytes]:
    return b"quoted-printable\r\n\r\n", part(text)


def part(text: str) -> bytes:
    if "\x00" in text:
        text = text.replace("\x00", "")
    if len(_known) > MOST_KNOWN:
        _known.clear()
    return b"\r\n".join([_known.get(line) or _line(line) for line in text.splitlines()])


def _line(line: str) -> bytes:
    """A long line, such as compiled markup, is cut at cells of tables: that is where people's parts begin."""
    if len(line) <= LONG:
        return _piece(line)
    head, *cells = line.split("<td")
    return b"=\r\n".join([_piece(head), *[_piece("<td" + cell) for cell in cells]])


def _piece(text: str) -> bytes:
    encoded = _known.get(text)
    if encoded is None:
        encoded = b2a_qp(text.encode("utf-8", "replace"), istext=True).replace(b"\n", b"\r\n")
        _known[text] = encoded
    return encoded


@lru_cache(maxsize=16)
def _date(at: datetime) -> str:
    return format_datetime(at)


def clean(value: str) -> str:
    return CONTROL.sub(" ", value).strip()


def words(value: str) -> str:
    """A header's free text: as it is when it is short ASCII, else in encoded words (RFC 2047)."""
    text = clean(value)
    if PLAIN_WORDS.fullmatch(text) and "=?" not in text and len(text) < LINE:
        return text
    return "\r\n ".join(f"=?utf-8?b?{_base64(piece)}?=" for piece in _pieces(text))


def _base64(piece: bytes) -> str:
    return b2a_base64(piece, newline=False).decode()


def _pieces(text: str) -> list[bytes]:
    """Cut between characters, since each encoded word must be whole UTF-8."""
    whole = text.encode()
    if len(whole) <= WORD_BYTES:
        return [whole]
    pieces = [b""]
    for character in text:
        encoded = character.encode()
        if len(pieces[-1]) + len(encoded) > WORD_BYTES:
            pieces.append(b"")
        pieces[-1] += encoded
    return pieces


def mailbox(name: str, email: str) -> str:
    display = clean(name)
    if not display:
        return wire_address(email)
    if not ATOMS.fullmatch(display):
        ascii_only = PLAIN_WORDS.fullmatch(display) and "=?" not in display
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        display = f'"{escaped}"' if ascii_only and len(display) < LINE else words(display)
    return f"{display} <{wire_address(email)}>"


@lru_cache(maxsize=4096)
def _wire_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


@lru_cache(maxsize=1024)  # a mail's is asked for three times, and that of its sender goes on and on
def wire_address(address: str) -> str:
    """The address with its domain as DNS writes it. A local part beyond ASCII stays, and needs SMTPUTF8."""
    local, _at, domain = clean(address).rpartition("@")
    return f"{local}@{domain if domain.isascii() else _wire_domain(domain)}"
