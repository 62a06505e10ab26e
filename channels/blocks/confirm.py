from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import cards, conditions
from channels.messages.blocks import Block, BlockForm, Complaint, Fields, Short, attribute, blocks, section
from channels.messages.page import CONFIRM, Page
from customers.personalisation import in_language

WORDS = {
    "de": "Dürfen wir weiterhin schreiben? Ein Klick genügt, und alles bleibt, wie es ist.",
    "en": "Shall we keep writing to you? One click is enough, and everything stays as it is.",
    "fr": "Souhaitez-vous continuer à recevoir nos messages ? Un clic suffit, et rien ne change.",
    "nl": "Zullen we je blijven schrijven? Eén klik is genoeg, en alles blijft zoals het is.",
    "it": "Possiamo continuare a scriverti? Basta un clic e tutto resta com'è.",
    "es": "¿Seguimos escribiéndote? Basta un clic y todo queda como está.",
    "pl": "Czy mamy dalej pisać? Wystarczy jedno kliknięcie i wszystko zostanie bez zmian.",
}
LABEL = {
    "de": "Ja, bitte weiterhin schreiben",
    "en": "Yes, keep writing to me",
    "fr": "Oui, continuez à m'écrire",
    "nl": "Ja, blijf me schrijven",
    "it": "Sì, continuate a scrivermi",
    "es": "Sí, quiero seguir recibiendo mensajes",
    "pl": "Tak, piszcie dalej",
}


class ConfirmForm(BlockForm):
    words = forms.CharField(label=_("Words"), max_length=300)
    label = forms.CharField(label=_("Words on the button"), max_length=80)


@blocks.register
class Confirm(Block):
    """Leads to her own page, where one tap says yes again. A message with it goes to people who have been silent for
    longer than the delivery policy allows (channels/gates/idle.py)."""

    key = "confirm"
    label = _("Ask whether to keep writing")
    help = _(
        "Leads to her own page, where one tap says yes again, and another that her interests are still right. Opening "
        "the page changes nothing. A message with this block also goes to people whose consent the delivery policy "
        "lets rest."
    )
    icon = "user-heart"
    position = 85
    everywhere = True
    Form = ConfirmForm
    texts = ("words", "label")

    def new(self, language: str) -> dict[str, Any]:
        return {"words": in_language(WORDS, language), "label": in_language(LABEL, language)}

    def mjml(self, fields: Fields, page: Page) -> str:
        words = page.words(fields.get("words", ""))
        text = f'<mj-text font-size="16px" line-height="1.5" align="center" padding="16px 32px 4px">{words}</mj-text>'
        link = attribute(page.link(CONFIRM))
        return section(text + cards.button(page.words(fields.get("label", "")), link, page))

    def text(self, fields: Fields, page: Page) -> str:
        return f"{fields.get('words', '')}\n{fields.get('label', '')}: {page.link(CONFIRM)}"

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        if fields.get(conditions.FIELD):
            sentence = gettext(
                "Everybody has to see this block, for whoever has been silent is written to because of it."
            )
            yield conditions.FIELD, sentence

    def short(self, fields: Fields, page: Page) -> Short:
        return Short(fields.get("words", ""), label=fields.get("label", ""), link=page.link(CONFIRM))
