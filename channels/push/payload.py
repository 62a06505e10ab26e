"""What the service worker in the shop gets to show, as JSON that fits into one push message."""

import json
from typing import Any

from channels.backends.base import Call
from channels.push import encryption

LONGEST_TITLE = 200


def build(call: Call, report: str = "") -> bytes:
    """`report`: where the worker tells that it was shown or closed, where that may be known.

    A text that is too long is cut between words. Should the rest alone be too large, buttons and then the picture stay
    away; a link is never cut.
    """
    shown = {
        "title": _cut(call.subject.strip(), LONGEST_TITLE) or call.sender_name,
        "body": "",
        "image": call.parts.get("picture") or "",
        "link": call.parts.get("link") or "",
        "actions": [
            each for each in call.parts.get("actions") or () if each.get("label") and each.get("link")
        ],
        "tag": call.topic,
    }
    if report:
        shown |= {"report": report, "ref": reference(call)}
    for optional in ("actions", "image"):
        if _size(shown) > encryption.LARGEST:
            shown.pop(optional)
    return _json(shown | {"body": _fitting(call.text.strip(), encryption.LARGEST - _size(shown))})


def reference(call: Call) -> str:
    """Our own name of the delivery, signed (delivery/mails.py)."""
    return call.message_id.strip("<>").rpartition("@")[0]


def _fitting(text: str, room: int) -> str:
    """As much of the text as its JSON has room for, in bytes."""
    length = len(text)
    while length and _size(cut := _cut(text, length)) - 2 > room:
        length = length * 9 // 10
    return cut if length else ""


def _cut(text: str, most: int) -> str:
    """At most so many characters, whole words if it can be, with a sign that there was more."""
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    word = kept.rpartition(" ")[0]
    return f"{(word if len(word) > most // 2 else kept).rstrip()}…"


def _size(value: Any) -> int:
    return len(_json(value))


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
