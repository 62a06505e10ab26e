"""Whether this installation may write to anybody: a restored or copied one waits here for a person."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from channels import arming
from channels.models import Arming, Content
from config.pages import confirm
from customers.models import User


@login_required
@permission_required("channels.view_arming", raise_exception=True)
@require_safe
def sending(request: HttpRequest) -> HttpResponse:
    armed = arming.armed()
    waiting = arming.waiting(timezone.now())
    subjects = dict(
        Content.objects.filter(message__in=[each.message_id for each in waiting])
        .order_by("-pk")
        .values_list("message_id", "subject")
    )
    context = {
        "title": _("Permission to send"),
        "armed": armed,
        "erasures_fault": "" if armed else arming.erasures_fault(),
        "replay": arming.REPLAY,
        "last": Arming.objects.select_related("user").get(pk=1),
        "lines": [(subjects.get(each.message_id) or _("without a subject"), each) for each in waiting],
        "people": sum(each.people for each in waiting),
    }
    return render(request, "channels/sending.html", context)


@login_required
@permission_required("channels.change_arming", raise_exception=True)
def sending_allow(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        try:
            arming.arm(cast(User, request.user), timezone.now(), replayed=confirm.is_sure(request))
        except arming.RefusedError as error:
            messages.error(request, str(error))
            return redirect("sending")
        messages.success(request, _("Sending is allowed. What was due goes out now."))
        return redirect("sending")
    return confirm.ask(
        request,
        _("Allow this installation to send"),
        _(
            "Go on only if no other copy of this database sends, and you know which of the waiting messages went out"
            " before. What is due goes out at once."
        ),
        _("Allow sending"),
        reverse("sending"),
        fault=arming.erasures_fault(),
        check=_("Whoever was erased since the backup was erased again, or nobody was."),
    )


@login_required
@permission_required("channels.change_arming", raise_exception=True)
def sending_stop(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        arming.disarm(cast(User, request.user), timezone.now())
        messages.warning(request, _("Nothing is sent any more. Everything waits."))
        return redirect("sending")
    return confirm.ask(
        request,
        _("Stop all sending"),
        _(
            "Campaigns, service messages and sign-up mails wait until sending is allowed again. What is being handed"
            " over at this moment still goes."
        ),
        _("Stop all sending"),
        reverse("sending"),
    )
