"""Blocks to a mail: MJML, compiled by mrml, and the plain text of the same blocks, as Liquid templates.

Every counted link becomes `{{ link_N }}`, filled in per person by `rendering`. Nothing is loaded from outside
but pictures: no fonts, no scripts, no style sheets.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import mrml

from channels.messages import language as template_language
from channels.messages.blocks import JOINT, blocks
from channels.messages.page import Look, Page, Target
from customers import catalogue, personalisation
from customers.models import Shop

# Fonts must be an empty table, or mrml links Google's for every family that it knows.
OPTIONS = mrml.RenderOptions(fonts={})
TAGS = {"mjml", "mj-head", "mj-title", "mj-preview", "mj-attributes", "mj-all", "mj-style", "mj-raw"}
TAGS |= {"mj-body", "mj-section", "mj-column", "mj-text", "mj-button", "mj-image", "mj-divider", "mj-spacer"}
FONTS = "-apple-system, BlinkMacSystemFont, Segoe UI, Roboto, Helvetica, Arial, sans-serif"
STYLE = """
img { font-family: sans-serif; color: #5f6b7a; }
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .mail, .mail > div { background-color: #14171c !important; }
  .card, .card > table { background: #1e232b !important; background-color: #1e232b !important; }
  .card div, .card p, .card li, .card td, .card .ink { color: #e8eaed !important; }
  .card .quiet div, .card .quiet p { color: #aab1bb !important; }
  .plain div, .plain p, .plain a { color: #aab1bb !important; }
  .head-logo, .head-logo > table { background: #f1f3f5 !important; background-color: #f1f3f5 !important; }
  .card .line p { border-color: #39414d !important; }
  .card a.accent, .head a.accent, .card p a.accent, .card li a.accent { color: %(bright)s !important; }
}
@media only screen and (max-width:479px) {
  .card .wide > table { width: 100%% !important; }
  h1 { font-size: 26px !important; }
}
"""
PRODUCT = re.compile(r"^product_(\d+)$")


@dataclass(frozen=True)
class Draft:
    """A content to compile: plain values, from a Content row or from the editor's form."""

    language: str
    subject: str
    preheader: str
    blocks: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Compiled:
    """Liquid templates, the links that they count, and the keys of the fields that they read.

    `uncounted`: addresses that depend on the reader, which lead there directly.
    """

    subject: str
    html: str
    text: str
    targets: Sequence[Target]
    fields: Sequence[str]
    uncounted: Sequence[str] = ()


class UnknownMarkup(ValueError):
    """A block produced a tag that MJML does not have; mrml would let it pass in silence."""


def compile_draft(
    draft: Draft, look: Look, *, marketing: bool, constants: Mapping[str, str], anchors: bool = False
) -> Compiled:
    """The compiled content; with `anchors` each block can be jumped to as "#block-ID".

    Raises language.Broken where a text is not a valid template.
    """
    page = page_for(draft, look, marketing=marketing, constants=constants)
    parts = complete(draft.blocks, marketing=marketing)
    markup = _document(draft, page, "".join(_block(each, page, anchors=anchors) for each in parts))
    markup = markup.replace(JOINT, "")
    _refuse_unknown(markup)
    html = page.show(mrml.to_html(markup, render_options=OPTIONS).content)
    texts = [blocks[each["kind"]].text(each, page) for each in parts]
    text = page.show("\n\n".join(part for part in texts if part)) + "\n"
    fields, targets = _fields(draft.subject, html, text), tuple(page.targets.values())
    return Compiled(draft.subject, html, text, targets, fields, tuple(dict.fromkeys(page.uncounted)))


def _block(fields: Mapping[str, Any], page: Page, *, anchors: bool) -> str:
    markup = blocks[fields["kind"]].mjml(fields, page)
    return (
        f'<mj-raw><div id="block-{escape(str(fields["id"]))}"></div></mj-raw>{markup}' if anchors else markup
    )


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


def _fields(subject: str, html: str, text: str) -> list[str]:
    used = set()
    for source, is_html in ((subject, False), (html, True), (text, False)):
        used |= {use.path[0] for use in template_language.uses(template_language.parse(source, html=is_html))}
    return sorted(key for key in used if not key.startswith("link_") and key != "forloop")


def _refuse_unknown(markup: str) -> None:
    unknown = set(re.findall(r"</?(mj[\w-]*)", markup)) - TAGS
    if unknown:
        raise UnknownMarkup(", ".join(sorted(unknown)))


def _document(draft: Draft, page: Page, body: str) -> str:
    return (
        f'<mjml lang="{escape(draft.language)}"><mj-head>'
        f"<mj-title>{page.words(draft.subject)}</mj-title>"
        f"<mj-preview>{page.words(draft.preheader)}</mj-preview>"
        f'<mj-attributes><mj-all font-family="{FONTS}" />'
        '<mj-text font-size="16px" line-height="1.6" color="#1f2933" padding="0 32px" /></mj-attributes>'
        '<mj-raw><meta name="color-scheme" content="light dark" />'
        '<meta name="supported-color-schemes" content="light dark" />'
        '<meta name="format-detection" content="telephone=no,date=no,address=no" /></mj-raw>'
        f"<mj-style>{STYLE % {'bright': page.look.bright}}</mj-style></mj-head>"
        '<mj-body background-color="#f1f3f5" width="600px" css-class="mail">'
        f"{_header(page)}{body}</mj-body></mjml>"
    )


def _header(page: Page) -> str:
    """The brand on top: its logo, or the shop's name set in its colour."""
    look = page.look
    home = escape(page.link(look.shop_url, look.shop_name), quote=True) if look.shop_url else ""
    href = f' href="{home}"' if home else ""
    if look.logo:
        picture = escape(catalogue.absolute(look.logo), quote=True)
        inner = f'<mj-image{href} src="{picture}" alt="{escape(look.shop_name, quote=True)}" width="180px" />'
    else:
        name = escape(look.shop_name)
        words = (
            f'<a href="{home}" class="accent" style="color:{look.accent};text-decoration:none">{name}</a>'
            if home
            else name
        )
        inner = (
            f'<mj-text align="center" font-size="22px" font-weight="700" letter-spacing="0.5px" '
            f'color="{look.accent}" css-class="brand">{words}</mj-text>'
        )
    name = "head head-logo" if look.logo else "head"
    return f'<mj-section padding="28px 0 20px" css-class="{name}"><mj-column>{inner}</mj-column></mj-section>'
