"""The messages of the tracking API, as Segment's specification calls their fields."""

from typing import Any, Literal

import msgspec

Type = Literal["track", "identify", "page", "screen", "alias", "group"]


class Message(msgspec.Struct, rename="camel", omit_defaults=True):
    """One call. Times are ISO 8601 in UTC, already corrected for the sender's clock; `properties`, `traits` and
    `context` are plain JSON."""

    type: Type
    message_id: str
    timestamp: str
    user_id: str = ""
    anonymous_id: str = ""
    previous_id: str = ""
    event: str = ""
    name: str = ""
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
