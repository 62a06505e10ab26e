"""What the domain of a message's sender says against sending it, or should be mended soon."""

from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from channels.delivery import complaints
from channels.domains import alignment, health
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
    wrong = health.wrong(sender.email)
    if health.is_unproven(sender.email):
        sentence = _(
            "Mailboxes cannot tell that mails from %(domain)s are ours: SPF and DKIM are wrong. "
            "The page of the sender’s domain says the mend."
        )
        yield Objection(sentence % {"domain": health.domain_of(sender.email)})
    elif alignment.TOPIC in wrong:
        sentence = _(
            "Mailboxes cannot tell that mails from %(domain)s are ours: nothing that proves them stands for that "
            "domain. The page of the sender’s domain says the mend."
        )
        yield Objection(sentence % {"domain": health.domain_of(sender.email)})
    if "dmarc" in wrong:
        sentence = _(
            "%(domain)s has no valid DMARC record. Large mailboxes demand one of everybody who sends newsletters; "
            "without it mails end as spam or are turned away. The page of the sender’s domain says the mend."
        )
        yield Objection(sentence % {"domain": health.domain_of(sender.email)}, blocks=False)
