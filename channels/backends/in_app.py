"""Messages for the shop's own pages: kept in our database until her browser fetches them. No network is used."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from channels.backends.base import Backend, Call, Connection, Kind, Outcome, Outcomes, backends
from channels.in_app import keeping
from channels.models import Account, Channel, SandboxMail


class Shelf:
    """A test, which is no delivery, stands in the sandbox's page of the shop."""

    def send(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        real = [call for call in calls if call.id]
        kept = keeping.keep([keeping.Message(c.id, c.subject, c.text, c.parts, c.ends_at) for c in real], at)
        return {call.id: _outcome(call, kept) for call in real} | self._tests(calls, at)

    def _tests(self, calls: Sequence[Call], at: datetime) -> Outcomes:
        shown = SandboxMail.objects.bulk_create(
            SandboxMail(
                recipient=call.recipient[:254],
                channel=Channel.IN_APP,
                subject=call.subject[:998],
                text=call.text,
                parts=dict(call.parts),
                at=at,
            )
            for call in calls
            if not call.id
        )
        return dict.fromkeys([0], Outcome(Kind.ACCEPTED, f"sandbox-{shown[-1].pk}")) if shown else {}

    def close(self) -> None:
        pass


def _outcome(call: Call, kept: set[int]) -> Outcome:
    if call.id in kept:
        return Outcome(Kind.ACCEPTED, f"inbox-{call.id}")
    return Outcome(Kind.ADDRESS, detail="this person is gone", suppress=False)


@backends.register
class InApp(Backend):
    key = "in_app"
    label = _("Our own pages (by the script of the shop)")
    help = _("Banners, windows and an inbox in the shop, for customers who are signed in there.")
    icon = "app-window"
    channels = (Channel.IN_APP.value,)

    def connect(self, account: Account) -> Connection:
        return Shelf()
