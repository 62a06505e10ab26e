"""The card of the builder in which the channels of the message are chosen and put in order."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns import drafts
from campaigns.forms.builder import ContentForm
from campaigns.forms.channels import ChannelsForm
from campaigns.models import Campaign
from campaigns.refusals import Refused
from campaigns.views import builder
from campaigns.views.common import CHANGE, get, only_drafts, reader, revision, told


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def campaign_channels(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Add, take out or move a channel (`action=up:sms`), or say when the next one is tried."""
    campaign = get(campaign_id)
    elsewhere = only_drafts(campaign)
    if elsewhere:
        return elsewhere
    form, fault = ChannelsForm(request.POST, stored=campaign.message.unread_after), ""
    try:
        if form.is_valid():
            with drafts.editing(campaign.pk, revision(request), reader(request)) as draft:
                form.apply(draft)
    except Refused as refused:
        if not request.headers.get("HX-Request"):
            return told(request, refused, _page(campaign))
        fault = refused.sentence
    return _answer(request, get(campaign_id), fault) if request.headers.get("HX-Request") else _back(campaign)


def _answer(request: HttpRequest, campaign: Campaign, fault: str) -> HttpResponse:
    context = (
        builder.context(campaign, "content", ContentForm) | builder.channels(campaign) | {"fault": fault}
    )
    response = render(request, "campaigns/_channels_saved.html", context)
    response["HX-Trigger-After-Settle"] = "channels-changed"
    return response


def _back(campaign: Campaign) -> HttpResponse:
    return redirect(_page(campaign))


def _page(campaign: Campaign) -> str:
    return reverse("campaign_content", args=[campaign.pk])
