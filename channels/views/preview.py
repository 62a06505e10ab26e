"""The live preview: the draft as a chosen customer would get it, in a frame that can do nothing.

A mail is its own page. What has no page of its own, such as an SMS, is drawn where people see it: in a chat, as a
notification, on a page of a shop.
"""

from typing import cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from channels import showing
from channels.doors import page, public
from channels.messages import preview, trial_sends
from channels.messages.rendering import Rendered, RenderFault
from channels.models import Channel, Content
from channels.views.editor_parts import with_thumbnail
from customers import access, catalogue
from customers.models import Customer, Shop, User

# The mail gets an origin of its own without cookies, scripts, forms or pop-ups; only our editor may frame it.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; frame-ancestors 'self'"
# Our own drawing of the other channels: our style sheet, pictures of the content, and nothing else.
DRAWN = "sandbox; default-src 'none'; style-src 'self'; img-src http: https: data:; frame-ancestors 'self'"
PRODUCTS = 8


@login_required
@permission_required("channels.view_message", raise_exception=True)
@require_safe
@xframe_options_sameorigin
def message_preview(request: HttpRequest, content_id: int) -> HttpResponse:
    """The message itself. `?customer=` shows it as hers."""
    content = _content(content_id)
    result = _result(request, content)
    if isinstance(result, RenderFault):
        response, policy = HttpResponse(_fault_page(result.sentence)), POLICY
    elif content.channel == Channel.EMAIL:
        response, policy = HttpResponse(result.html), POLICY
    else:
        context = {"shown": showing.of_rendered(content, result), "language": content.language}
        response, policy = render(request, "channels/shown/page.html", context), DRAWN
    response["Content-Security-Policy"] = policy
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


@login_required
@permission_required("channels.view_message", raise_exception=True)
@require_safe
def message_inbox(request: HttpRequest, content_id: int) -> HttpResponse:
    """Sender, subject and preview text as the line that a mail program shows."""
    content = _content(content_id)
    result = _result(request, content)
    preheader = preview.preheader(content, _customer(request), timezone.now())
    subject = result.subject if isinstance(result, Rendered) else content.subject
    context = {"content": content, "subject": subject, "preheader": preheader}
    return render(request, "channels/_message_inbox.html", context)


@login_required
@permission_required("channels.view_message", raise_exception=True)
@require_safe
def message_customers(request: HttpRequest, content_id: int) -> HttpResponse:
    """Customers to preview as, found by name, address or number."""
    user = cast(User, request.user)
    people = preview.find(user, request.GET.get("person", ""))
    context = {"people": people, "may": access.sees_names(user), "content_id": content_id}
    return render(request, "channels/_message_customers.html", context)


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_safe
def message_products(request: HttpRequest, content_id: int) -> HttpResponse:
    """Products to put into a block, found by name or article number."""
    content = _content(content_id)
    found = catalogue.find(request.GET.get("product_search", ""), PRODUCTS)
    currency = Shop.current().currency
    products = [with_thumbnail(catalogue.shown(each, content.language, currency)) for each in found]
    return render(request, "channels/_message_products.html", {"products": products})


@login_required
@permission_required("channels.change_message", raise_exception=True)
@require_POST
def message_test(request: HttpRequest, content_id: int) -> HttpResponse:
    """Send the draft to oneself."""
    user = cast(User, request.user)
    at = timezone.now()
    customer = preview.customer_for(user, request.POST.get("customer", ""))
    content, number = _content(content_id), request.POST.get("number", "")
    by = trial_sends.way(content).kind
    fault = trial_sends.send(content, customer, user, number, at)
    sentence = fault or _sent(by, number, user)
    phone = content.channel if by == "sandbox" and not fault else ""
    context = {"sentence": _("It is in the sandbox.") if phone else sentence, "faulty": bool(fault)}
    return render(request, "channels/_message_tested.html", context | {"phone": phone})


def _sent(by: str, number: str, user: User) -> str:
    if by == "browser":
        return _("Sent to your browser.")
    return _("Sent to %(address)s.") % {"address": number if by == "number" else user.email}


@public
@require_safe
def test_link(request: HttpRequest) -> HttpResponse:
    """Where the links of a test mail lead."""
    return page(request, "channels/test_link.html", "", {"title": _("This is a test")})


def _content(content_id: int) -> Content:
    return get_object_or_404(Content.objects.select_related("message__sender__account"), pk=content_id)


def _customer(request: HttpRequest) -> Customer | None:
    return preview.customer_for(cast(User, request.user), request.GET.get("customer", ""))


def _result(request: HttpRequest, content: Content) -> preview.Result:
    return preview.render(content, _customer(request), timezone.now())


def _fault_page(sentence: str) -> str:
    title = _("This cannot be shown yet")
    return (
        "<!doctype html><meta charset=utf-8><style>body{font:16px/1.5 system-ui,sans-serif;padding:48px 32px;"
        "color:#566361;text-align:center}h1{font-size:20px;color:#16211f}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p>"
    )
