"""A draft sent to oneself as a test: a mail to one's own address, an SMS to a number that is typed in, a push message
to one's own browsers.

By the sandbox it goes to the sandbox phone. What stands in the shop is shown on the sandbox's page of the shop by every
account.
"""

from datetime import datetime
from email.utils import make_msgid
from typing import NamedTuple

from django.utils.translation import gettext as _

from channels import backends
from channels.backends.base import Call, Kind
from channels.messages import preview
from channels.messages.formats import formats
from channels.messages.rendering import Rendered, RenderFault
from channels.models import Account, Channel, Content
from channels.push import devices
from customers import audit
from customers.models import Customer, Shop, User

BY_NUMBER = (Channel.SMS, Channel.WHATSAPP)


class Way(NamedTuple):
    """How a test of a content goes: to the own `mail` or `browser`, the `sandbox` phone, a `number`, or in `no` way."""

    kind: str
    account: Account | None = None


def way(content: Content) -> Way:
    if content.channel == Channel.EMAIL:
        return Way("mail", content.message.sender.account if content.message.sender else None)
    account = Account.objects.filter(channel=content.channel).order_by("pk").first()
    if account is None:
        return Way("no")
    if account.backend in backends.unsent() or content.channel == Channel.IN_APP:
        return Way("sandbox", account)
    if account.backend == "web_push":
        return Way("browser", account)
    return Way("number" if content.channel in BY_NUMBER else "no", account)


def send(content: Content, customer: Customer | None, user: User, number: str, at: datetime) -> str:
    """Send the draft to `user` herself, as `customer` would get it; "" or why it did not work.

    Writes an audit entry of what went, or may have gone, and no Delivery. Its links are inert.
    """
    by = way(content)
    fault = _obstacle(content, by, number, user)
    if fault or by.account is None:
        return fault
    result = preview.filled(content, customer, at, anchors=False)
    if isinstance(result, RenderFault):
        return result.sentence
    recipient = _recipient(by, number, user)
    call = _mail(content, result, recipient) if by.kind == "mail" else _short(content, result, recipient)
    return _sent(by.account, call, content, customer, user, at)


def _obstacle(content: Content, by: Way, number: str, user: User) -> str:
    if by.kind == "mail" and content.message.sender is None:
        return _("Choose who the message is from.")
    if by.kind == "no":
        return _("There is no way to test this channel without the sandbox.")
    if by.kind == "browser" and not devices.of([devices.staff_address(user.pk)]):
        return _("Choose your own browser under Settings, Web push; tests come there.")
    if by.kind == "number" and not formats[content.channel].fits(plain(number)):
        return _("Enter your mobile number with the country code, such as +49 151 23456789.")
    return ""


def _recipient(by: Way, number: str, user: User) -> str:
    if by.kind == "browser":
        return devices.staff_address(user.pk)
    return plain(number) if by.kind == "number" else user.email


def plain(number: str) -> str:
    """The number as providers want it: `+49 151 …` without blanks and signs between."""
    digits = "".join(each for each in number if each.isascii() and each.isdecimal())
    return f"+{digits}" if number.strip().startswith("+") and 8 <= len(digits) <= 15 else ""


def _mail(content: Content, result: Rendered, recipient: str) -> Call:
    call = _short(content, result, recipient)
    return call._replace(
        message_id=make_msgid(domain=call.sender_email.rpartition("@")[2]),
        subject=_("[Test] %(subject)s") % {"subject": result.subject},
        html=result.html,
        headers={"X-Auto-Response-Suppress": "All"},
    )


def _short(content: Content, result: Rendered, recipient: str) -> Call:
    sender = content.message.sender
    return Call(
        id=0,
        recipient=recipient,
        sender_name=sender.name if sender else Shop.current().name,
        sender_email=sender.email if sender else "",
        reply_to=sender.reply_to if sender else "",
        message_id="",
        subject=result.subject,
        html="",
        text=result.text,
        headers={},
        channel=content.channel,
        parts=result.parts,
    )


def _sent(
    account: Account, call: Call, content: Content, customer: Customer | None, user: User, at: datetime
) -> str:
    try:
        outcome = backends.send_test(account, call, at)
    except (ValueError, KeyError):
        return _("The test could not be sent: the account's settings are not complete.")
    if outcome.kind in (Kind.ACCEPTED, Kind.UNKNOWN):
        audit.record(
            user,
            "message.tested",
            content.message,
            at,
            language=content.language,
            channel=content.channel,
            variant=content.variant,
            customer=customer.pk if customer else None,
            outcome=str(outcome.kind),
        )
    if outcome.kind == Kind.ACCEPTED:
        return ""
    return _("The provider did not take the message: %(answer)s") % {"answer": outcome.detail or outcome.kind}
