"""A call's body becomes messages. Each message of a batch is read by itself, so that a bad one costs no other."""

import uuid
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import msgspec
from django.utils.dateparse import parse_datetime

from customers.models import ApiKey
from customers.tracking import identity_tokens
from customers.tracking.messages import Message, Type
from customers.tracking.names import CUSTOM, meaning

MOST_BYTES = 500_000  # of a call
MOST_OF_A_MESSAGE = 32 * 1024
MOST_MESSAGES = 2_500
LONGEST_ID = 255
TYPES: tuple[str, ...] = get_args(Type)
# What a public key may tell of. The rest needs a server: refunds, coupons, what happens in a store.
BROWSER_KINDS = frozenset(
    {
        "view",
        "search",
        "cart_add",
        "cart_remove",
        "cart",
        "checkout",
        "order",
        "favourite",
        "unfavourite",
        "open",
    }
)


class CallRefused(Exception):
    """The call as a whole cannot be taken: `status` is HTTP's."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class MessageRefused(Exception):
    """`fate` is a short word to count by, the text says what is wrong."""

    def __init__(self, fate: str, reason: str) -> None:
        super().__init__(reason)
        self.fate = fate


@dataclass(frozen=True)
class Refusal:
    index: int
    message_id: str
    what: str
    fate: str
    reason: str


@dataclass
class Reading:
    """The messages that can be taken, and why the others cannot."""

    messages: list[Message] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class Sent(msgspec.Struct, rename="camel"):
    """A message as clients send it. Fields that are not named here are ignored."""

    type: str | None = None
    message_id: str | None = None
    timestamp: str | None = None
    original_timestamp: str | None = None
    sent_at: str | None = None
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    previous_id: str | int | None = None
    event: str | None = None
    name: str | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: dict[str, Any] | None = None


class Batch(msgspec.Struct, rename="camel"):
    batch: list[msgspec.Raw]
    sent_at: str | None = None


class Envelope(msgspec.Struct, rename="camel"):
    write_key: str | None = None


_sent = msgspec.json.Decoder(Sent)
_batch = msgspec.json.Decoder(Batch)
_envelope = msgspec.json.Decoder(Envelope)


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its compression. Raises CallRefused for anything too large, however well it is packed."""
    if encoding in ("", "identity"):
        data = body
    elif encoding == "gzip":
        unzip = zlib.decompressobj(wbits=31)
        try:
            data = unzip.decompress(body, MOST_BYTES + 1)
        except zlib.error as error:
            raise CallRefused(400, "The body is not what Content-Encoding says: no gzip.") from error
        if not unzip.eof and len(data) <= MOST_BYTES:
            raise CallRefused(400, "The packed body ends too soon.")
    else:
        raise CallRefused(415, "Send the body as it is, or packed with gzip.")
    if len(data) > MOST_BYTES:
        raise CallRefused(413, f"A call may have {MOST_BYTES} bytes; send less at a time.")
    return data


def write_key(data: bytes) -> str:
    """The key that browsers' clients put into the body."""
    try:
        return _envelope.decode(data).write_key or ""
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return ""


def read(data: bytes, kind: str, key: ApiKey, at: datetime) -> Reading:
    """The messages of a call; `kind` is that of its address, `batch` for many. Raises CallRefused."""
    if kind != "batch":
        return _each([data], kind, None, key, at)
    try:
        found = _batch.decode(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise CallRefused(400, f"The body is no batch of messages: {_words(error)}") from error
    if len(found.batch) > MOST_MESSAGES:
        raise CallRefused(413, f"A call may have {MOST_MESSAGES} messages; send fewer at a time.")
    return _each([bytes(raw) for raw in found.batch], "", found.sent_at, key, at)


def _each(raws: list[bytes], kind: str, sent_at: str | None, key: ApiKey, at: datetime) -> Reading:
    reading = Reading()
    for index, raw in enumerate(raws):
        sent = Sent()
        try:
            if len(raw) > MOST_OF_A_MESSAGE:
                raise MessageRefused("too_large", f"A message may have {MOST_OF_A_MESSAGE} bytes.")
            sent = _decoded(raw)
            reading.messages.append(_message(sent, kind, sent_at, key, at))
        except MessageRefused as why:
            what = kind or (sent.type if sent.type in TYPES else "") or "message"
            reading.refused.append(
                Refusal(index, (sent.message_id or "")[:LONGEST_ID], what, why.fate, str(why))
            )
    return reading


def _decoded(raw: bytes) -> Sent:
    try:
        return _sent.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise MessageRefused("malformed", _words(error)) from error


def _words(error: Exception) -> str:
    return "It is nested too deeply." if isinstance(error, RecursionError) else f"{error}."[:300]


def _message(sent: Sent, kind: str, sent_at: str | None, key: ApiKey, at: datetime) -> Message:
    what = kind or sent.type
    if what not in TYPES:
        raise MessageRefused("unknown_type", f"The type is one of {', '.join(TYPES)}.")
    user, visitor = _id(sent.user_id, "userId"), _id(sent.anonymous_id, "anonymousId")
    if not user and not visitor and what != "alias":
        raise MessageRefused("nobody", "It names nobody: set userId or anonymousId.")
    if what == "track" and not (sent.event or "").strip():
        raise MessageRefused("no_event", "A track call needs the name of its event.")
    message = Message(
        type=what,  # type: ignore[arg-type]
        message_id=_id(sent.message_id, "messageId") or f"ours-{uuid.uuid4()}",
        timestamp=_time(sent, sent_at, at),
        user_id=user,
        anonymous_id=visitor,
        previous_id=_id(sent.previous_id, "previousId"),
        event=(sent.event or "").strip()[:120],
        name=(sent.name or "")[:120],
        properties=sent.properties or {},
        traits=sent.traits or {},
        context=dict(sent.context or {}),
    )
    message.context.pop("verified", None)
    if key.kind == ApiKey.Kind.BROWSER:
        _guard(message, key, at)
    return message


def _id(value: str | int | None, name: str) -> str:
    text = "" if value is None else str(value).replace("\0", "").strip()
    if len(text) > LONGEST_ID:
        raise MessageRefused("malformed", f"{name} may have {LONGEST_ID} characters.")
    return text


def _time(sent: Sent, sent_at: str | None, at: datetime) -> str:
    """When it happened by our clock: what the sender's clock was off by when it sent is taken off."""
    happened = _moment(sent.original_timestamp or sent.timestamp)
    if happened is None:
        return at.isoformat()
    posted = _moment(sent.sent_at or sent_at)
    if posted is not None and (sent.original_timestamp or abs(at - posted) > timedelta(minutes=1)):
        happened += at - posted
    try:
        return happened.astimezone(UTC).isoformat()
    except (OverflowError, ValueError):
        return at.isoformat()


def _moment(text: str | None) -> datetime | None:
    """A time that can be reckoned with; one without a zone is UTC, as Segment has it."""
    try:
        found = parse_datetime(text) if text else None
    except ValueError:
        return None
    if found is None:
        if text:
            raise MessageRefused("bad_time", f"“{text[:40]}” is no time: write it as 2026-11-23T12:00:00Z.")
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _guard(message: Message, key: ApiKey, at: datetime) -> None:
    """What anybody may send who reads the key in a page's source."""
    token = message.context.pop("token", None)
    if identity_tokens.holds(key, token, message.user_id, at):
        message.context["verified"] = True
    elif message.type == "identify":
        raise MessageRefused("unproven", "identify needs context.token, signed by the shop's server.")
    if message.type in ("alias", "group"):
        raise MessageRefused("not_public", f"{message.type} needs a server key.")
    if message.type == "track" and not _is_public(message.event, key):
        raise MessageRefused(
            "not_public", "A browser key may not send this event; allow it on the key's page."
        )


def _is_public(event: str, key: ApiKey) -> bool:
    found = meaning(event)
    return found.kind in BROWSER_KINDS if found is not CUSTOM else event in key.scopes
