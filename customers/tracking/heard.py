"""A message as it was heard: when it counts, who speaks, and whether it says what it said before."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from customers.models import ApiKey
from customers.tracking.messages import Message
from customers.tracking.names import Meaning, meaning

EVENTS = frozenset({"track", "page", "screen"})
SALES = frozenset({"order", "refund"})


@dataclass(frozen=True)
class Context:
    """What all messages of a call share. `currency` is the shop's, `store` that of a till."""

    key: ApiKey
    at: datetime
    browser: bool
    currency: str
    language: str
    region: str
    stores: frozenset[str]
    store: str


class Heard(NamedTuple):
    """`user` is her number, where it is proven; `visitor` her browser."""

    message: Message
    at: datetime
    digest: int
    user: str
    visitor: str

    @property
    def is_event(self) -> bool:
        return self.message.type in EVENTS

    @property
    def meaning(self) -> Meaning:
        return meaning(self.message.event)

    def is_sale(self, context: Context) -> bool:
        """What a browser says of an order is an event, never an order."""
        return self.message.type == "track" and self.meaning.kind in SALES and not context.browser

    def changes_more_than_events(self, context: Context) -> bool:
        return self.message.type in ("identify", "alias") or self.is_sale(context)


def content(message: Message) -> bytes:
    """What a message says. Its time is left out: it is corrected anew whenever it is sent again."""
    said = (
        message.type,
        message.user_id,
        message.anonymous_id,
        message.previous_id,
        message.event,
        message.name,
        message.properties,
        message.traits,
    )
    return msgspec.json.encode(said, order="deterministic")


def digest(said: bytes) -> int:
    """64 bits, signed."""
    return int.from_bytes(blake2b(said, digest_size=8).digest(), signed=True)


def storable(message: Message, said: bytes) -> Message:
    """Without the one character that PostgreSQL cannot keep."""
    if b"\\u0000" not in said:
        return message
    return replace(message, properties=_without_nul(message.properties), traits=_without_nul(message.traits))


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_without_nul(part) for part in value]
    return value
