from collections.abc import Iterator
from html import escape
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import markdown
from channels.messages.blocks import Block, BlockForm, Complaint, Fields, blocks, section
from channels.messages.page import OPT_OUT, PREFERENCES, Page
from customers.personalisation import in_language

WORDS = {
    "de": "Newsletter abbestellen",
    "en": "Unsubscribe",
    "fr": "Se désabonner",
    "nl": "Afmelden",
    "it": "Annulla l'iscrizione",
    "es": "Darse de baja",
    "pl": "Wypisz się",
}
CHOOSE = {
    "de": "Auswählen, was kommt",
    "en": "Choose what you get",
    "fr": "Choisir ce que je reçois",
    "nl": "Kiezen wat ik ontvang",
    "it": "Scegli cosa ricevere",
    "es": "Elegir lo que recibo",
    "pl": "Wybierz, co otrzymujesz",
}
STYLE = "color:#5f6b7a;text-decoration:underline"


class FooterForm(BlockForm):
    note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example why she gets this mail."),
    )
    opt_out = forms.CharField(label=_("Words of the opt-out link"), max_length=80)


@blocks.register
class Footer(Block):
    """The legal notice and the visible opt-out: always last, and never missing from marketing mail."""

    key = "footer"
    label = _("Footer")
    icon = "layout-bottombar"
    pinned: ClassVar[bool] = True
    Form = FooterForm
    texts = ("note", "opt_out")
    rich = ("note",)

    def new(self, language: str) -> dict[str, Any]:
        return {"note": "", "opt_out": in_language(WORDS, language)}

    def summary(self, fields: Fields) -> str:
        return gettext("Legal notice and opt-out")

    def mjml(self, fields: Fields, page: Page) -> str:
        note = markdown.html(fields.get("note", ""), page)
        imprint = escape(page.look.imprint.get(page.language, "").strip()).replace("\n", "<br />")
        parts = [f"<div>{note}</div>" if note else "", f"<p style='margin:0 0 12px'>{imprint}</p>"]
        if page.marketing:
            ways = [(PREFERENCES, in_language(CHOOSE, page.language)), (OPT_OUT, self._words(fields, page))]
            linked = [
                f"<a href='{page.hide(url)}' style='{STYLE}'>{page.words(words)}</a>" for url, words in ways
            ]
            parts.append(" &nbsp;·&nbsp; ".join(linked))
        inner = (
            '<mj-text font-size="13px" line-height="1.55" color="#5f6b7a" align="center" '
            'padding="20px 32px 40px">'
            f"{''.join(parts)}</mj-text>"
        )
        end = section('<mj-spacer height="16px" />')
        return f'{end}<mj-section css-class="plain" padding="0"><mj-column>{inner}</mj-column></mj-section>'

    def text(self, fields: Fields, page: Page) -> str:
        parts = [
            markdown.text(fields.get("note", ""), page),
            page.look.imprint.get(page.language, "").strip(),
        ]
        if page.marketing:
            parts.append(f"{in_language(CHOOSE, page.language)}: {PREFERENCES}")
            parts.append(f"{self._words(fields, page)}: {OPT_OUT}")
        return "-- \n" + "\n\n".join(part for part in parts if part)

    def faults(self, fields: Fields, page: Page) -> Iterator[Complaint]:
        if page.marketing and not page.look.imprint.get(page.language, "").strip():
            yield (
                "imprint",
                gettext("The legal notice is missing in this language. Add it under Settings, Brand."),
            )

    def _words(self, fields: Fields, page: Page) -> str:
        return str(fields.get("opt_out") or in_language(WORDS, page.language))
