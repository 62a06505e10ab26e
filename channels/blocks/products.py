from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Complaint, Fields, blocks
from channels.messages.cards import Card
from channels.messages.page import Page

MOST = 12


class ProductsField(forms.Field):
    """Product ids in the order in which they are shown; one hidden input each."""

    widget = forms.MultipleHiddenInput(attrs={"data-products": ""})

    def to_python(self, value: Any) -> list[int]:
        ids = [int(each) for each in value or () if str(each).isdecimal()]
        if len(ids) > MOST:
            raise forms.ValidationError(gettext("At most %(most)d products.") % {"most": MOST})
        return list(dict.fromkeys(ids))


class ProductsForm(BlockForm):
    products = ProductsField(label=_("Products"))
    label = forms.CharField(label=_("Words of the link"), max_length=40, required=False)


@blocks.register
class Products(Block):
    """Chosen products. Name, price and picture are the catalogue's at the moment of sending."""

    key = "products"
    label = _("Products")
    icon = "shopping-bag"
    position = 50
    Form = ProductsForm
    texts = ("label",)

    def new(self, language: str) -> dict[str, Any]:
        return {"products": [], "label": cards.words(language)}

    def summary(self, fields: Fields) -> str:
        return gettext("%(count)d products") % {"count": len(fields.get("products") or ())}

    def mjml(self, fields: Fields, page: Page) -> str:
        found = self._cards(fields, page)
        across = cards.across(len(found))
        rows = [found[i : i + across] for i in range(0, len(found), across)]
        return "".join(self._row(row, fields, page, across) for row in rows)

    def text(self, fields: Fields, page: Page) -> str:
        return "\n".join(cards.line(card, page) for card in self._cards(fields, page))

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        chosen = fields.get("products") or ()
        if not chosen:
            yield "products", gettext("Choose at least one product.")
        if len(self._found(fields, page)) < len(chosen):
            yield "products", gettext("A product that you chose is no longer in the catalogue. Remove it.")

    def _found(self, fields: Fields, page: Page) -> list[Mapping[str, Any]]:
        return [page.products[i] for i in fields.get("products") or () if i in page.products]

    def _cards(self, fields: Fields, page: Page) -> list[Card]:
        return [
            Card(
                f"product_{product['id']}",
                page.link(product["link"], product["name"]) if product["link"] else "",
                bool(product["picture"]),
            )
            for product in self._found(fields, page)
        ]

    def _row(self, row: list[Card], fields: Fields, page: Page, across: int) -> str:
        columns = "".join(cards.column(card, fields.get("label", ""), page, across) for card in row)
        return cards.frame(columns)
