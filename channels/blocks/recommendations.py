from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Complaint, Fields, Short, blocks
from channels.messages.cards import Card
from channels.messages.page import Page
from customers.recommendations import Strategy

NUMBERS = (1, 2, 3, 4, 6, 9, 12)


class RecommendationsForm(BlockForm):
    strategy = forms.ChoiceField(label=_("Which products"), choices=Strategy.choices, initial=Strategy.BEST)
    number = forms.TypedChoiceField(
        label=_("At most"), coerce=int, choices=[(each, str(each)) for each in NUMBERS], initial=3
    )
    heading = forms.CharField(
        label=_("Heading"),
        max_length=100,
        required=False,
        help_text=_("It is left out with the block when there is nothing to show."),
    )
    label = forms.CharField(label=_("Words of the link"), max_length=40, required=False)


@blocks.register
class Recommendations(Block):
    """Products for each reader, chosen at the moment of sending. Who has none to be shown does not see the block.

    All links of a block are counted as one, which leads to the page of the product that `?p=` names.
    """

    key = "recommendations"
    label = _("Recommendations")
    icon = "sparkles"
    position = 51
    Form = RecommendationsForm
    texts = ("heading", "label")

    def new(self, language: str) -> dict[str, Any]:
        label = cards.words(language)
        return {"strategy": Strategy.BEST.value, "number": 3, "heading": "", "label": label}

    def summary(self, fields: Fields) -> str:
        strategy = fields.get("strategy")
        return str(Strategy(strategy).label) if strategy in Strategy.values else ""

    def mjml(self, fields: Fields, page: Page) -> str:
        listed, number = _list(fields), _number(fields)
        rows = cards.rows(listed, number, _card(fields, page), fields.get("label", ""), page)
        shown = cards.heading(fields.get("heading", ""), page) + rows
        return cards.when(f"{listed}.size > 0", shown, page)

    def text(self, fields: Fields, page: Page) -> str:
        lines = cards.lines(_list(fields), _number(fields), _card(fields, page), page)
        heading = fields.get("heading", "")
        if not heading:
            return lines
        return f"{{% if {_list(fields)}.size > 0 %}}{heading}\n\n{{% endif %}}{lines}"

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(self.text(fields, page), cards.first_picture(_list(fields)))

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        return cards.faults(page, "strategy")


def _number(fields: Fields) -> int:
    """What was typed may be anything until it is mended."""
    return next((each for each in NUMBERS if str(each) == str(fields.get("number"))), NUMBERS[2])


def _list(fields: Fields) -> str:
    """The merge field with the products."""
    strategy = fields.get("strategy")
    return f"recommended_{strategy if strategy in Strategy.values else Strategy.BEST.value}"


def _card(fields: Fields, page: Page) -> Card:
    """The product of the loop."""
    label = f"{gettext('Recommendations')}: {Recommendations().summary(fields)}"
    return Card("p", cards.link(page, label, "p", "p.id"))
