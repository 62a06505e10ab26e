"""Mailjet (Send API v3.1): a list of whole mails, each answered for itself, also where the status is an error.

https://dev.mailjet.com/email/guides/send-api-v31/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.backends import addressing, replies
from channels.backends.base import Call, Kind
from channels.backends.batches import Batch, Door, Part, Reply, basic, compact, mail_batches
from channels.backends.mime import clean

BAD_ADDRESS = "mj-0013"
ACCOUNT = {401, 402, 403}
# Mailjet makes its own, and refuses every mail that brings one (error send-0011).
NOT_TAKEN = ("Message-ID",)


@mail_batches.register
class Mailjet(Batch):
    key = "mailjet"
    most = 50
    most_bytes = 14_000_000
    options = frozenset({"api_url", "api_key", "secret_key", "timeout"})

    def door(self, backend: Any) -> Door:
        headers = {
            "Authorization": basic(backend.api_key, backend.secret_key),
            "Content-Type": "application/json",
        }
        return Door(f"{backend.api_url}send", headers)

    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        named = {"name": "Name", "email": "Email", "idna_encode": backend.idna_encode}
        headers = addressing.headers(call)
        mail = {
            "From": addressing.sender(call.sender_name, call.sender_email).as_dict(**named),
            "To": [{"Email": addressing.recipient(call)}],
            "Subject": clean(call.subject),
            "HTMLPart": call.html,
            "Headers": {name: value for name, value in headers.items() if name not in NOT_TAKEN},
            "EventPayload": addressing.metadata(call),
        }
        if call.text:
            mail["TextPart"] = call.text
        if answers := addressing.reply_to(call.reply_to):
            mail["ReplyTo"] = answers.as_dict(**named)
        return mail

    def body(self, part: Part, backend: Any) -> bytes:
        return b'{"Messages":[' + b",".join(part.mails) + b"]}"

    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        each = said.get("Messages") if isinstance(said, dict) else None
        if not isinstance(each, list) or len(each) != len(calls):
            return None
        return [_reply(one if isinstance(one, dict) else {}, status) for one in each]


def _reply(said: Mapping[str, Any], status: int) -> Reply:
    if said.get("Status") == "success":
        try:
            return Reply(Kind.ACCEPTED, str(said["To"][0]["MessageID"]))
        except (KeyError, IndexError, TypeError):
            return Reply(Kind.ACCEPTED)
    errors = said.get("Errors")
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return Reply(Kind.UNKNOWN, detail=f"{status} {compact(said)}")
    error = errors[0]
    code = error.get("StatusCode")
    detail = f"{error.get('ErrorCode')} {error.get('ErrorMessage')}"
    if error.get("ErrorCode") == BAD_ADDRESS and str(error.get("ErrorRelatedTo")).find("To") >= 0:
        return Reply(Kind.ADDRESS, detail=detail)
    kind = replies.of_http(code if isinstance(code, int) else 400, "", detail).kind
    return Reply(kind, detail=detail, account=code in ACCOUNT)
