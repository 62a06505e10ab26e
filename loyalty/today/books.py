"""Books that do not add up."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config.pages.today import Panel, panels
from loyalty.models import BooksCheck


@panels.register
class RedBooks(Panel):
    key = "books"
    order = 5
    permission = "loyalty.view_bookscheck"

    def render(self, request: HttpRequest) -> str:
        newest = BooksCheck.objects.order_by("-at", "-pk").first()
        if newest is None or newest.green:
            return ""
        broken = len(newest.findings)
        line = {
            "name": _("Points and coupons"),
            "note": ngettext("%d rule does not hold.", "%d rules do not hold.", broken) % broken,
            "badge": _("wrong"),
            "tone": "bad",
            "url": reverse("books"),
            "button": _("Look at it"),
        }
        context = {"key": self.key, "title": _("The books do not add up"), "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
