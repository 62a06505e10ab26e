"""What a mail that came back says: a bounce (RFC 3464, or qmail's), a complaint (RFC 5965), or nothing for us.

Anybody may write to a bounce address, so whatever bytes come are read in a time that their number bounds. The parser of
the standard library takes the square of it, or too deep a recursion, for mails that were made for that.
"""

import base64
import quopri
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple

from channels.backends import replies
from channels.backends.base import shortened
from channels.delivery import mails
from channels.returned import qmail

LARGEST = 131_072  # bytes of a mail that are read: behind them comes the rest of our own
LONGEST_HEAD, MOST_PARTS, DEEPEST = 32_768, 20, 3
MOST_FIELDS, LONGEST_FIELD = 500, 1_000
MOST_ADDRESSES = 50

HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n")
FOLD = re.compile(rb"\r?\n[ \t]+")
BOUNDARY = re.compile(r'boundary\s{0,9}=\s{0,9}(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
NAMED = re.compile(r"[0-9]{1,18}\.[0-9a-f]{18}", re.ASCII)
ADDRESS = re.compile(rb"[\w.!#$%&'*/=?^`{|}~+-]{1,64}@[\w.-]{1,253}", re.ASCII)
DIAGNOSTIC = re.compile(r"(?:smtp;)?\s{0,9}([245][0-9][0-9])[ -](.*)", re.IGNORECASE | re.ASCII)
NO_DETAIL = ".0.0"

STATUS = {"message/delivery-status", "message/global-delivery-status"}
FEEDBACK = "message/feedback-report"
ORIGINAL = {
    "message/rfc822",
    "message/rfc822-headers",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
}
# Who asks not to get such mails; other feedback speaks of authentication, or says that it was no spam.
COMPLAINTS = {"abuse", "fraud"}
# Where our name for the mail may stand, the surest first.
OF_MAIL = ("to", "delivered-to", "x-original-to", "envelope-to")
OF_REPORT = ("original-mail-from", "original-envelope-id", "cfbl-feedback-id")
OF_ORIGINAL = ("return-path", "cfbl-feedback-id", "message-id")

Fields = dict[str, list[str]]


class Kind(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    NEWS = "news"  # a report about a mail of ours that changes nothing: delayed, delivered, no spam
    FORGED = "forged"  # a report without our signature
    REPLY = "reply"  # an automatic one
    OTHER = "other"


REPORTS = frozenset({Kind.BOUNCE, Kind.COMPLAINT, Kind.NEWS})


class Reading(NamedTuple):
    """`hard`: the bounce will repeat for ever; `answer`: in the words of the server that sent it back."""

    kind: Kind
    delivery_id: int | None = None
    hard: bool = True
    answer: str = ""
    written_at: datetime | None = None


class Part(NamedTuple):
    kind: str
    fields: Fields
    body: bytes


def read(raw: bytes) -> Reading:
    """Never raises, whatever it is given."""
    parts = list(_parts(raw[:LARGEST]))[:MOST_PARTS]
    of_mail = parts[0].fields
    report = next((each for each in parts if each.kind in STATUS or each.kind == FEEDBACK), None)
    if report is None and (plain := qmail.read(parts[0].body)):
        return _signed(_of_status(plain[0]), of_mail, {}, _fields(_cut(plain[1])[0]))
    if report is None:
        automatic = _first(of_mail, "auto-submitted").lower() not in ("", "no")
        return Reading(Kind.REPLY if automatic else Kind.OTHER)
    blocks = [_fields(block) for block in HEAD_END.split(report.body, MOST_PARTS)[:MOST_PARTS]]
    found = _of_status(blocks) if report.kind in STATUS else _of_feedback(blocks[0])
    return _signed(found, of_mail, blocks[0], _original(parts))


def _signed(found: Reading, of_mail: Fields, of_report: Fields, of_original: Fields) -> Reading:
    named = _named(of_mail, of_report, of_original)
    if named is None:
        return Reading(Kind.FORGED)
    return found._replace(delivery_id=named, written_at=_written_at(_first(of_mail, "date")))


def addresses(raw: bytes) -> set[str]:
    """Whom it speaks of."""
    found: set[str] = set()
    for match in ADDRESS.finditer(raw[:LARGEST]):
        found.add(match[0].decode("ascii").lower())
        if len(found) == MOST_ADDRESSES:
            break
    return found


def _parts(raw: bytes, deep: int = DEEPEST) -> Iterator[Part]:
    """The mail itself, and what it is made of."""
    head, body = _cut(raw)
    fields = _fields(head)
    content = _first(fields, "content-type")
    kind = content.partition(";")[0].strip().lower()
    yield Part(kind, fields, _decoded(body, _first(fields, "content-transfer-encoding")))
    found = BOUNDARY.search(content) if kind.startswith("multipart/") and deep else None
    if found:
        line = re.escape((found[1] or found[2]).encode(errors="replace"))
        for piece in re.split(rb"(?m)^--" + line + rb"(?:--)?[ \t]{0,9}\r?$", body, maxsplit=MOST_PARTS)[1:]:
            yield from _parts(piece.removeprefix(b"\r\n").removeprefix(b"\n"), deep - 1)


def _cut(raw: bytes) -> tuple[bytes, bytes]:
    """Head and body. A part may have no head at all."""
    if raw.startswith((b"\r\n", b"\n")):
        return b"", raw.lstrip(b"\r\n")
    head, body = [*HEAD_END.split(raw, 1), b""][:2]
    return head, body


def _fields(head: bytes) -> Fields:
    found: Fields = {}
    for line in FOLD.sub(b" ", head[:LONGEST_HEAD]).splitlines()[:MOST_FIELDS]:
        name, colon, value = line[:LONGEST_FIELD].decode(errors="replace").partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding.lower() == "base64":
            return base64.b64decode(body)
        if encoding.lower() == "quoted-printable":
            return quopri.decodestring(body)
    except ValueError:
        return b""
    return body


def _first(fields: Fields, name: str) -> str:
    return fields.get(name, [""])[0]


def _original(parts: list[Part]) -> Fields:
    """The head of the mail that came back, as far as it was enclosed."""
    enclosed = next((each for each in parts if each.kind in ORIGINAL), None)
    return _fields(_cut(enclosed.body)[0]) if enclosed else {}


def _named(of_mail: Fields, of_report: Fields, of_original: Fields) -> int | None:
    """Whose mail it was, by our signature. A recipient that was made unreadable does no harm."""
    for fields, names in ((of_mail, OF_MAIL), (of_report, OF_REPORT), (of_original, OF_ORIGINAL)):
        for name in names:
            for value in fields.get(name, []):
                for text in NAMED.findall(value.lower()):
                    if (known := mails.delivery_of(text)) is not None:
                        return known
    return None


def _of_feedback(fields: Fields) -> Reading:
    kind = _first(fields, "feedback-type").lower()
    return Reading(Kind.COMPLAINT if kind in COMPLAINTS else Kind.NEWS, answer=shortened(kind))


def _of_status(blocks: list[Fields]) -> Reading:
    """A mail of ours has one recipient. Where it was passed on to several, one that gets it makes the address good."""
    people = [each for each in blocks if "action" in each or "status" in each]
    failed = [each for each in people if _has_failed(each)]
    if not failed:
        return Reading(Kind.NEWS)
    hard = len(failed) == len(people) and all(map(_is_dead, failed))
    answer = _first(failed[0], "diagnostic-code") or _first(failed[0], "status")
    return Reading(Kind.BOUNCE, hard=hard, answer=shortened(answer))


def _has_failed(fields: Fields) -> bool:
    action = _first(fields, "action").lower()
    return action == "failed" or (not action and _first(fields, "status").startswith("5"))


def _is_dead(fields: Fields) -> bool:
    """As of a server that says it at once; its words count where the status leaves open what it was."""
    status = _first(fields, "status").split(" ")[0]
    said = DIAGNOSTIC.match(_first(fields, "diagnostic-code"))
    if status and not status.endswith(NO_DETAIL):
        return status.startswith("5") and replies.is_dead(500, status.encode())
    return said is not None and not status.startswith("4") and replies.is_dead(int(said[1]), said[2].encode())


def _written_at(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date[:100])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
