"""Products as a mail draws them: a picture, name, price and a link, side by side."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from channels.messages.blocks import Complaint, attribute, section
from channels.messages.page import Page

FRAME = 'css-class="card" background-color="#ffffff" padding="8px 20px"'
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


@dataclass(frozen=True)
class Card:
    """A product whose values are read from the field `mark` when the message is sent.

    `link` is what `Page.link` gave, or ""; `pictured`: whether it has a picture, None when only sending can tell;
    `counted`: whether it has a quantity.
    """

    mark: str
    link: str
    pictured: bool | None = None
    counted: bool = False


def words(language: str) -> str:
    """The first words of a link."""
    return WORDS.get(language.split("-")[0], WORDS["en"])


def link(page: Page, label: str, query: str, value: str) -> str:
    """A counted link, of which only the click knows where it leads: to what `?query=` names by the field `value`, or to
    the shop's own page. "" without the shop's address."""
    if not page.look.shop_url:
        return ""
    return f"{page.link(page.look.shop_url, label)}?{query}={page.hide('{{ ' + value + ' }}')}"


def faults(page: Page, field: str) -> Iterator[Complaint]:
    """A fault at this field where such links have nowhere to lead."""
    if not page.look.shop_url:
        yield field, gettext("Enter the shop’s address under Settings: the links need one to lead to.")


def across(number: int) -> int:
    """How many stand side by side."""
    return 3 if number % 3 == 0 else 2


def column(card: Card, label: str, page: Page, side_by_side: int) -> str:
    name, price = _value(card, "name", page), _value(card, "price", page)
    if card.counted:
        price = f"{_value(card, 'quantity', page)} × {price}"
    return (
        f'<mj-column width="{100 / side_by_side:.4g}%" padding="0 12px 16px">'
        f"{_picture(card, page)}"
        f'<mj-text padding="4px 0 0" {SMALL} font-weight="600">{name}</mj-text>'
        f'<mj-text padding="2px 0 0" {SMALL}>{price}</mj-text>'
        f"{_words(card, label, page)}</mj-column>"
    )


def frame(columns: str, align: str = "center") -> str:
    """The columns as a strip of the mail. Its line end keeps the next strip out of the last column (`JOINT`)."""
    return f'<mj-section {FRAME} text-align="{align}">{columns}\n</mj-section>'


def line(card: Card, page: Page) -> str:
    """The product in a line of plain text."""
    link = f" {card.link}" if card.link else ""
    number = f"{{{{ {card.mark}.quantity }}}} × " if card.counted else ""
    return f"- {number}{{{{ {card.mark}.name }}}}, {{{{ {card.mark}.price }}}}{link}"


def rows(listed: str, number: int, card: Card, label: str, page: Page) -> str:
    """At most so many products of the field `listed`, which is known only when the message is sent: rows of them, of
    which none is empty. The card's mark is the loop's."""
    side_by_side = across(number)
    return "".join(
        _row(listed, start, min(start + side_by_side, number), card, label, page, side_by_side)
        for start in range(0, number, side_by_side)
    )


def lines(listed: str, number: int, card: Card, page: Page) -> str:
    """The same as lines of plain text."""
    between = "{% unless forloop.first %}\n{% endunless %}"
    return f"{{% for {card.mark} in {listed} limit: {number} %}}{between}{line(card, page)}{{% endfor %}}"


def first_picture(listed: str) -> str:
    """The picture of the first product of the field `listed`."""
    return f"{{% for p in {listed} limit: 1 %}}{{{{ p.picture }}}}{{% endfor %}}"


def heading(text: str, page: Page) -> str:
    """The words above a list, smaller than those of a heading of its own; "" without words."""
    words = page.words(text)
    if not words:
        return ""
    return section(
        '<mj-text font-size="20px" line-height="1.3" font-weight="700" padding="20px 32px 8px">'
        f'<h2 style="margin:0;font-size:20px;line-height:1.3">{words}</h2></mj-text>'
    )


def button(words: str, link: str, page: Page) -> str:
    """Both escaped already."""
    return (
        f'<mj-button href="{link}" background-color="{page.look.colour}" color="{page.look.ink}" '
        'font-size="16px" font-weight="600" border-radius="8px" inner-padding="14px 28px" '
        f'padding="12px 32px 24px" align="left">{words}</mj-button>'
    )


def when(condition: str, markup: str, page: Page) -> str:
    """Markup that is there for some readers only: whole sections of the mail, or parts of a column."""
    return f"{raw('{% if ' + condition + ' %}', page)}{markup}{raw('{% endif %}', page)}"


def raw(tag: str, page: Page) -> str:
    return f"<mj-raw>{page.hide(tag)}</mj-raw>"


def _row(listed: str, start: int, end: int, card: Card, label: str, page: Page, side_by_side: int) -> str:
    loop = f"{{% for {card.mark} in {listed} limit: {end - start} offset: {start} %}}"
    columns = f"{raw(loop, page)}{column(card, label, page, side_by_side)}{raw('{% endfor %}', page)}"
    row = frame(columns, align="left")
    return when(f"{listed}.size > {start}", row, page) if start else row


def _value(card: Card, key: str, page: Page) -> str:
    return page.words(f"{{{{ {card.mark}.{key} }}}}")


def _picture(card: Card, page: Page) -> str:
    if card.pictured is False:
        return ""
    href = f' href="{attribute(card.link)}"' if card.link else ""
    source, alt = _value(card, "picture", page), _value(card, "name", page)
    look = 'padding="0 0 8px" border-radius="6px" fluid-on-mobile="true"'
    image = f'<mj-image src="{source}" alt="{alt}"{href} {look} />'
    return image if card.pictured else when(f'{card.mark}.picture != ""', image, page)


def _words(card: Card, label: str, page: Page) -> str:
    label = page.words(label)
    if not card.link or not label:
        return ""
    style = f"color:{page.look.accent};font-weight:600;text-decoration:none"
    return (
        '<mj-text padding="4px 0 0" font-size="14px">'
        f'<a href="{attribute(card.link)}" class="accent" style="{style}">{label} →</a></mj-text>'
    )
