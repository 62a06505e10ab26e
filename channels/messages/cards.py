"""Products as a mail draws them: a picture, name, price and a link, side by side."""

from dataclasses import dataclass

from channels.messages.blocks import attribute
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

    `link` is what `Page.link` gave, or ""; `pictured`: whether it has a picture, None when only sending can tell.
    """

    mark: str
    link: str
    pictured: bool | None = None


def words(language: str) -> str:
    """The first words of a link."""
    return WORDS.get(language.split("-")[0], WORDS["en"])


def across(number: int) -> int:
    """How many stand side by side."""
    return 3 if number % 3 == 0 else 2


def column(card: Card, label: str, page: Page, side_by_side: int) -> str:
    name, price = _value(card, "name", page), _value(card, "price", page)
    return (
        f'<mj-column width="{100 / side_by_side:.4g}%" padding="0 12px 16px">'
        f"{_picture(card, page)}"
        f'<mj-text padding="4px 0 0" {SMALL} font-weight="600">{name}</mj-text>'
        f'<mj-text padding="2px 0 0" {SMALL}>{price}</mj-text>'
        f"{_words(card, label, page)}</mj-column>"
    )


def line(card: Card, page: Page) -> str:
    """The product in a line of plain text."""
    link = f" {card.link}" if card.link else ""
    return f"- {{{{ {card.mark}.name }}}}, {{{{ {card.mark}.price }}}}{link}"


def when(condition: str, markup: str, page: Page) -> str:
    """Markup that is there for some readers only: whole sections of the mail, or parts of a column."""
    return f"{raw('{% if ' + condition + ' %}', page)}{markup}{raw('{% endif %}', page)}"


def raw(tag: str, page: Page) -> str:
    return f"<mj-raw>{page.hide(tag)}</mj-raw>"


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
