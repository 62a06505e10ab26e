"""SendGrid: one frame whose text and HTML are each person's own, by substitution; taken or refused as a whole.

https://www.twilio.com/docs/sendgrid/api-reference/mail-send
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from channels.backends import addressing
from channels.backends.base import METADATA, Call, Kind
from channels.backends.batches import Batch, Door, Part, Reply, compact, mail_batches
from channels.backends.mime import clean

WRONG_ADDRESS = re.compile(r"personalizations\.\d+\.to\b")
TEXT, HTML = "-stammkunde:text-", "-stammkunde:html-"


@mail_batches.register
class SendGrid(Batch):
    key = "sendgrid"
    most = 1000
    most_bytes = 18_000_000
    most_each = 48_000  # substitutions may have 50,000 bytes a person
    repeats = False

    def door(self, backend: Any) -> Door:
        headers = {
            "Authorization": f"Bearer {backend.api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        return Door(f"{backend.api_url}mail/send", headers)

    def shared(self, call: Call) -> Hashable:
        return call.sender_name, call.sender_email, call.reply_to, bool(call.text)

    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        """A "personalization"."""
        _frame(call, backend)  # raises here, for this mail alone
        return _person(call) | {"substitutions": {TEXT: call.text, HTML: call.html}}

    def body(self, part: Part, backend: Any) -> bytes:
        """A mail that goes alone needs no substitution, and may be of any size."""
        first = part.calls[0]
        frame = _frame(first, backend)
        if len(part.calls) == 1:
            alone = frame | {
                "personalizations": [_person(first)],
                "content": _content(first.text, first.html),
            }
            return compact(alone).encode("utf-8", "replace")
        opened = compact(frame | {"content": _content(first.text and TEXT, HTML)}).encode("utf-8", "replace")
        return opened[:-1] + b',"personalizations":[' + b",".join(part.mails) + b"]}"

    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        if status // 100 == 2:
            return [Reply(Kind.ACCEPTED, addressing.reference(call)) for call in calls]
        errors = said.get("errors") if isinstance(said, dict) else None
        error = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        if len(calls) == 1 and WRONG_ADDRESS.match(str(error.get("field"))):
            return [Reply(Kind.ADDRESS, detail=f"{status} {error.get('message')}")]
        return None


def _person(call: Call) -> dict[str, Any]:
    reference = addressing.reference(call)
    return {
        "to": [{"email": addressing.recipient(call)}],
        "subject": clean(call.subject),
        "headers": addressing.headers(call),
        # django-anymail takes the second for the mail's name in reports; SendGrid tells none when it takes a mail.
        "custom_args": {METADATA: reference, "anymail_id": reference},
    }


def _frame(call: Call, backend: Any) -> dict[str, Any]:
    sender = addressing.sender(call.sender_name, call.sender_email)
    frame: dict[str, Any] = {"from": sender.as_dict(idna_encode=backend.idna_encode)}
    if answers := addressing.reply_to(call.reply_to):
        frame["reply_to_list"] = [answers.as_dict(idna_encode=backend.idna_encode)]
    return frame


def _content(text: str, html: str) -> list[dict[str, str]]:
    parts = [("text/plain", text), ("text/html", html)]
    return [{"type": kind, "value": value} for kind, value in parts if value]
