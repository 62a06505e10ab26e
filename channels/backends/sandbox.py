"""The provider for trying things out: keeps every message for the pages that show them, sends nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from channels.backends import mime
from channels.backends.base import Backend, Call, Connection, Kind, Outcome, Outcomes, backends
from channels.models import Account, Channel, SandboxMail

NAME = "Sandbox"  # of the account that a new installation and the demo shop begin with


class Mailbox:
    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        kept = SandboxMail.objects.bulk_create(
            SandboxMail(
                delivery_id=call.id or None,
                recipient=call.recipient[:254],
                channel=call.channel,
                subject=mime.clean(call.subject)[:998],
                at=at,
                **_body(call, at),
            )
            for call in calls
        )
        pairs = zip(calls, kept, strict=True)
        return {call.id: Outcome(Kind.ACCEPTED, f"sandbox-{mail.pk}") for call, mail in pairs}

    def close(self) -> None:
        pass


def _body(call: Call, at: datetime) -> dict[str, Any]:
    if call.channel == Channel.EMAIL:
        return {"raw": mime.build(call, at)}
    return {"text": call.text, "parts": dict(call.parts)}


@backends.register
class Sandbox(Backend):
    key = "sandbox"
    label = _("Sandbox (shows messages, sends none)")
    help = _("For trying out: messages land in our own mailbox, phone and shop page.")
    icon = "eye"
    channels = tuple(Channel.values)
    sends = False
    has_secret = False

    def connect(self, account: Account) -> Connection:
        return Mailbox()
