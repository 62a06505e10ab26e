"""Domains whose mails too many people report as spam."""

from typing import cast

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from channels.delivery import complaints
from channels.delivery.complaints import Level
from channels.models import SendingDomain
from config.pages.parts import Tone
from config.pages.today import Panel, panels
from customers.models import User


@panels.register
class Complaints(Panel):
    key = "complaints"
    order = 5
    permission = "channels.view_delivery"

    def render(self, request: HttpRequest) -> str:
        told = [each for each in SendingDomain.objects.all() if each.hold or _level(each) >= Level.ALARM]
        if not told:
            return ""
        lines = [_line(each, cast(User, request.user)) for each in told]
        context = {"key": self.key, "title": _("Mails reported as spam"), "lines": lines}
        return render_to_string("components/_today_lines.html", context, request)


def _level(domain: SendingDomain) -> Level:
    return complaints.level(domain.complaints, domain.mails)


def _line(domain: SendingDomain, user: User) -> dict[str, str]:
    tone: Tone = "bad" if domain.hold else "wait"
    url = _url(domain, user)
    return {
        "name": domain.name,
        "note": " ".join([complaints.reason(domain), _mend(domain)]),
        "badge": str(domain.get_hold_display()) if domain.hold else _("more than usual"),
        "tone": tone,
        "url": url or reverse("today"),
        "button": _("Look at it") if url else "",
    }


def _mend(domain: SendingDomain) -> str:
    if not domain.hold:
        return _("Write less often, and only to people who answer: at 0.2 % marketing pauses by itself.")
    return _("Marketing from there waits until somebody who approves lets it go on.")


def _url(domain: SendingDomain, user: User) -> str:
    if domain.hold and user.has_perm("channels.release_sendingdomain"):
        return reverse("domain_release", args=[domain.name])
    return reverse("domain", args=[domain.name]) if user.has_perm("channels.view_sender") else ""
