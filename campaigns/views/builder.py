"""The steps of the builder: each is saved as a draft at every change."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns import audience, checks, drafts, routes, schedule
from campaigns.forms.builder import NORMAL, AudienceForm, ContentForm, StepForm, TimeForm, nearest
from campaigns.forms.channels import ChannelsForm
from campaigns.models import Campaign
from campaigns.refusals import Refused
from campaigns.views.common import CHANGE, get, only_drafts, reader, revision, steps, told
from channels.delivery.choices import weekdays
from channels.models import DeliveryPolicy
from config import clocks, presence
from customers.models import Segment, Shop
from customers.segments import counting, words

Side = Callable[[Campaign], dict[str, Any]]


@login_required
@permission_required(CHANGE, raise_exception=True)
def campaign_audience(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """`?segment=id` proposes a segment: the page saves it, as if it had been clicked on."""
    proposed = request.GET.get("segment", "")
    return _step(
        request, campaign_id, "audience", AudienceForm, lambda campaign: _audience_choices(campaign, proposed)
    )


@login_required
@permission_required(CHANGE, raise_exception=True)
def campaign_content(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _step(request, campaign_id, "content", ContentForm, channels)


@login_required
@permission_required(CHANGE, raise_exception=True)
def campaign_time(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _step(
        request,
        campaign_id,
        "time",
        TimeForm,
        lambda campaign: when(campaign) | {"own_policy": policy(campaign)},
    )


@login_required
@permission_required(CHANGE, raise_exception=True)
def campaign_count(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A fragment: how many are in the audience now, and how many each exclusion takes out."""
    campaign, at = get(campaign_id), timezone.now()
    rule = audience.rule(campaign)
    whole = audience.compiled(rule | {"exclusions": []}, at)
    left = audience.compiled(rule, at)
    context = {
        "campaign": campaign,
        "whole": counting.count_within(whole),
        "left": counting.count_within(left),
        "faults": [fault for fault in checks.faults(campaign, at) if fault.step == "audience"],
        "sentence": words.sentence(campaign.segment.rule) if campaign.segment else "",
    }
    return render(request, "campaigns/_count.html", context)


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_safe
def campaign_editors(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A fragment: who else has this draft open. The page that asks tells by it that it is open."""
    return presence.respond(request, f"campaign:{get(campaign_id).pk}")


def channels(campaign: Campaign) -> dict[str, Any]:
    """By which channels it goes, as `_channels.html` draws them."""
    message = campaign.message
    return {
        "places": routes.chosen(message),
        "addable": routes.left(message),
        "route_sentences": routes.sentences(message),
        "channels_form": ChannelsForm(
            initial=ChannelsForm.starting(campaign), stored=message.unread_after, auto_id="channels-%s"
        ),
    }


def when(campaign: Campaign) -> dict[str, Any]:
    """The chosen time in words, as an instant, and what a clock change or a holiday does to it."""
    if campaign.when == Campaign.When.NOW or campaign.wall_time is None:
        return {}
    wall, zone = campaign.wall_time, campaign.time_zone
    skipped = DeliveryPolicy.current().skip_holidays
    return {
        "time_sentence": schedule.sentence(wall, zone),
        "time_utc": clocks.instant(wall, zone),
        "time_warning": schedule.warning(wall, zone),
        "time_holiday": schedule.holiday(wall, Shop.current().country, skipped),
    }


def policy(campaign: Campaign) -> list[str]:
    """What the campaign says about its delivery that the delivery policy does not, in words."""
    message, said = campaign.message, []
    if message.best_time:
        said.append(_("Each person gets it at the hour at which she answers most."))
    if message.any_time:
        said.append(_("It goes out in quiet hours too."))
    if message.priority != NORMAL:
        said.append(_("Importance: %(label)s.") % {"label": nearest(message.priority)})
    if message.expires_after:
        time = routes.expiring(message.expires_after)
        said.append(_("It does not go out any more after %(time)s.") % {"time": time})
    if message.allowed_days is not None:
        names = dict(weekdays())
        days = ", ".join(str(names[day]) for day in sorted(message.allowed_days))
        said.append(_("Only on these days: %(days)s.") % {"days": days})
    return said


def _step(
    request: HttpRequest, campaign_id: int, step: str, form_class: type[StepForm], more: Side
) -> HttpResponse:
    """A page of the builder; a change by HTMX answers only what has to be renewed on it."""
    campaign = get(campaign_id)
    elsewhere = only_drafts(campaign)
    if elsewhere:
        return elsewhere
    if request.method == "POST":
        return _save(request, campaign, step, form_class, more)
    return render(
        request, f"campaigns/step_{step}.html", context(campaign, step, form_class) | more(campaign)
    )


def _save(
    request: HttpRequest, campaign: Campaign, step: str, form_class: type[StepForm], more: Side
) -> HttpResponse:
    form = form_class(request.POST)
    fault = ""
    if form.is_valid():
        try:
            with drafts.editing(campaign.pk, revision(request), reader(request)) as draft:
                form.apply(draft)
        except Refused as refused:
            if not request.headers.get("HX-Request"):
                return told(request, refused, request.path)
            fault = refused.sentence
    shown = context(get(campaign.pk), step, form_class) | {"form": form, "fault": fault}
    if request.headers.get("HX-Request"):
        response = render(request, "campaigns/_saved.html", shown | more(shown["campaign"]))
        patch_vary_headers(response, ["HX-Request"])
        response["HX-Replace-Url"] = request.path  # or loading anew would propose `?segment=` once more
        return response
    if not form.is_valid():
        return render(request, f"campaigns/step_{step}.html", shown | more(shown["campaign"]))
    return redirect(_next(campaign, step))


def context(campaign: Campaign, step: str, form_class: type[StepForm]) -> dict[str, Any]:
    now = timezone.now()
    faults = checks.faults(campaign, now)
    return {
        "campaign": campaign,
        "title": campaign.name,
        "step": step,
        "steps": steps(campaign, step, faults),
        "faults": [fault for fault in faults if fault.step == step and fault.place],
        "form": form_class(initial=form_class.starting(campaign)),
        "next": _next(campaign, step),
        "saved_at": campaign.updated_at,
    }


def _audience_choices(campaign: Campaign, proposed: str) -> dict[str, Any]:
    """The segments to choose from, in words; the chosen one first."""
    known = {str(pk): pk for pk in Segment.objects.values_list("pk", flat=True)} if proposed else {}
    chosen = known.get(proposed, campaign.segment_id)
    segments = sorted(Segment.objects.order_by("name"), key=lambda segment: segment.pk != chosen)
    left_out = set(campaign.exclusions.values_list("pk", flat=True))
    return {
        "choices": [(segment, words.sentence(segment.rule)) for segment in segments],
        "chosen": chosen,
        "to_save": chosen != campaign.segment_id,
        "left_out": left_out,
        "new_segment": _new_segment(campaign),
        "namesake": drafts.namesake(campaign),
    }


def _new_segment(campaign: Campaign) -> str:
    """The page that makes a segment and leads back here; empty where there is none."""
    try:
        return f"{reverse('segment_create')}?next={reverse('campaign_audience', args=[campaign.pk])}"
    except NoReverseMatch:
        return ""


def _next(campaign: Campaign, step: str) -> str:
    following = checks.STEPS[checks.STEPS.index(step) + 1]
    return reverse(f"campaign_{following}", args=[campaign.pk])
