from collections.abc import Iterator

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.messages import formats as channel_formats
from channels.messages import septets
from channels.messages.blocks import Complaint
from channels.messages.formats import Compiled, Draft, Format, formats
from channels.messages.page import OPT_OUT, Page
from channels.messages.rendering import Rendered
from channels.models import Channel
from customers.personalisation import in_language

OPT_OUT_WORDS = {
    "de": "Abmelden",
    "en": "Opt out",
    "fr": "Se désabonner",
    "nl": "Afmelden",
    "it": "Disiscriviti",
    "es": "Baja",
    "pl": "Wypisz się",
}
KINDS = frozenset({"heading", "text", "button", "products", "recommendations"})


@formats.register
class Sms(Format):
    key = Channel.SMS.value
    label = _("SMS")
    icon = "message"
    position = 20
    marked = True
    has_conditions = True
    kinds = KINDS

    def fits(self, address: str) -> bool:
        return address.startswith("+")

    def compile(self, draft: Draft, page: Page, *, anchors: bool) -> Compiled:
        text = channel_formats.conditional(draft, page)
        if page.marketing:
            text += f"\n\n{in_language(OPT_OUT_WORDS, draft.language)}: {OPT_OUT}"
        return Compiled("", "", text)

    def faults(self, draft: Draft, shown: Rendered) -> Iterator[Complaint]:
        size = septets.size(shown.text.strip())
        if size.parts == 1:
            return
        told = {"parts": size.parts, "units": size.units, "sign": size.other}
        if size.other:
            yield (
                "",
                gettext("%(parts)d SMS parts, each is charged. Without “%(sign)s” more would fit into each.")
                % told,
            )
        else:
            yield "", gettext("%(parts)d SMS parts with %(units)d characters; each part is charged.") % told
