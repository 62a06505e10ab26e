"""Somebody is trying out codes."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.pages.today import Panel, panels
from loyalty.coupons import guessing

WORTH_SAYING = 20  # calls held back in a day: a hurried customer is held back once or twice


@panels.register
class Guesses(Panel):
    key = "guesses"
    order = 6
    permission = "loyalty.view_giftcard"

    def render(self, request: HttpRequest) -> str:
        _refused, held_back = guessing.tries(timezone.now())
        if held_back < WORTH_SAYING:
            return ""
        note = ngettext(
            "%d call was held back in 24 hours.", "%d calls were held back in 24 hours.", held_back
        )
        line = {
            "name": _("Codes of coupons and gift cards"),
            "note": note % held_back,
            "badge": _("guessing"),
            "tone": "bad",
            "url": reverse("gift_card_list"),
            "button": _("Look at it"),
        }
        context = {"key": self.key, "title": _("Somebody is trying out codes"), "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
