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
from customers.personalisation import LONGEST_LIST, in_language

HEADING = {
    "de": "Ihr Warenkorb",
    "en": "Your cart",
    "fr": "Votre panier",
    "nl": "Uw winkelwagen",
    "it": "Il suo carrello",
    "es": "Su carrito",
    "pl": "Twój koszyk",
}
MORE = {
    "de": "Dazu weitere Artikel: {{ cart_more }}",
    "en": "Further products: {{ cart_more }}",
    "fr": "Autres articles : {{ cart_more }}",
    "nl": "Overige artikelen: {{ cart_more }}",
    "it": "Altri articoli: {{ cart_more }}",
    "es": "Otros artículos: {{ cart_more }}",
    "pl": "Pozostałe produkty: {{ cart_more }}",
}
TOTAL = {
    "de": "Summe: {{ cart_value }}",
    "en": "Total: {{ cart_value }}",
    "fr": "Total : {{ cart_value }}",
    "nl": "Totaal: {{ cart_value }}",
    "it": "Totale: {{ cart_value }}",
    "es": "Total: {{ cart_value }}",
    "pl": "Razem: {{ cart_value }}",
}
LABEL = {
    "de": "Zum Warenkorb",
    "en": "Back to the cart",
    "fr": "Voir le panier",
    "nl": "Naar de winkelwagen",
    "it": "Vai al carrello",
    "es": "Ir al carrito",
    "pl": "Przejdź do koszyka",
}
LIST = "cart_lines"
THERE, MORE_THERE = f"{LIST}.size > 0", "cart_more > 0"


class CartForm(BlockForm):
    heading = forms.CharField(label=_("Heading"), max_length=100, required=False)
    more = forms.CharField(
        label=_("Words for what else is in it"),
        max_length=200,
        required=False,
        help_text=_("For carts with more than 12 products; left out otherwise."),
    )
    total = forms.CharField(label=_("Words for the value"), max_length=200, required=False)
    label = forms.CharField(label=_("Words on the button"), max_length=80)


@blocks.register
class CartBlock(Block):
    """What lies in her cart when the message is sent, and a button that opens it. Who has none does not see the block.

    The link is counted as one, which leads to the cart that `?c=` names."""

    key = "cart"
    label = _("Cart")
    help = _(
        "Her newest cart of the last 30 days, as it stands when the message is sent. Who has none, or has bought "
        "it, does not see the block."
    )
    icon = "shopping-cart"
    position = 54
    everywhere = True
    Form = CartForm
    texts = ("heading", "more", "total", "label")

    def new(self, language: str) -> dict[str, Any]:
        words = {"heading": HEADING, "more": MORE, "total": TOTAL, "label": LABEL}
        return {name: in_language(texts, language) for name, texts in words.items()}

    def mjml(self, fields: Fields, page: Page) -> str:
        link = _link(page)
        rows = cards.rows(LIST, LONGEST_LIST, Card("p", link, counted=True), "", page)
        shown = f"{cards.heading(fields.get('heading', ''), page)}{rows}{_end(fields, link, page)}"
        return cards.when(THERE, shown, page)

    def text(self, fields: Fields, page: Page) -> str:
        short = self.short(fields, page)
        button = f"\n\n{short.label}: {short.link}" if short.link else ""
        return only(short, f"{short.text}{button}")

    def short(self, fields: Fields, page: Page) -> Short:
        heading = f"{fields['heading']}\n\n" if fields.get("heading") else ""
        lines = cards.lines(LIST, LONGEST_LIST, Card("p", "", counted=True), page)
        more = f"{{% if {MORE_THERE} %}}\n{fields['more']}{{% endif %}}" if fields.get("more") else ""
        total = f"\n\n{fields['total']}" if fields.get("total") else ""
        text = f"{heading}{lines}{more}{total}"
        return Short(text, cards.first_picture(LIST), fields.get("label", ""), _link(page), THERE)

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        return cards.faults(page, "label")


def _link(page: Page) -> str:
    return cards.link(page, gettext("Cart"), "c", f"{LIST}.first.cart")


def _end(fields: Fields, link: str, page: Page) -> str:
    """What else is in it, its value, and the button."""
    more, total = page.words(fields.get("more", "")), page.words(fields.get("total", ""))
    lines = [
        cards.when(MORE_THERE, f'<mj-text padding="4px 32px 8px">{more}</mj-text>', page) if more else "",
        f'<mj-text font-weight="600" padding="4px 32px 8px">{total}</mj-text>' if total else "",
    ]
    button = cards.button(page.words(fields.get("label", "")), attribute(link), page) if link else ""
    return section(f"{''.join(lines)}{button}")
