"""Domains whose mails are likely to end as spam."""

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from channels.domains import health, words
from channels.domains.findings import State
from channels.models import SendingDomain
from config.pages.today import Panel, panels


@panels.register
class Unproven(Panel):
    key = "domains"
    order = 15
    permission = "channels.view_sender"

    def render(self, request: HttpRequest) -> str:
        used = SendingDomain.objects.filter(name__in=health.names())
        lines = [self._line(domain) for domain in used if health.worst(domain) is State.BAD]
        if not lines:
            return ""
        context = {"key": self.key, "title": _("Mails that may end as spam"), "lines": lines}
        return render_to_string("components/_today_lines.html", context, request)

    def _line(self, domain: SendingDomain) -> dict[str, str]:
        first = next(each for each in health.of(domain) if each.state is State.BAD)
        return {
            "name": domain.name,
            "note": words.told(first, domain.name).sentence,
            "badge": _("wrong"),
            "tone": "bad",
            "url": reverse("domain", args=[domain.name]),
            "button": _("Look at it"),
        }
