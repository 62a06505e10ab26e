"""Brevo: one mail in many versions, taken as a whole or refused as a whole.

https://developers.brevo.com/docs/batch-send-transactional-emails
"""

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from channels.backends import addressing
from channels.backends.base import Call, Kind
from channels.backends.batches import Batch, Door, Part, Reply, compact, mail_batches
from channels.backends.mime import clean

WRONG_ADDRESS = re.compile(r"email is not valid in (\S*\.)?to\b", re.IGNORECASE)
# What a version does not bring along itself. Each does, and this names nobody.
NOTHING = {"subject": "-", "htmlContent": "<p>-</p>"}


@mail_batches.register
class Brevo(Batch):
    key = "brevo"
    most = 1000
    most_bytes = 5_000_000  # the service names no limit
    repeats = False

    def door(self, backend: Any) -> Door:
        headers = {
            "api-key": backend.api_key,
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        return Door(f"{backend.api_url}smtp/email", headers)

    def shared(self, call: Call) -> Hashable:
        return call.sender_name, call.sender_email

    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        headers = addressing.headers(call) | {"X-Mailin-custom": addressing.metadata(call)}
        if not all(value.isascii() for value in headers.values()):
            raise ValueError("Brevo takes no header beyond ASCII")
        addressing.sender(call.sender_name, call.sender_email)  # raises here, for this mail alone
        mail = {
            "to": [{"email": addressing.recipient(call)}],
            "subject": clean(call.subject),
            "htmlContent": call.html,
            "headers": headers,
        }
        if call.text:
            mail["textContent"] = call.text
        if replies := addressing.reply_to(call.reply_to):
            mail["replyTo"] = replies.as_dict(idna_encode=backend.idna_encode)
        return mail

    def body(self, part: Part, backend: Any) -> bytes:
        first = part.calls[0]
        sender = addressing.sender(first.sender_name, first.sender_email)
        # A name of both umlauts and commas is lost unless it is encoded; django-anymail found that out.
        name = "" if sender.display_name.isascii() else "force"
        frame = {"sender": sender.as_dict(use_rfc2047=name, idna_encode=backend.idna_encode)} | NOTHING
        opened = compact(frame).encode("utf-8", "replace")[:-1]
        return opened + b',"messageVersions":[' + b",".join(part.mails) + b"]}"

    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        said = said if isinstance(said, dict) else {}
        if status // 100 != 2:
            wrong = len(calls) == 1 and WRONG_ADDRESS.search(str(said.get("message")))
            return [Reply(Kind.ADDRESS, detail=f"{status} {said['message']}")] if wrong else None
        names = said.get("messageIds") or [said.get("messageId")]
        if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
            return None
        # Taken as a whole. If names and mails do not pair, reports are known by our own reference.
        paired = names if len(names) == len(calls) else [""] * len(calls)
        return [Reply(Kind.ACCEPTED, each) for each in paired]
