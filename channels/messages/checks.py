"""What stops a message, and what its author should know, each at the place where it can be mended."""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from channels import targets
from channels.domains import advice
from channels.messages import (
    compiler,
    conditions,
    copies,
    hints,
    markdown,
    rendering,
    routes,
    row_fields,
    variants,
)
from channels.messages import language as template_language
from channels.messages.blocks import blocks
from channels.messages.formats import Format, formats
from channels.messages.page import Look, Page
from channels.models import Brand, Channel, Content, Message
from channels.service_messages import data as call_data
from customers import personalisation
from customers.models import Shop

PREHEADER_LENGTH = 110
ADDRESS = re.compile(r"(https?://[^\s/]+|mailto:\S+@|tel:\+?\d)", re.IGNORECASE)
SYSTEM_FIELDS = ("opt_out_url", "preferences_url", "confirm_url")
CALL_FIELDS = (call_data.NAME,)
LOOP_FIELDS = ("forloop",)


class Place(NamedTuple):
    """Where the mend is: a language (empty: the whole message), a block's id and the name of a field."""

    language: str = ""
    block: str = ""
    field: str = ""


@dataclass(frozen=True)
class Fault:
    """`blocks`: it must not go out like this; else it is a hint. `channel`, `variant`: of its content."""

    place: Place
    sentence: str
    blocks: bool = True
    channel: str = Channel.EMAIL.value
    variant: str = variants.FIRST


def faults(message: Message, languages: Iterable[str] = ()) -> list[Fault]:
    """Everything to mend or to know before `message` goes to people who read `languages`."""
    brand, shop = Brand.current(), Shop.current()
    look = Look(brand.colour, brand.logo, dict(brand.imprint), shop.name, shop.url.rstrip("/"))
    marketing = message.purpose == Message.Purpose.MARKETING
    contents = list(message.contents.filter(channel__in=message.channels))
    found = list(_whole(message, contents, brand, set(languages)))
    for content in contents:
        found += content_faults(content, look, marketing=marketing)
    for content, other in copies.untranslated(contents, brand.fallback_language):
        names = {"language": _named(content), "other": _named(other)}
        told = _("%(language)s says the same as %(other)s: it is not translated yet.") % names
        found.append(_of(content, Fault(Place(content.language), told, blocks=False)))
    for content, told in copies.of_variants(contents):
        found.append(_of(content, Fault(Place(content.language), told, blocks=False)))
    for each in row_fields.faults(contents):
        where = Place(each.content.language, each.block, each.field)
        found.append(_of(each.content, Fault(where, each.sentence)))
    return found


def _named(content: Content) -> str:
    language = language_name(content.language)
    return language if content.variant == variants.FIRST else f"{language} ({content.variant})"


def _of(content: Content, fault: Fault) -> Fault:
    return replace(fault, channel=content.channel, variant=content.variant)


def content_faults(content: Content, look: Look, *, marketing: bool) -> list[Fault]:
    """The faults of one content."""
    form, draft = formats[content.channel], compiler.draft_of(content)
    page = compiler.page_for(draft, look, marketing=marketing, constants=compiler.constants())
    found = [*_frame(content, form), *_options(content, form), *_blocks(content, form, page)]
    if not any(fault.blocks for fault in found):
        found += _trial(content, draft, look, marketing=marketing)
    for each in hints.of(draft, form, page):
        found.append(Fault(Place(content.language, each.block, each.field), each.sentence, blocks=False))
    return [_of(content, fault) for fault in found]


def language_name(code: str) -> str:
    """ "German", in the reader's language."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _whole(message: Message, contents: list[Content], brand: Brand, languages: set[str]) -> Iterator[Fault]:
    for objection in advice.about(message):
        yield Fault(Place(field="sender"), objection.sentence, blocks=objection.blocks)
    if message.purpose == Message.Purpose.MARKETING and message.topic_id is None:
        yield Fault(Place(field="topic"), _("Choose the topic that people have said yes to."))
    yield from _routes(message)
    for channel in message.channels:
        written = {content.language for content in contents if content.channel == channel}
        found = _missing_languages(written, brand, languages) if written else _empty(message, channel)
        yield from (replace(fault, channel=channel) for fault in found)


def _routes(message: Message) -> Iterator[Fault]:
    ready = {channel for channel, _account in routes.of(message)} | {Channel.EMAIL.value}
    for channel in message.channels:
        if message.sender and channel not in ready:
            sentence = _(
                "There is no provider account for %(channel)s yet. Add one under Settings, Channels."
            )
            yield Fault(
                Place(field="channels"), sentence % {"channel": Channel(channel).label}, channel=channel
            )


def _empty(message: Message, channel: str) -> Iterator[Fault]:
    if len(message.channels) == 1:
        yield Fault(Place(field="language"), _("The message has no content yet. Add a language."))
    else:
        sentence = _("The message has no content yet for %(channel)s. Write it, or leave the channel out.")
        yield Fault(Place(field="language"), sentence % {"channel": Channel(channel).label})


def _missing_languages(written: set[str], brand: Brand, languages: set[str]) -> Iterator[Fault]:
    fallback = brand.fallback_language
    for code in sorted(
        each for each in languages if each not in written and each.split("-")[0] not in written
    ):
        if fallback in written:
            sentence = _("%(language)s is missing: these people get it in %(fallback)s.")
            names = {"language": language_name(code), "fallback": language_name(fallback)}
            yield Fault(Place(code), sentence % names, blocks=False)
        elif code == fallback:
            sentence = _("%(language)s is missing, which those get whose language is missing too. Write it.")
            yield Fault(Place(code), sentence % {"language": language_name(code)})
        else:
            sentence = _(
                "%(language)s is missing, and so is the fallback %(fallback)s. Write one of the two."
            )
            names = {"language": language_name(code), "fallback": language_name(fallback)}
            yield Fault(Place(code), sentence % names)


def _frame(content: Content, form: Format) -> Iterator[Fault]:
    where = content.language
    if form.title and not content.subject.strip():
        missing = _("The subject is missing.") if form.has_preheader else _("The title is missing.")
        yield Fault(Place(where, field="subject"), missing)
    for name in ("subject", "preheader"):
        for sentence in template_faults(getattr(content, name)):
            yield Fault(Place(where, field=name), sentence)
    if not [
        each for each in content.blocks if each.get("kind") in blocks and not blocks[each["kind"]].pinned
    ]:
        yield Fault(Place(where), _("The message is empty. Add a block."))


def _options(content: Content, form: Format) -> Iterator[Fault]:
    for name, errors in form.Options(data=dict(content.options)).errors.items():
        yield Fault(Place(content.language, field=name), str(errors[0]))


def _blocks(content: Content, form: Format, page: Page) -> Iterator[Fault]:
    for fields in _shown(content, form, page):
        for name, sentence in block_faults(fields, page):
            yield Fault(Place(content.language, str(fields.get("id", "")), name), sentence)
    for fields in content.blocks:
        if fields.get("kind") not in blocks:
            yield Fault(
                Place(content.language, str(fields.get("id", ""))), _("This kind of block no longer exists.")
            )
        elif not form.takes(fields):
            sentence = _("%(channel)s cannot show this block. Take it out.") % {"channel": form.label}
            yield Fault(Place(content.language, str(fields["id"])), sentence)


def _shown(content: Content, form: Format, page: Page) -> list[Mapping[str, Any]]:
    """The blocks that the channel shows; the footer, which marketing cannot be without, is a mail's."""
    if form.kinds is None:
        return compiler.complete(content.blocks, marketing=page.marketing)
    return [each for each in content.blocks if each.get("kind") in blocks and form.shows(each["kind"])]


def block_faults(fields: Mapping[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """(field, sentence) for one block."""
    block = blocks[fields["kind"]]
    form = block.Form(data=dict(block.new(page.language), **fields) if block.pinned else dict(fields))
    for name, errors in form.errors.items():
        yield name, str(errors[0])
    for name in block.texts:
        yield from ((name, sentence) for sentence in template_faults(str(fields.get(name) or "")))
    for name in block.rich:
        for address in markdown.addresses(str(fields.get(name) or ""), page):
            yield from ((name, f"{address}: {sentence}") for sentence in address_faults(address, page))
    for name in block.links:
        yield from ((name, sentence) for sentence in link_faults(str(fields.get(name) or ""), page))
    yield from conditions.faults(fields)
    yield from block.faults(fields, page)


def link_faults(address: str, page: Page) -> Iterator[str]:
    """Sentences about an address that a link leads to; an empty one is the form's business."""
    found = list(address_faults(address, page))
    yield from found or template_faults(address)


def address_faults(address: str, page: Page) -> Iterator[str]:
    """As `link_faults`, for an address inside a text whose fields are checked there."""
    address = page.fixed(address.strip())
    if not address:
        return
    if "{%" in address:
        yield _("An address may hold fields, but no commands.")
    elif not ADDRESS.match(address) and not address.startswith("{{"):
        yield _("An address begins with https:// or http://.")
    elif address.startswith("http") and "{{" not in address and not targets.is_safe(address):
        yield _("This address cannot be opened. Look for blanks and typing errors.")


def template_faults(source: str) -> Iterator[str]:
    """Sentences about a text that is not valid, or names fields that do not exist."""
    if len(source) > template_language.LONGEST_SOURCE:
        yield _("This is too long for a message.")
        return
    try:
        template = template_language.parse(source, html=False)
    except template_language.Broken as broken:
        yield broken.sentence
        return
    known = personalisation.known()
    for use in template_language.uses(template):
        name, options = _unknown(use.path, known)
        if name:
            yield _unknown_sentence(name, options, use.line)


def block_words(content: Content, place: Place) -> str:
    """“Button (Label)” for a block and its field; empty when the place is in no block of the content."""
    for fields in content.blocks:
        kind = blocks.get(fields.get("kind", ""))
        if kind and fields.get("id") == place.block:
            field = kind.Form.base_fields.get(place.field)
            named = field is not None and field.label != kind.label
            return f"{kind.label} ({field.label})" if field and named else str(kind.label)
    return ""


def _unknown(
    path: tuple[str, ...], known: Mapping[str, personalisation.MergeField]
) -> tuple[str, dict[str, str]]:
    """(the part that does not exist, what could have been meant by what it may be called), or ("", {})."""
    root, rest = path[0], path[1:]
    if root in (*LOOP_FIELDS, *SYSTEM_FIELDS, *CALL_FIELDS):
        return "", {}
    if root not in known:
        labels = {str(field.label).lower().replace(" ", "_"): key for key, field in known.items()}
        return root, labels | {key: key for key in (*known, *SYSTEM_FIELDS)}
    keys = [part for part in rest if part != "[]" and not part.lstrip("-").isdigit()]
    items = [*known[root].items, "id", "first", "last"] if known[root].is_list else []
    wrong = next((key for key in keys if key not in [*items, "size"]), "")
    return wrong, {item: item for item in items}


def _unknown_sentence(name: str, options: dict[str, str], line: int) -> str:
    near = difflib.get_close_matches(name.lower(), options, n=1, cutoff=0.5)
    if near:
        sentence = _("Line %(line)d: there is no field “%(name)s”. Is “%(near)s” meant?")
        return sentence % {"line": line, "name": name, "near": options[near[0]]}
    return _("Line %(line)d: there is no field “%(name)s”.") % {"line": line, "name": name}


def _trial(content: Content, draft: compiler.Draft, look: Look, *, marketing: bool) -> Iterator[Fault]:
    """Compile and fill in with the samples: what no single field shows."""
    where = Place(content.language)
    try:
        compiled = compiler.compile_draft(draft, look, marketing=marketing, constants=compiler.constants())
    except template_language.Broken as broken:
        yield Fault(where, broken.sentence)
        return
    values = personalisation.samples(content.language) | call_data.sample(content.message)
    result = rendering.trial(compiled, content.language, values)
    if isinstance(result, rendering.RenderFault):
        yield Fault(where, result.sentence)
    else:
        for name, sentence in formats[draft.channel].faults(draft, result):
            yield Fault(where._replace(field=name), sentence, blocks=False)
    if marketing and formats[draft.channel].marked and "opt_out_url" not in compiled.fields:
        yield Fault(where, _("The opt-out link is missing. Add the footer."))
    if compiled.uncounted:
        sentence = _("Links that depend on the customer lead there directly; their clicks are not counted.")
        yield Fault(where, sentence, blocks=False)
