"""The sandbox's phone and its inbox in the shop: messages of any channel but mail, as those who got them see them."""

from typing import Any, NamedTuple, cast

from csp.constants import SELF
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from channels import showing
from channels.messages.formats import Format, formats
from channels.models import Channel, SandboxMail
from channels.views import mailbox
from config.pages import asked, paging
from customers import access
from customers.models import User

VIEW = "channels.view_sandboxmail"
ON_A_SCREEN = 30
# Our own drawing: its style sheet, the pictures of the message, and links that open new windows.
SCREEN_POLICY = mailbox.MAIL_POLICY | {"style-src": [SELF]}


class Device(NamedTuple):
    """Where messages of these channels are looked at: `one` is the page of one message on it."""

    name: str
    one: str
    channels: tuple[str, ...]


PHONE = Device("phone", "phone_message", (Channel.SMS, Channel.WHATSAPP, Channel.PUSH))
SHOP = Device("shop_inbox", "shop_message", (Channel.IN_APP,))


class Line(NamedTuple):
    """A message in the list."""

    mail: SandboxMail
    who: str
    form: Format
    snippet: str


@login_required
@permission_required(VIEW, raise_exception=True)
def phone(request: HttpRequest) -> HttpResponse:
    """SMS, WhatsApp and push messages, newest first. `?q=` finds in names, numbers and texts, `?channel=` narrows."""
    return _answer(request, PHONE, _list(request, PHONE))


@login_required
@permission_required(VIEW, raise_exception=True)
def phone_message(request: HttpRequest, mail_id: int) -> HttpResponse:
    return _answer(request, PHONE, _list(request, PHONE) | _opened(request, PHONE, mail_id))


@login_required
@permission_required(VIEW, raise_exception=True)
def shop_inbox(request: HttpRequest) -> HttpResponse:
    """What stands in the shop for its visitors, newest first. `?q=` finds in names and texts."""
    return _answer(request, SHOP, _list(request, SHOP))


@login_required
@permission_required(VIEW, raise_exception=True)
def shop_message(request: HttpRequest, mail_id: int) -> HttpResponse:
    return _answer(request, SHOP, _list(request, SHOP) | _opened(request, SHOP, mail_id))


@login_required
@permission_required(VIEW, raise_exception=True)
@xframe_options_sameorigin
def phone_screen(request: HttpRequest, mail_id: int) -> HttpResponse:
    """Her screen at the moment at which this message came, under its own policy, to be framed."""
    opened = get_object_or_404(_all(), ~Q(channel=Channel.EMAIL), pk=mail_id)
    same = _all().filter(channel=opened.channel, recipient=opened.recipient, at__lte=opened.at)
    newest = list(same.order_by("-at", "-pk")[:ON_A_SCREEN])
    messages = [showing.of_sandbox(each) for each in newest]
    chat = opened.channel in (Channel.SMS, Channel.WHATSAPP)
    context = {
        "channel": opened.channel,
        "sender": messages[0].sender,
        "messages": messages[::-1] if chat else messages,
        "live": True,
    }
    response = render(request, "channels/shown/screen.html", context)
    response._csp_replace = SCREEN_POLICY  # type: ignore[attr-defined]
    response["Referrer-Policy"] = "no-referrer"
    return response


def _all() -> QuerySet[SandboxMail]:
    return SandboxMail.objects.select_related("delivery__customer", "delivery__version")


def _list(request: HttpRequest, device: Device) -> dict[str, Any]:
    text = asked.text(request)
    channel = request.GET.get("channel", "")
    channels = (channel,) if channel in device.channels else device.channels
    found = _found(_all().filter(channel__in=channels), text).order_by("-at", "-pk")
    page = paging.page(found, request.GET.get("page", "1"), mailbox.PER_PAGE)
    user = cast(User, request.user)
    kept = {key: request.GET[key] for key in ("q", "channel", "page") if request.GET.get(key)}
    return {
        "text": text,
        "channel": channel if channel in device.channels else "",
        "forms": [formats[each] for each in device.channels],
        "page": page,
        "lines": [_line(each, user) for each in page.object_list],
        "kept": urlencode(kept),
    }


def _found(mails: QuerySet[SandboxMail], text: str) -> QuerySet[SandboxMail]:
    for word in text.split()[:5]:
        name = Q(delivery__customer__first_name__icontains=word)
        name |= Q(delivery__customer__last_name__icontains=word)
        said = Q(recipient__icontains=word) | Q(subject__icontains=word) | Q(text__icontains=word)
        mails = mails.filter(name | said)
    return mails


def _line(mail: SandboxMail, user: User) -> Line:
    words = " ".join(f"{mail.subject} {mail.text}".split())
    return Line(mail, _who(mail, user), formats[mail.channel], words[:140])


def _who(mail: SandboxMail, user: User) -> str:
    if mail.delivery is None:
        return _("Test: %(address)s") % {"address": mail.recipient}
    return access.name_for(user, mail.delivery.customer)


def _opened(request: HttpRequest, device: Device, mail_id: int) -> dict[str, Any]:
    mail = get_object_or_404(_all(), channel__in=device.channels, pk=mail_id)
    return {
        "mail": mail,
        "who": _who(mail, cast(User, request.user)),
        "form": formats[mail.channel],
        "facts": mailbox.facts(mail.delivery),
    }


def _answer(request: HttpRequest, device: Device, context: dict[str, Any]) -> HttpResponse:
    fragment = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    template = "channels/_phone.html" if fragment else "channels/phone.html"
    response = render(request, template, context | {"device": device, "sandbox": device.name})
    patch_vary_headers(response, ["HX-Request"])
    return response
