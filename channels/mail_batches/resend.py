"""Resend: a list of whole mails; what is wrong with some does not stop the others ("permissive").

https://resend.com/docs/api-reference/emails/send-batch-emails
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.backends import addressing
from channels.backends.base import Call, Kind
from channels.backends.batches import Batch, Door, Reply, mail_batches
from channels.backends.mime import clean

WRONG_ADDRESS = re.compile(r"invalid\W+to\b", re.IGNORECASE)


@mail_batches.register
class Resend(Batch):
    key = "resend"
    most = 100
    most_bytes = 5_000_000  # the service names no limit

    def door(self, backend: Any) -> Door:
        headers = {
            "Authorization": f"Bearer {backend.api_key}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "x-batch-validation": "permissive",
        }
        return Door(f"{backend.api_url}emails/batch", headers)

    def mail(self, call: Call, backend: Any) -> Mapping[str, Any]:
        mail = {
            "from": addressing.sender(call.sender_name, call.sender_email).format(
                idna_encode=backend.idna_encode
            ),
            "to": [addressing.recipient(call)],
            "subject": clean(call.subject),
            "text": call.text,
            "html": call.html,
            # Its own tags take few signs; django-anymail reads this header in reports.
            "headers": addressing.headers(call) | {"X-Metadata": addressing.metadata(call)},
        }
        if replies := addressing.reply_to(call.reply_to):
            mail["reply_to"] = [replies.format(idna_encode=backend.idna_encode)]
        return mail

    def replies(self, status: int, said: Any, calls: Sequence[Call]) -> Sequence[Reply] | None:
        """Names come for those that were taken only; the others are told by their place in the list."""
        said = said if isinstance(said, dict) else {}
        if status // 100 != 2:
            wrong = len(calls) == 1 and WRONG_ADDRESS.search(str(said.get("message")))
            return [Reply(Kind.ADDRESS, detail=f"{status} {said['message']}")] if wrong else None
        try:
            refused = {int(each["index"]): str(each["message"]) for each in said.get("errors") or []}
            names = [str(each["id"]) for each in said["data"]]
        except (KeyError, TypeError, ValueError):
            return None
        if len(names) + len(refused) != len(calls) or not all(0 <= place < len(calls) for place in refused):
            return None
        taken = iter(names)
        return [
            _refusal(refused[n]) if n in refused else Reply(Kind.ACCEPTED, next(taken))
            for n in range(len(calls))
        ]


def _refusal(words: str) -> Reply:
    return Reply(Kind.ADDRESS if WRONG_ADDRESS.search(words) else Kind.US, detail=words)
