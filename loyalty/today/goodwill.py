"""Goodwill at the tills of one's own stores that waits for a second person."""

from typing import cast

from django.db.models import Min
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from config import formats
from config.pages.today import Panel, panels
from customers.models import User
from loyalty.models import GoodwillRequest
from loyalty.till import stores


@panels.register
class WaitingGoodwill(Panel):
    """For those who may confirm it, without their own."""

    key = "goodwill"
    order = 31
    permission = stores.USE

    def render(self, request: HttpRequest) -> str:
        reader = cast(User, request.user)
        waiting = GoodwillRequest.objects.filter(
            state=GoodwillRequest.State.WAITING, store__in=stores.of(reader)
        )
        others = waiting.exclude(maker=reader)
        oldest = others.aggregate(at=Min("asked_at"))["at"]
        if oldest is None:
            return ""
        number = others.count()
        line = {
            "name": ngettext("%d goodwill coupon", "%d goodwill coupons", number) % number,
            "note": _("Waiting since %s.") % formats.moment(oldest),
            "badge": _("waits"),
            "tone": "wait",
            "url": reverse("till"),
            "button": _("To the till"),
        }
        context = {"key": self.key, "title": _("Goodwill that waits for a second person"), "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
