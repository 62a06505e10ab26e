"""A draft as a chosen customer would get it: shown in the editor, and sent to oneself as a test."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import make_msgid
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from channels import backends
from channels.backends.base import Call, Kind
from channels.messages import checks, compiler, rendering, versions
from channels.messages import language as template_language
from channels.messages.rendering import Rendered, RenderFault
from channels.models import Brand, Content, Message
from customers import access, audit, finding, personalisation
from customers.models import Customer, User

SEARCH_LIMIT = 8

Result = Rendered | RenderFault


def find(reader: User, text: str) -> list[Customer]:
    """Customers whom `reader` may see and whom `text` describes; without a text the newest ones."""
    people = access.customers_for(reader)
    if not access.sees_names(reader):
        return []
    if not text.strip():
        return list(people.order_by("-pk")[:SEARCH_LIMIT])
    return finding.first(people, text, SEARCH_LIMIT)


def customer_for(reader: User, customer_id: str) -> Customer | None:
    """The customer of that id, if `reader` may see her and her name."""
    if not customer_id.isdecimal() or not access.sees_names(reader):
        return None
    return access.customers_for(reader).filter(pk=int(customer_id)).first()


def render(content: Content, customer: Customer | None, at: datetime) -> Rendered | RenderFault:
    """The draft as `customer` would get it (None: as an invented person). Its links lead nowhere."""
    result = _rendered(content, customer, at, anchors=True)
    return (
        RenderFault(_known_fault(content) or result.sentence) if isinstance(result, RenderFault) else result
    )


def preheader(content: Content, customer: Customer | None, at: datetime) -> str:
    """The preview text filled in; "" while it is not valid."""
    try:
        template = template_language.parse(content.preheader, html=False)
    except template_language.Broken:
        return ""
    fields = [use.path[0] for use in template_language.uses(template)]
    values = _values(fields, content.language, customer, at)
    line = rendering.from_templates(content.language, content.preheader, "", "", ())
    result = rendering.filled(line, values)
    return result.subject if isinstance(result, Rendered) else ""


def send_test(content: Content, customer: Customer | None, user: User, at: datetime) -> str:
    """Send the draft to `user` herself, as `customer` would get it; "" or why it did not work.

    Writes an audit entry of what went, or may have gone, and no Delivery. Its links are inert.
    """
    sender = content.message.sender
    if sender is None:
        return _("Choose who the message is from.")
    result = _rendered(content, customer, at, anchors=False)
    if isinstance(result, RenderFault):
        return result.sentence
    domain = sender.email.rpartition("@")[2]
    call = Call(
        id=0,
        recipient=user.email,
        sender_name=sender.name,
        sender_email=sender.email,
        reply_to=sender.reply_to,
        message_id=make_msgid(domain=domain),
        subject=_("[Test] %(subject)s") % {"subject": result.subject},
        html=result.html,
        text=result.text,
        headers={"X-Auto-Response-Suppress": "All"},
    )
    try:
        outcome = backends.send_test(sender.account, call, at)
    except (ValueError, KeyError):
        return _("The test mail could not be sent: the account's settings are not complete.")
    if outcome.kind in (Kind.ACCEPTED, Kind.UNKNOWN):
        audit.record(
            user,
            "message.tested",
            content.message,
            at,
            language=content.language,
            customer=customer.pk if customer else None,
            outcome=str(outcome.kind),
        )
    if outcome.kind == Kind.ACCEPTED:
        return ""
    return _("The provider did not take the mail: %(answer)s") % {"answer": outcome.detail or outcome.kind}


def _known_fault(content: Content) -> str:
    """What the checks say of the draft: they know the place, the renderer only that something is wrong."""
    brand = versions.look(Brand.current())
    faults = checks.content_faults(content, brand, marketing=versions.is_marketing(content.message))
    return next((fault.sentence for fault in faults if fault.blocks and fault.place.block), "")


def _rendered(
    content: Content, customer: Customer | None, at: datetime, *, anchors: bool
) -> Rendered | RenderFault:
    marketing = content.message.purpose == Message.Purpose.MARKETING
    try:
        compiled = compiler.compile_draft(
            compiler.draft_of(content),
            versions.look(Brand.current()),
            marketing=marketing,
            constants=compiler.constants(),
            anchors=anchors,
        )
    except template_language.Broken as broken:
        return RenderFault(broken.sentence)
    with translation.override(content.language):
        return rendering.trial(
            compiled, content.language, _values(compiled.fields, content.language, customer, at)
        )


def _values(
    fields: Iterable[str], language: str, customer: Customer | None, at: datetime
) -> Mapping[str, Any]:
    if customer is None:
        return personalisation.samples(language)
    keys = {*fields, "first_name"}
    return personalisation.load(keys, [customer.pk], language, at)[customer.pk]
