"""A draft as a chosen customer would get it, for the editor to show."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils import translation

from channels.messages import advertising, checks, compiler, rendering, versions
from channels.messages import language as template_language
from channels.messages.rendering import Rendered, RenderFault
from channels.models import Brand, Content, Message
from channels.service_messages import data as call_data
from customers import access, alike, personalisation
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
    return alike.closest(people, text, SEARCH_LIMIT)


def customer_for(reader: User, customer_id: str) -> Customer | None:
    """The customer of that id, if `reader` may see her and her name."""
    if not customer_id.isdecimal() or not access.sees_names(reader):
        return None
    return access.customers_for(reader).filter(pk=int(customer_id)).first()


def render(content: Content, customer: Customer | None, at: datetime) -> Result:
    """The draft as `customer` would get it (None: as an invented person). Its links lead nowhere."""
    result = filled(content, customer, at, anchors=True)
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
    values = _values(fields, content, customer, at)
    line = rendering.from_templates(content.language, content.preheader, "", "", ())
    result = rendering.filled(line, values)
    return result.subject if isinstance(result, Rendered) else ""


def _known_fault(content: Content) -> str:
    """What the checks say of the draft: they know the place, the renderer only that something is wrong."""
    brand = versions.look(Brand.current())
    faults = checks.content_faults(content, brand, marketing=versions.is_marketing(content.message))
    found = next((fault for fault in faults if fault.blocks and fault.place.block), None)
    return f"{checks.block_words(content, found.place)}: {found.sentence}" if found else ""


def filled(content: Content, customer: Customer | None, at: datetime, *, anchors: bool) -> Result:
    """As `render`, with the renderer's own words for what is wrong. `anchors` mark the blocks of a mail."""
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
        values = _values(compiled.fields, content, customer, at)
        return rendering.trial(compiled, content.language, values, at)


def _values(
    fields: Iterable[str], content: Content, customer: Customer | None, at: datetime
) -> Mapping[str, Any]:
    called = call_data.sample(content.message)
    if customer is None:
        return personalisation.samples(content.language) | called
    keys = {*fields, "first_name"}
    values = personalisation.load(keys, [customer.pk], content.language, at)[customer.pk]
    service = content.message.purpose == Message.Purpose.SERVICE
    if service and advertising.unwilling([customer.pk], content.channel):
        values |= {key: [] for key in advertising.keys() & keys}
    return values | called
