from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from channels.messages import cards
from channels.messages.blocks import Block, BlockForm, Fields, Short, blocks, section
from channels.messages.page import Page
from customers.personalisation import in_language

WORDS = {
    "de": "Ihr Punktestand: {{ points_balance }}",
    "en": "Your points: {{ points_balance }}",
    "fr": "Vos points : {{ points_balance }}",
    "nl": "Uw punten: {{ points_balance }}",
    "it": "I suoi punti: {{ points_balance }}",
    "es": "Sus puntos: {{ points_balance }}",
    "pl": "Twoje punkty: {{ points_balance }}",
}
ENDING = {
    "de": "{{ points_expiring }} davon enden bald, die ersten am {{ points_expiry_date }}.",
    "en": "{{ points_expiring }} of them end soon, the first on {{ points_expiry_date }}.",
    "fr": "{{ points_expiring }} expirent bientôt, les premiers le {{ points_expiry_date }}.",
    "nl": "{{ points_expiring }} daarvan vervallen binnenkort, de eerste op {{ points_expiry_date }}.",
    "it": "{{ points_expiring }} scadono presto, i primi il {{ points_expiry_date }}.",
    "es": "{{ points_expiring }} caducan pronto, los primeros el {{ points_expiry_date }}.",
    "pl": "{{ points_expiring }} z nich wkrótce wygasa, pierwsze {{ points_expiry_date }}.",
}
# Without a programme there is nothing to say; zero points are worth saying.
THERE = 'points_balance != ""'
SOON = 'points_expiring != "0" and points_expiring != ""'


class PointsForm(BlockForm):
    words = forms.CharField(label=_("Words"), max_length=200)
    ending = forms.CharField(
        label=_("Words for points that end soon"),
        max_length=200,
        required=False,
        help_text=_("Left out when none ends within 30 days."),
    )


@blocks.register
class PointsBlock(Block):
    """The balance as it stands when the message is sent, and what of it ends soon."""

    key = "points"
    label = _("Points")
    icon = "award"
    position = 53
    everywhere = True
    Form = PointsForm
    texts = ("words", "ending")

    def new(self, language: str) -> dict[str, Any]:
        return {"words": in_language(WORDS, language), "ending": in_language(ENDING, language)}

    def mjml(self, fields: Fields, page: Page) -> str:
        words, ending = page.words(fields.get("words", "")), page.words(fields.get("ending", ""))
        soon = f'<mj-text font-size="14px" padding="0 32px 16px">{ending}</mj-text>'
        look = 'font-size="20px" line-height="1.4" font-weight="600"'
        line = f'<mj-text {look} padding="16px 32px 8px">{words}</mj-text>'
        return cards.when(THERE, section(line + (cards.when(SOON, soon, page) if ending else "")), page)

    def text(self, fields: Fields, page: Page) -> str:
        ending = fields.get("ending", "")
        soon = f"{{% if {SOON} %}}\n{ending}{{% endif %}}" if ending else ""
        return f"{{% if {THERE} %}}{fields.get('words', '')}{soon}{{% endif %}}"

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(self.text(fields, page))
