"""Postmark: a list of whole mails, answered in its order. https://postmarkapp.com/developer/api/email-api"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.backends import addressing
from channels.backends.base import METADATA, Call, Kind
from channels.backends.batches import Batch, Door, Reply, mail_batches
from channels.backends.mime import clean

INVALID, INACTIVE = 300, 406
WRONG_ADDRESS = re.compile(r"(Invalid|Error\s+parsing)\s+'To'", re.IGNORECASE)
# Key, sender signature, credits, approval: https://postmarkapp.com/developer/api/overview#error-codes
ACCOUNT = {10, 400, 401, 405, 412, 413}
MAINTENANCE, TOO_FAST = 100, 429


@mail_batches.register
class Postmark(Batch):
    key = "postmark"
    most = 500
    most_bytes = 45_000_000
    options = frozenset({"api_url", "server_token", "message_stream", "timeout"})

    def door(self, backend: Any) -> Door:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "X-Postmark-Server-Token": backend.server_token,
        }
        return Door(f"{backend.api_url}email/batch", headers)

    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        mail = {
            "From": addressing.sender(call.sender_name, call.sender_email).format(
                idna_encode=backend.idna_encode
            ),
            "To": addressing.recipient(call),
            "Subject": clean(call.subject),
            "TextBody": call.text,
            "HtmlBody": call.html,
            "Headers": [{"Name": name, "Value": value} for name, value in addressing.headers(call).items()],
            "Metadata": {METADATA: addressing.reference(call)},
        }
        if replies := addressing.reply_to(call.reply_to):
            mail["ReplyTo"] = replies.format(idna_encode=backend.idna_encode)
        if backend.message_stream is not None:
            mail["MessageStream"] = backend.message_stream
        return mail

    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        if isinstance(said, list):
            return [_reply(each) for each in said]
        code = said.get("ErrorCode") if isinstance(said, dict) else None
        if code in ACCOUNT or (len(calls) == 1 and code in (INVALID, INACTIVE)):
            return [_reply(said)] * len(calls)
        return None


def _reply(said: Any) -> Reply:
    said = said if isinstance(said, dict) else {}
    code, words = said.get("ErrorCode", 0), str(said.get("Message") or "")
    detail = f"{code} {words}"
    if code == 0:
        name = str(said.get("MessageID") or "")
        return Reply(Kind.ACCEPTED, name) if name else Reply(Kind.UNKNOWN, detail=detail)
    if code in (MAINTENANCE, TOO_FAST):
        return Reply(Kind.LINE, detail=detail)
    wrong = code == INACTIVE or (code == INVALID and WRONG_ADDRESS.match(words))
    return Reply(Kind.ADDRESS if wrong else Kind.US, detail=detail, account=code in ACCOUNT)
