"""Blocks to what a channel shows, as Liquid templates; how it looks is the business of the channel's format.

Every counted link becomes `{{ link_N }}`, filled in per person by `rendering`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from channels.messages import language as template_language
from channels.messages.blocks import blocks
from channels.messages.formats import Compiled as Compiled
from channels.messages.formats import Draft as Draft
from channels.messages.formats import formats
from channels.messages.page import Look, Page
from channels.models import Content
from customers import catalogue, personalisation
from customers.models import Shop

PRODUCT = re.compile(r"^product_(\d+)$")


def compile_draft(
    draft: Draft, look: Look, *, marketing: bool, constants: Mapping[str, str], anchors: bool = False
) -> Compiled:
    """The compiled content; with `anchors` each block of a mail can be jumped to as "#block-ID".

    Raises language.Broken where a text is not a valid template.
    """
    page = page_for(draft, look, marketing=marketing, constants=constants)
    made = formats[draft.channel].compile(draft, page, anchors=anchors)
    return replace(
        made,
        fields=_fields(made),
        targets=tuple(page.targets.values()),
        uncounted=tuple(dict.fromkeys(page.uncounted)),
    )


def draft_of(content: Content) -> Draft:
    return Draft(
        content.language,
        content.subject,
        content.preheader,
        content.blocks,
        content.channel,
        content.options,
    )


def texts_in(parts: Any) -> Iterator[str]:
    """Every text of `parts`, however deep: each is a template."""
    if isinstance(parts, str):
        yield parts
    elif isinstance(parts, Mapping):
        for each in parts.values():
            yield from texts_in(each)
    elif isinstance(parts, Sequence):
        for each in parts:
            yield from texts_in(each)


def page_for(draft: Draft, look: Look, *, marketing: bool, constants: Mapping[str, str]) -> Page:
    source = json.dumps([draft.subject, draft.preheader, list(draft.blocks)], ensure_ascii=False, default=str)
    word = "zq"
    while re.search(rf"{word}\d", source):
        word += "q"
    chosen = [
        int(i) for each in draft.blocks if each["kind"] == "products" for i in each.get("products") or ()
    ]
    return Page(
        draft.language,
        look,
        marketing,
        catalogue.load(chosen, draft.language) if chosen else {},
        constants,
        word=word,
    )


def complete(parts: Sequence[Mapping[str, Any]], *, marketing: bool) -> list[Mapping[str, Any]]:
    """The blocks of known kinds, with the footer last: marketing mail cannot be without."""
    known = [each for each in parts if str(each.get("kind")) in blocks]
    footers = [each for each in known if blocks[each["kind"]].pinned]
    if marketing and not footers:
        footers = [{"id": "footer", "kind": "footer"}]
    return [each for each in known if not blocks[each["kind"]].pinned] + footers[:1]


def chosen_products(fields: Sequence[str]) -> list[int]:
    """The ids of the products whose values a compiled content reads when it is sent."""
    return [int(found.group(1)) for key in fields if (found := PRODUCT.match(key))]


def constants() -> dict[str, str]:
    """The values of the fields that are the same for everybody."""
    keys = {each.key for each in personalisation.fields() if each.constant}
    shop = Shop.current()
    values = {"shop_name": shop.name, "shop_url": shop.url.rstrip("/")}
    return {key: value for key, value in values.items() if key in keys and value}


def _fields(made: Compiled) -> list[str]:
    used = set()
    plain = ((text, False) for text in (made.subject, made.text, *texts_in(made.parts)))
    for source, is_html in (*plain, (made.html, True)):
        used |= {use.path[0] for use in template_language.uses(template_language.parse(source, html=is_html))}
    return sorted(key for key in used if not key.startswith("link_") and key != "forloop")
