"""What staff do to a campaign as a whole. Every act is a POST, asks for its permission, and leads to the page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from campaigns import approval, checks, drafts, dry_run_reports, launch, tasks
from campaigns.models import Campaign
from campaigns.refusals import Refused
from campaigns.views.common import APPROVE, LAUNCH, get, reader, told
from channels.messages.formats import formats
from config.formats import number
from config.pages import confirm
from customers.models import User


@login_required
@permission_required(LAUNCH, raise_exception=True)
def campaign_launch(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks, for what goes out at once cannot be taken back; POST does."""
    if request.method != "POST":
        return _ask_to_launch(request, get(campaign_id))

    def act(user: User, at: datetime) -> None:
        _require_somebody(get(campaign_id), at)
        launch.launch(campaign_id, user, at, seen=_seen(request))

    return _do(request, campaign_id, act, "campaign_running", _("It is launched."))


@login_required
@permission_required(LAUNCH, raise_exception=True)
@require_POST
def campaign_ask(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act(user: User, at: datetime) -> None:
        _require_somebody(get(campaign_id), at)
        approval.ask(campaign_id, user, at, seen=_seen(request))

    return _do(request, campaign_id, act, "campaign_review", _("Approval is asked for."))


@login_required
@permission_required(APPROVE, raise_exception=True)
def campaign_approve(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks, where it goes out with this yes; POST does."""
    if request.method != "POST":
        return _ask_to_launch(request, get(campaign_id))

    def act(user: User, at: datetime) -> None:
        launch.release(campaign_id, user, at, seen=_seen(request))

    return _do(request, campaign_id, act, "campaign_running", _("It is approved and launched."))


@login_required
@permission_required(APPROVE, raise_exception=True)
@require_POST
def campaign_refuse(request: HttpRequest, campaign_id: int) -> HttpResponse:
    def act(user: User, at: datetime) -> None:
        approval.refuse(campaign_id, user, at, note=request.POST.get("note", "").strip())

    return _do(request, campaign_id, act, "campaign_review", _("It goes back to its author."))


@sensitive_post_parameters("password")
@login_required
@permission_required(LAUNCH, raise_exception=True)
@require_POST
def campaign_launch_alone(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Above the threshold where nobody else could approve: with the password, which counts as a sign-in."""

    def act(user: User, at: datetime) -> None:
        again = authenticate(request, username=user.email, password=request.POST.get("password", ""))
        if again is None or again.pk != user.pk:
            raise Refused(_("The password is not right. Nothing was sent."))
        _require_somebody(get(campaign_id), at)
        launch.release_alone(campaign_id, user, at, seen=_seen(request))

    return _do(request, campaign_id, act, "campaign_running", _("It is launched."))


@login_required
@permission_required(LAUNCH, raise_exception=True)
@require_POST
def campaign_pause(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, _on(launch.pause, campaign_id), "campaign_running", _("It is paused."))


@login_required
@permission_required(LAUNCH, raise_exception=True)
@require_POST
def campaign_resume(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _do(request, campaign_id, _on(launch.resume, campaign_id), "campaign_running", _("It goes on."))


@login_required
@permission_required(LAUNCH, raise_exception=True)
@require_POST
def campaign_start_late(request: HttpRequest, campaign_id: int) -> HttpResponse:
    act = _on(launch.start_late, campaign_id)
    return _do(request, campaign_id, act, "campaign_running", _("It starts now."))


@login_required
@permission_required(LAUNCH, raise_exception=True)
def campaign_cancel(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks, POST does."""
    if request.method == "POST":
        act = _on(launch.cancel, campaign_id)
        return _do(request, campaign_id, act, "campaign_running", _("It is cancelled."))
    return confirm.ask(
        request,
        _("Cancel “%(name)s” for good?") % {"name": get(campaign_id).name},
        _("Whoever has not been written to yet will not be. This cannot be taken back; pausing can."),
        _("Cancel the campaign"),
        reverse("campaign_running", args=[campaign_id]),
    )


@login_required
@permission_required(LAUNCH, raise_exception=True)
def campaign_take_back(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """GET asks, POST does."""
    if request.method == "POST":
        act = _on(launch.take_back, campaign_id)
        return _do(request, campaign_id, act, "campaign_review", _("It is a draft again."))
    return confirm.ask(
        request,
        _("Take “%(name)s” back?") % {"name": get(campaign_id).name},
        _("It becomes a draft again and can be changed. It has to be launched anew."),
        _("Take it back"),
        reverse("campaign_running", args=[campaign_id]),
        danger=False,
    )


def _ask_to_launch(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    dry = dry_run_reports.seen(campaign, timezone.now())
    back = reverse("campaign_review", args=[campaign.pk])
    if dry is None or campaign.when != Campaign.When.NOW or not drafts.is_draft(campaign):
        return redirect(back)
    people = ngettext("Send to %(number)s person", "Send to %(number)s people", dry.gets)
    channels = ", ".join(str(formats[each].label) for each in campaign.message.channels)
    return confirm.ask(
        request,
        _("Send “%(name)s” at once?") % {"name": campaign.name},
        _("It goes out now by %(channels)s. What has gone out cannot be taken back.")
        % {"channels": channels},
        people % {"number": number(dry.gets)},
        back,
        danger=False,
        fields={"seen": [request.GET.get("seen", "")]},
    )


Act = Callable[[User, datetime], Any]


def _do(request: HttpRequest, campaign_id: int, act: Act, then: str, good: str) -> HttpResponse:
    """Act in the reader's name at this moment; on a refusal say why, where the campaign is."""
    get(campaign_id)
    try:
        act(reader(request), timezone.now())
    except Refused as refused:
        return told(request, refused, reverse("campaign", args=[campaign_id]))
    tasks.wake()
    messages.success(request, good)
    return redirect(then, campaign_id)


def _on(act: Callable[[int, User, datetime], None], campaign_id: int) -> Act:
    return lambda user, at: act(campaign_id, user, at)


def _require_somebody(campaign: Campaign, at: datetime) -> None:
    dry = dry_run_reports.seen(campaign, at)
    if dry is None:
        raise Refused(
            _("Who gets it was last looked at too long ago. Open the review, and go on from there.")
        )
    fault = checks.foreseen(campaign, dry)
    if fault:
        raise Refused(fault.sentence)


def _seen(request: HttpRequest) -> str:
    return request.POST.get("seen", "")
