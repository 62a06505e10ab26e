"""Web push: our keys, how many browsers hold them, the lines for the shop, and one's own browser for tests."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels.forms.push import BrowserForm
from channels.forms.push_words import PushWordsForm
from channels.forms.set_up import language_name
from channels.models import Brand, PushSubscription, VapidKey
from channels.push import devices, keys, labels, prompt, registration
from channels.push.registration import BadSubscription, Keys, Owner, Seen, Stale
from config import formats
from config.pages import confirm
from config.pages.parts import Figure
from customers import audit
from customers.models import Shop, User

WORKER = "sdk/stammkunde-push.js"  # by its lasting name: what a shop has copied stays right
MONTH = timedelta(days=30)


@login_required
@permission_required("channels.view_account", raise_exception=True)
def push(request: HttpRequest) -> HttpResponse:
    at, user = timezone.now(), cast(User, request.user)
    held, account = devices.per_key(), prompt.account()
    known = VapidKey.objects.order_by("-created_at", "-pk")
    context = {
        "title": _("Web push"),
        "account": account,
        "figures": _figures(at),
        "keys": [(key, held.get(key.pk, 0)) for key in known],
        "mine": PushSubscription.objects.filter(user=user, ended_at=None).order_by("-pk"),
        "public": next((key.public for key in known if key.active), "") if account else "",
        "worker_here": settings.STATIC_URL + WORKER,
        "worker_lines": f'importScripts("{settings.PUBLIC_URL}{settings.STATIC_URL}{WORKER}");\n',
        "questions": _questions() if account else [],
        "page_lines": 'stammkunde("push.ask", { worker: "/sw.js" });\n',
    }
    return render(request, "channels/push.html", context)


def _questions() -> list[tuple[str, prompt.Words]]:
    """What visitors are asked, by language: the shop's, and those that have words of its own."""
    own = prompt.own_words()
    codes = dict.fromkeys([*Shop.current().languages, *own])
    words = {code: prompt.written(own[code]) if code in own else prompt.WORDS.get(code) for code in codes}
    return [(language_name(code), prompt.filled(each)) for code, each in words.items() if each]


@login_required
@permission_required("channels.change_brand", raise_exception=True)
def push_words(request: HttpRequest) -> HttpResponse:
    form, user = PushWordsForm(request.POST or None), cast(User, request.user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            if changed := form.save(user):
                audit.record(user, "push_words.changed", Brand.current(), timezone.now(), languages=changed)
        messages.success(request, _("Saved. Visitors are asked in these words from now on."))
        return redirect("push")
    return render(request, "channels/push_words.html", {"form": form, "title": _("Words of the question")})


def _figures(at: datetime) -> list[Figure]:
    live, ended = Q(ended_at=None), Q(ended_at__gt=at - MONTH)
    gone = ended & ~Q(reason=PushSubscription.Reason.REPLACED)
    counts = PushSubscription.objects.filter(user=None).aggregate(
        live=Count("pk", filter=live),
        known=Count("customer", filter=live, distinct=True),
        new=Count("pk", filter=Q(created_at__gt=at - MONTH)),
        gone=Count("pk", filter=gone),
    )
    labelled = (
        (_("Browsers"), "live"),
        (_("Customers reached by them"), "known"),
        (_("New in 30 days"), "new"),
        (_("Ended in 30 days"), "gone"),
    )
    return [Figure(label, formats.number(counts[name])) for label, name in labelled]


@login_required
@permission_required("channels.change_vapidkey", raise_exception=True)
def push_rotate(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        keys.rotate(cast(User, request.user), timezone.now())
        messages.success(request, _("There is a new push key. Browsers take it up as they come by."))
        return redirect("push")
    text = _(
        "Needed if somebody may have got hold of the key. Browsers that hold the old one are still written to with it;"
        " each takes the new one when its owner visits the shop, without being asked."
    )
    return confirm.ask(
        request, _("Replace the push key?"), text, _("Replace the key"), reverse("push"), danger=False
    )


@login_required
@permission_required("channels.change_account", raise_exception=True)
@require_POST
def push_browser(request: HttpRequest) -> HttpResponse:
    """Keep the reader's own browser, which its script has subscribed."""
    form, user, at = BrowserForm(request.POST), cast(User, request.user), timezone.now()
    try:
        if not form.is_valid():
            raise BadSubscription
        given: dict[str, Any] = form.cleaned_data
        browser = labels.browser(request.headers.get("User-Agent", ""))
        row = registration.register(Keys(**given), Owner(user_id=user.pk), Seen(browser), at)
    except (BadSubscription, Stale):
        messages.error(
            request,
            _(
                "This browser's subscription cannot be used. Allow notifications for this page anew and try again."
            ),
        )
        return redirect("push")
    audit.record(user, "push_browser.added", row, at)
    messages.success(request, _("Tests of push messages come to this browser now."))
    return redirect("push")


@login_required
@permission_required("channels.change_account", raise_exception=True)
@require_POST
def push_browser_remove(request: HttpRequest, subscription_id: int) -> HttpResponse:
    user, at = cast(User, request.user), timezone.now()
    row = get_object_or_404(PushSubscription, pk=subscription_id, user=user)
    devices.end([row.pk], PushSubscription.Reason.REMOVED, at)
    audit.record(user, "push_browser.removed", row, at)
    messages.success(request, _("No more tests come to that browser."))
    return redirect("push")
