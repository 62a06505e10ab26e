from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Fields, Short, blocks, section
from channels.messages.page import Page
from customers.personalisation import in_language

WORDS = {
    "de": "Noch {{ shipping_gap }} bis zum kostenlosen Versand.",
    "en": "Only {{ shipping_gap }} to go until shipping is free.",
    "fr": "Plus que {{ shipping_gap }} pour la livraison gratuite.",
    "nl": "Nog {{ shipping_gap }} tot gratis verzending.",
    "it": "Ancora {{ shipping_gap }} per la spedizione gratuita.",
    "es": "Faltan {{ shipping_gap }} para el envío gratis.",
    "pl": "Jeszcze {{ shipping_gap }} do darmowej dostawy.",
}
REACHED = {
    "de": "Der Versand ist kostenlos.",
    "en": "Shipping is free.",
    "fr": "La livraison est gratuite.",
    "nl": "De verzending is gratis.",
    "it": "La spedizione è gratuita.",
    "es": "El envío es gratis.",
    "pl": "Dostawa jest darmowa.",
}
# Without a cart there is nothing to say, and none when shipping is free already.
MISSING = 'shipping_gap != ""'


class ShippingGapForm(BlockForm):
    words = forms.CharField(label=_("Words"), max_length=200)
    reached = forms.CharField(
        label=_("Words when it is reached"),
        max_length=200,
        required=False,
        help_text=_("In the shop only; elsewhere the block is left out then. Empty: there too."),
    )


@blocks.register
class ShippingGap(Block):
    """A bar with what her cart lacks until shipping is free, as it stands when the message is sent. In the shop it
    moves with the cart (channels/formats/in_app.py)."""

    key = "shipping_gap"
    label = _("Gap to free shipping")
    icon = "truck"
    position = 55
    Form = ShippingGapForm
    texts = ("words", "reached")

    def new(self, language: str) -> dict[str, Any]:
        return {"words": in_language(WORDS, language), "reached": in_language(REACHED, language)}

    def mjml(self, fields: Fields, page: Page) -> str:
        words = page.words(fields.get("words", ""))
        look = 'font-size="16px" line-height="1.5"'
        bar = f'<mj-text padding="4px 32px 20px">{_bar(page)}</mj-text>'
        text = f'<mj-text {look} font-weight="600" padding="16px 32px 4px">{words}</mj-text>'
        return cards.when(MISSING, section(text + bar), page)

    def text(self, fields: Fields, page: Page) -> str:
        return f"{{% if {MISSING} %}}{fields.get('words', '')}{{% endif %}}"

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(self.text(fields, page))


def _bar(page: Page) -> str:
    """Two cells of a table, which every mail program draws."""
    done = page.hide("{{ shipping_gap_percent }}")
    cell = 'height="8" style="font-size:0;line-height:8px;border-radius:4px"'
    return (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#d7dedd"><tr>'
        f'<td width="{done}%" bgcolor="{page.look.colour}" {cell}>&nbsp;</td><td {cell}>&nbsp;</td></tr></table>'
    )
