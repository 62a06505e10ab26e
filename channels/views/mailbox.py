"""The sandbox's mailbox: every mail as the customer who got it would see it."""

import re
from typing import Any

from csp.constants import NONE, SELF
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from channels import sandbox_mails
from channels.models import Channel, Delivery, DeliveryEvent, SandboxMail
from config.pages import asked, paging

PER_PAGE = 30
PARTS = ("html", "text", "headers")
WIDTHS = ("desktop", "phone")
# A marketer's HTML never runs with our cookies: an opaque origin, no scripts, no forms. Links open new windows.
MAIL_POLICY = {
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
    "default-src": [NONE],
    "script-src": [NONE],
    "img-src": [SELF, "data:", "https:", "http:"],
    "style-src": ["'unsafe-inline'"],
    "font-src": ["data:"],
    "form-action": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [SELF],
}


@login_required
@permission_required("channels.view_sandboxmail", raise_exception=True)
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, newest first. `?q=` finds in recipient and subject."""
    return _answer(request, _list(request))


@login_required
@permission_required("channels.view_sandboxmail", raise_exception=True)
def mail(request: HttpRequest, mail_id: int) -> HttpResponse:
    """One mail. `?part=` html, text or headers; `?width=` desktop or phone."""
    opened = get_object_or_404(
        SandboxMail.objects.select_related("delivery"), channel=Channel.EMAIL, pk=mail_id
    )
    content = sandbox_mails.read(opened)
    part = _one_of(request.GET.get("part"), PARTS)
    if part == "html" and not content.html:
        part = "text"
    about = {
        "mail": opened,
        "content": content,
        "part": part,
        "width": _one_of(request.GET.get("width"), WIDTHS),
        "facts": facts(opened.delivery),
    }
    return _answer(request, _list(request) | about)


@login_required
@permission_required("channels.view_sandboxmail", raise_exception=True)
@xframe_options_sameorigin
def mail_html(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The HTML part alone, under its own address and policy, to be framed."""
    content = sandbox_mails.read(get_object_or_404(SandboxMail, channel=Channel.EMAIL, pk=mail_id))
    response = HttpResponse(_in_new_windows(content.html))
    response._csp_replace = MAIL_POLICY  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_required
@permission_required("channels.view_sandboxmail", raise_exception=True)
def mail_source(request: HttpRequest, mail_id: int) -> HttpResponse:
    """The mail as it would go over the line, as a file."""
    found = get_object_or_404(SandboxMail, channel=Channel.EMAIL, pk=mail_id)
    name = {"Content-Disposition": f'attachment; filename="mail-{found.pk}.eml"'}
    return HttpResponse(bytes(found.raw), content_type="message/rfc822", headers=name)


def facts(delivery: Delivery | None) -> list[tuple[str, str]]:
    """What has happened to the mail, as words and colours."""
    if delivery is None:
        return []
    events = DeliveryEvent.objects.filter(delivery=delivery, human=True)
    kinds = sorted(set(events.values_list("kind", flat=True)))
    tones = {DeliveryEvent.Kind.OPTED_OUT: "wait", DeliveryEvent.Kind.COMPLAINED: "bad"}
    labels = dict(DeliveryEvent.Kind.choices)
    attempt = [(_("after another channel"), "info")] if delivery.attempt else []
    seen = [(str(labels[kind]), tones.get(DeliveryEvent.Kind(kind), "info")) for kind in kinds]
    return [(delivery.get_state_display(), "good"), *attempt, *seen]


def _in_new_windows(html: str) -> str:
    base = '<base target="_blank">'
    with_base, heads = re.subn(r"(<head\b[^>]*>)", rf"\1{base}", html, count=1, flags=re.IGNORECASE)
    return with_base if heads else base + html


def _answer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = render(
        request,
        "channels/_mailbox.html" if fragment else "channels/mailbox.html",
        context | {"sandbox": "mailbox"},
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _one_of(value: str | None, choices: tuple[str, ...]) -> str:
    return value if value in choices else choices[0]


def _list(request: HttpRequest) -> dict[str, Any]:
    text = asked.text(request)
    page = _page(_found(text), request.GET.get("page", "1"))
    lines = [
        (each, sandbox_mails.sender_name(each), sandbox_mails.snippet(each)) for each in page.object_list
    ]
    kept = {key: request.GET[key] for key in ("q", "page", "width") if request.GET.get(key)}
    return {"text": text, "page": page, "lines": lines, "kept": urlencode(kept)}


def _found(text: str) -> QuerySet[SandboxMail]:
    mails = SandboxMail.objects.filter(channel=Channel.EMAIL).order_by("-at", "-pk")
    return mails.filter(Q(recipient__icontains=text) | Q(subject__icontains=text)) if text else mails


def _page(mails: QuerySet[SandboxMail], number: str) -> Page[SandboxMail]:
    return paging.page(mails, number, PER_PAGE)
