"""Webhooks that do not get through."""

from datetime import datetime, timedelta

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import formats
from config.pages.today import Panel, panels
from customers.hooks import words
from customers.models import Hook

SHOWN = 5
# A receiver that is away for less is nobody's work.
SOON = timedelta(hours=1)


@panels.register
class Silent(Panel):
    key = "hooks"
    order = 17
    permission = "customers.change_hook"

    def render(self, request: HttpRequest) -> str:
        lines = [self._line(hook) for hook in troubled(timezone.now())[:SHOWN]]
        if not lines:
            return ""
        context = {"key": self.key, "title": _("Webhooks that do not get through"), "lines": lines}
        return render_to_string("components/_today_lines.html", context, request)

    def _line(self, hook: Hook) -> dict[str, str]:
        since = formats.moment(hook.failing_since) if hook.failing_since else ""
        return {
            "name": hook.name,
            "note": words.why_paused(hook) if hook.paused_at else _("No call since %s.") % since,
            "badge": _("paused") if hook.paused_at else _("failing"),
            "tone": "bad" if hook.paused_at else "wait",
            "url": reverse("hook", args=[hook.pk]),
            "button": _("Look at it"),
        }


def troubled(at: datetime) -> list[Hook]:
    """Those that we have paused, and those that have failed for a while. People know of their own pauses."""
    ours = Hook.objects.exclude(pause_reason=Hook.Pause.BY_HAND)
    paused = ours.filter(paused_at__isnull=False)
    return list((paused | ours.filter(failing_since__lte=at - SOON)).order_by("name"))
