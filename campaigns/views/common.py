"""What the pages of campaigns share."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns import checks, drafts
from campaigns.models import Campaign, Occurrence
from campaigns.refusals import Refused
from config.pages.parts import Step
from customers.models import User

VIEW = "campaigns.view_campaign"
CHANGE = "campaigns.change_campaign"
LAUNCH = "campaigns.launch_campaign"
APPROVE = "campaigns.approve_campaign"

LABELS = {
    "audience": _("Audience"),
    "content": _("Content"),
    "time": _("Time"),
    "review": _("Review"),
}


def get(campaign_id: int) -> Campaign:
    everything = Campaign.objects.select_related("message__sender", "message__topic", "segment", "created_by")
    return get_object_or_404(everything, pk=campaign_id)


def run_of(campaign: Campaign) -> Occurrence | None:
    """The campaign's last run; None while it is a draft."""
    return campaign.occurrences.select_related("version", "launched_by").order_by("pk").last()


def revision(request: HttpRequest) -> int:
    """The newest one that the page knows: a form of several is not drawn anew by what another one saves."""
    sent = [each for each in request.POST.getlist("revision") if each.isdecimal() and len(each) < 10]
    return max(map(int, sent), default=-1)


def reader(request: HttpRequest) -> User:
    return cast(User, request.user)


def steps(campaign: Campaign, here: str, faults: list[checks.Fault]) -> list[Step]:
    """The steps on the left. What lies ahead is to do; what was left behind with a fault is faulty."""
    place = checks.STEPS.index(here)
    return [_step(campaign, step, number - place, faults) for number, step in enumerate(checks.STEPS)]


def _step(campaign: Campaign, step: str, ahead: int, faults: list[checks.Fault]) -> Step:
    url = reverse(f"campaign_{step}", args=[campaign.pk])
    first = next((fault.sentence for fault in faults if fault.step == step), "")
    if ahead == 0:
        return Step(LABELS[step], url, "here")
    if step == "review" or (first and ahead > 0):
        return Step(LABELS[step], url, "todo")
    return Step(LABELS[step], url, "faulty", first) if first else Step(LABELS[step], url, "done")


def only_drafts(campaign: Campaign) -> HttpResponse | None:
    """Where to go instead when the campaign has been launched."""
    return None if drafts.is_draft(campaign) else redirect("campaign", campaign.pk)


def told(request: HttpRequest, refused: Refused, url: str) -> HttpResponse:
    """Say why it was not done, on the page that the reader goes on to."""
    messages.error(request, refused.sentence)
    return redirect(url)
