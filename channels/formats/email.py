"""A mail: blocks become MJML, compiled by mrml, and the plain text of the same blocks.

Nothing is loaded from outside but pictures: no fonts, no scripts, no style sheets.
"""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import mrml
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards, compiler, conditions
from channels.messages.blocks import JOINT, Complaint, blocks
from channels.messages.formats import Compiled, Draft, Format, formats
from channels.messages.page import Page
from channels.messages.rendering import Rendered
from channels.models import Channel
from customers import catalogue

LARGE_MAIL = 90_000
# What SMTP can carry without quoting. Anything that could end a header or a command is outside of it.
LOCAL = r"[^\s\x00-\x20\x7f-\x9f\"(),:;<>@\[\\\]]{1,64}"
LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
ADDRESS = re.compile(rf"{LOCAL}@(?:{LABEL}\.)+{LABEL}")
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


class UnknownMarkup(ValueError):
    """A block produced a tag that MJML does not have; mrml would let it pass in silence."""


@formats.register
class Email(Format):
    key = Channel.EMAIL.value
    label = _("E-mail")
    icon = "mail"
    position = 10
    title = _("Subject")
    longest_title = 60
    has_preheader = True
    has_markup = True
    marked = True
    has_conditions = True
    begins_with = ("heading", "text", "button", "footer")

    def fits(self, address: str) -> bool:
        return len(address) <= 254 and ADDRESS.fullmatch(address) is not None

    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        parts = compiler.complete(draft.blocks, marketing=page.marketing)
        markup = _document(draft, page, "".join(_block(each, page, anchors=anchors) for each in parts))
        markup = markup.replace(JOINT, "")
        _refuse_unknown(markup)
        html = page.show(mrml.to_html(markup, render_options=OPTIONS).content)
        texts = [(each, blocks[each["kind"]].text(each, page)) for each in parts]
        text = "".join(
            conditions.wrapped(each, f"{words}\n\n", page.hide) for each, words in texts if words
        ).removesuffix("\n")
        text = page.show(text)
        return Compiled(draft.subject, html, text)

    def faults(self, draft: Draft, shown: Rendered) -> Iterator[Complaint]:
        if len(shown.html.encode()) > LARGE_MAIL:
            yield "", gettext("The mail is very long: Gmail cuts it off. Leave something out.")


def _block(fields: Mapping[str, Any], page: Page, *, anchors: bool) -> str:
    markup = conditions.wrapped(
        fields, blocks[fields["kind"]].mjml(fields, page), lambda tag: cards.raw(tag, page)
    )
    return (
        f'<mj-raw><div id="block-{escape(str(fields["id"]))}"></div></mj-raw>{markup}' if anchors else markup
    )


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
    column = f"<mj-column>{inner}</mj-column>\n"  # the line end keeps the first block out of it (JOINT)
    return f'<mj-section padding="28px 0 20px" css-class="{name}">{column}</mj-section>'
