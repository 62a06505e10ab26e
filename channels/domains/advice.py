"""What the domain of a message's sender says against sending it, or should be mended soon."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from channels.delivery import complaints
from channels.domains import health
from channels.models import Message, Sender


class Objection(NamedTuple):
    sentence: str
    blocks: bool = True


def about(message: Message) -> Iterator[Objection]:
    if message.sender is None:
        yield Objection(_("Choose who the message is from."))
        return
    yield from _proof(message.sender)
    if held := complaints.holding(message):
        mend = _("Somebody who approves lets it go on, on the page of today.")
        yield Objection(f"{complaints.reason(held)} {mend}")


def _proof(sender: Sender) -> Iterator[Objection]:
    if health.is_unproven(sender.email):
        sentence = _(
            "Mailboxes cannot tell that mails from %(domain)s are ours: SPF and DKIM are wrong. "
            "The page of the sender’s domain says the mend."
        )
        yield Objection(sentence % {"domain": health.domain_of(sender.email)})
