"""Corrections of points that wait for a second person."""

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
from loyalty.models import AdjustmentRequest


@panels.register
class WaitingCorrections(Panel):
    """For those who may confirm them, without their own."""

    key = "corrections"
    order = 30
    permission = "loyalty.approve_adjustment"

    def render(self, request: HttpRequest) -> str:
        waiting = AdjustmentRequest.objects.filter(state=AdjustmentRequest.State.WAITING)
        others = waiting.exclude(maker=cast(User, request.user))
        oldest = others.aggregate(at=Min("asked_at"))["at"]
        if oldest is None:
            return ""
        number = others.count()
        line = {
            "name": ngettext("%d correction of points", "%d corrections of points", number) % number,
            "note": _("Waiting since %s.") % formats.moment(oldest),
            "badge": _("waits"),
            "tone": "wait",
            "url": reverse("correction_list"),
            "button": _("Look at it"),
        }
        context = {"key": self.key, "title": _("Waiting for a second person"), "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
