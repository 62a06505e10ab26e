from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import (
    Block,
    BlockForm,
    Complaint,
    Fields,
    Short,
    attribute,
    blocks,
    only,
    section,
)
from channels.messages.cards import Card
from channels.messages.page import Page
from customers.personalisation import in_language

HEADING = {
    "de": "Wieder da",
    "en": "Back in stock",
    "fr": "De nouveau disponible",
    "nl": "Weer op voorraad",
    "it": "Di nuovo disponibile",
    "es": "Disponible de nuevo",
    "pl": "Znów dostępne",
}
LIST = "back_in_stock"
THERE, FIRST = f"{LIST}.size > 0", f"{LIST}.first"


class BackInStockForm(BlockForm):
    heading = forms.CharField(label=_("Heading"), max_length=100, required=False)
    label = forms.CharField(label=_("Words on the button"), max_length=80)


@blocks.register
class BackInStockBlock(Block):
    """The product that she waited for and that came back last. Who waits for none does not see the block.

    The link is counted as one, which leads to the page of the product that `?p=` names."""

    key = LIST
    label = _("Back in stock")
    help = _(
        "A product that was sold out and is there again: one of her favourites, one that she looked at twice within 30 "
        "days, or one in a cart of hers. Who waits for none, or has bought it since, does not see the block."
    )
    icon = "package"
    position = 55
    everywhere = True
    Form = BackInStockForm
    texts = ("heading", "label")

    def new(self, language: str) -> dict[str, Any]:
        return {"heading": in_language(HEADING, language), "label": cards.words(language)}

    def mjml(self, fields: Fields, page: Page) -> str:
        link = _link(page)
        column = cards.column(Card(FIRST, link), "", page, 1)
        label = page.words(fields.get("label", ""))
        button = section(cards.button(label, attribute(link), page)) if link else ""
        heading = cards.heading(fields.get("heading", ""), page)
        return cards.when(THERE, f"{heading}{cards.frame(column)}{button}", page)

    def text(self, fields: Fields, page: Page) -> str:
        short = self.short(fields, page)
        button = f"\n{short.label}: {short.link}" if short.link else ""
        return only(short, f"{short.text}{button}")

    def short(self, fields: Fields, page: Page) -> Short:
        heading = f"{fields['heading']}\n\n" if fields.get("heading") else ""
        text = f"{heading}{{{{ {FIRST}.name }}}}, {{{{ {FIRST}.price }}}}"
        return Short(text, f"{{{{ {FIRST}.picture }}}}", fields.get("label", ""), _link(page), THERE)

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        return cards.faults(page, "label")


def _link(page: Page) -> str:
    return cards.link(page, gettext("Back in stock"), "p", f"{FIRST}.id")
