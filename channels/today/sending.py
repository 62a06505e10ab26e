"""A database that may not send: restored, copied, or stopped by somebody."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from channels import arming
from channels.models import Arming
from config.pages.today import Panel, panels


@panels.register
class Disarmed(Panel):
    key = "sending"
    order = 1
    permission = "channels.view_arming"

    def render(self, request: HttpRequest) -> str:
        if arming.armed():
            return ""
        copied = Arming.objects.get(pk=1).place
        line = {
            "name": _("This database comes from somewhere else") if copied else _("Sending is stopped"),
            "note": _("Everything waits until somebody allows it to send."),
            "badge": _("waits"),
            "tone": "bad",
            "url": reverse("sending"),
            "button": _("Look at it"),
        }
        context = {"key": self.key, "title": _("Nothing is sent"), "lines": [line]}
        return render_to_string("components/_today_lines.html", context, request)
