from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages.blocks import Block, BlockForm, Complaint, Fields, attribute, blocks
from channels.messages.page import Page

MOST = 12
SMALL = 'font-size="15px" line-height="1.4"'
WORDS = {
    "de": "Ansehen",
    "en": "View",
    "fr": "Découvrir",
    "nl": "Bekijken",
    "it": "Scopri",
    "es": "Ver",
    "pl": "Zobacz",
}


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
        return {"products": [], "label": WORDS.get(language.split("-")[0], WORDS["en"])}

    def summary(self, fields: Fields) -> str:
        return gettext("%(count)d products") % {"count": len(fields.get("products") or ())}

    def mjml(self, fields: Fields, page: Page) -> str:
        found = self._found(fields, page)
        across = 3 if len(found) % 3 == 0 else 2
        rows = [found[i : i + across] for i in range(0, len(found), across)]
        return "".join(self._row(row, fields, page, across) for row in rows)

    def text(self, fields: Fields, page: Page) -> str:
        lines = []
        for product in self._found(fields, page):
            mark = f"product_{product['id']}"
            link = f" {page.link(product['link'], product['name'])}" if product["link"] else ""
            lines.append(f"- {{{{ {mark}.name }}}}, {{{{ {mark}.price }}}}{link}")
        return "\n".join(lines)

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        chosen = fields.get("products") or ()
        if not chosen:
            yield "products", gettext("Choose at least one product.")
        if len(self._found(fields, page)) < len(chosen):
            yield "products", gettext("A product that you chose is no longer in the catalogue. Remove it.")

    def _found(self, fields: Fields, page: Page) -> list[Mapping[str, Any]]:
        return [page.products[i] for i in fields.get("products") or () if i in page.products]

    def _row(self, row: list[Mapping[str, Any]], fields: Fields, page: Page, across: int) -> str:
        columns = "".join(self._column(product, fields, page, across) for product in row)
        frame = 'css-class="card" background-color="#ffffff" padding="8px 20px"'
        return f"<mj-section {frame}>{columns}</mj-section>"

    def _column(self, product: Mapping[str, Any], fields: Fields, page: Page, across: int) -> str:
        mark = f"product_{product['id']}"
        link = attribute(page.link(product["link"], product["name"])) if product["link"] else ""
        name, price = page.words(f"{{{{ {mark}.name }}}}"), page.words(f"{{{{ {mark}.price }}}}")
        return (
            f'<mj-column width="{100 / across:.4g}%" padding="0 12px 16px">'
            f"{self._picture(product, link, page)}"
            f'<mj-text padding="4px 0 0" {SMALL} font-weight="600">{name}</mj-text>'
            f'<mj-text padding="2px 0 0" {SMALL}>{price}</mj-text>'
            f"{self._words(fields, link, page)}</mj-column>"
        )

    def _picture(self, product: Mapping[str, Any], link: str, page: Page) -> str:
        if not product["picture"]:
            return ""
        href = f' href="{link}"' if link else ""
        source, alt = (page.words(f"{{{{ product_{product['id']}.{key} }}}}") for key in ("picture", "name"))
        look = 'padding="0 0 8px" border-radius="6px" fluid-on-mobile="true"'
        return f'<mj-image src="{source}" alt="{alt}"{href} {look} />'

    def _words(self, fields: Fields, link: str, page: Page) -> str:
        label = page.words(fields.get("label", ""))
        if not link or not label:
            return ""
        style = f"color:{page.look.accent};font-weight:600;text-decoration:none"
        return (
            '<mj-text padding="4px 0 0" font-size="14px">'
            f'<a href="{link}" class="accent" style="{style}">{label} →</a></mj-text>'
        )
