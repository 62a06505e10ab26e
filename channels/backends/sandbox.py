"""The provider for trying things out: keeps every mail for the mailbox page, sends nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from channels.backends import mime
from channels.backends.base import Backend, Call, Connection, Kind, Outcome, Outcomes, backends
from channels.models import Account, SandboxMail


class Mailbox:
    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        kept = SandboxMail.objects.bulk_create(
            SandboxMail(
                delivery_id=call.id or None,
                recipient=call.recipient[:254],
                subject=mime.clean(call.subject)[:998],
                raw=mime.build(call, at),
                at=at,
            )
            for call in calls
        )
        pairs = zip(calls, kept, strict=True)
        return {call.id: Outcome(Kind.ACCEPTED, f"sandbox-{mail.pk}") for call, mail in pairs}

    def close(self) -> None:
        pass


@backends.register
class Sandbox(Backend):
    key = "sandbox"
    label = _("Sandbox (shows mails, sends none)")
    sends = False

    def connect(self, account: Account) -> Connection:
        return Mailbox()
