"""The review before anything goes out: who gets it and who does not, what it looks like, when, what may go wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from campaigns import approval, checks, dry_run_reports, posts, routes, tasks, words
from campaigns.dry_run_reports import Failed, Underway
from campaigns.models import Campaign
from campaigns.views import arrivals, channel_counts, variant_counts
from campaigns.views.builder import policy, when
from campaigns.views.common import CHANGE, VIEW, get, only_drafts, reader, steps
from channels.delivery.dry_runs import NAMED, DryRun, Outcome
from channels.messages import checks as messages
from channels.messages import variants
from channels.messages.formats import Format, formats
from channels.models import Content
from config.pages import progress
from config.pages.parts import Progress, Text, Tone
from customers import access
from customers.models import Customer
from loyalty.coupon_messages import forecast


@dataclass(frozen=True)
class OutcomeRow:
    """A line of the table: what happens to so many people, and why."""

    label: str
    why: Text
    tone: Tone
    number: int
    share: float
    url: str


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_review(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign = get(campaign_id)
    waits = campaign.state == Campaign.State.WAITING
    elsewhere = None if waits else only_drafts(campaign)
    if elsewhere:
        return elsewhere
    found = checks.faults(campaign, timezone.now())
    context = {
        "campaign": campaign,
        "title": campaign.name,
        "steps": steps(campaign, "review", found) if request.user.has_perm(CHANGE) else [],
        "faults": [(fault, _mend(campaign, fault)) for fault in found],
        "hints": checks.hints(campaign),
        "contents": _contents(campaign),
        "route_sentences": routes.sentences(campaign.message),
        "several_channels": len(campaign.message.channels) > 1,
        "varied": len(variants.of(campaign.message)) > 1,
        "exclusions": campaign.exclusions.order_by("name"),
        "saved_at": campaign.updated_at,
        "refused": campaign.approvals.filter(refused_at__isnull=False).order_by("-refused_at").first(),
        "own_policy": policy(campaign),
        "post_groups": posts.of(campaign),
        **when(campaign),
    }
    return render(request, "campaigns/review.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_outcomes(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A fragment: the dry run, and the button that fits what it found."""
    campaign, at = get(campaign_id), timezone.now()
    found = dry_run_reports.for_reader(campaign, at, tasks.begin_dry_run, again="again" in request.GET)
    if isinstance(found, Underway):
        return progress.respond(request, _progress(campaign, found))
    if isinstance(found, Failed):
        return render(request, "campaigns/_not_looked_at.html", {"campaign": campaign})
    dry, faults = found.dry, checks.faults(campaign, at)
    too_few = checks.too_few_codes(campaign, dry)
    context = {
        "campaign": campaign,
        "dry": dry,
        "looked_at": found.at,
        "pool": forecast.of(campaign.message, dry.gets),
        "too_few": too_few,
        "rows": rows(campaign, dry),
        "by_channel": channel_counts.foreseen(campaign, dry),
        "languages": _languages(campaign, dry),
        "by_variant": variant_counts.foreseen(campaign, dry),
        "arrivals": arrivals.foreseen(dry, at),
        "faults": [*faults, too_few] if too_few else faults,
        **_decision(request, campaign, dry, at),
        **when(campaign),
    }
    return render(request, "campaigns/_outcomes.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_outcome_people(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The first people behind one line of the dry run: `?state=withheld&reason=no_consent`, or `?channel=sms`,
    or `?variant=B`, or `?language=de`."""
    campaign, at = get(campaign_id), timezone.now()
    asked = {key: request.GET.get(key, "") for key in ("state", "reason", "channel", "variant", "language")}
    asked["state"] = asked["state"] or "send"
    if asked["state"] not in words.OUTCOMES or _is_unknown(campaign, asked):
        raise Http404
    dry = dry_run_reports.seen(campaign, at)
    if dry is None:
        return redirect("campaign_review", campaign_id)
    title, why, ids = _behind(campaign, dry, **asked)
    customers = {customer.pk: customer for customer in Customer.objects.filter(pk__in=ids)}
    user = reader(request)
    context = {
        "campaign": campaign,
        "title": title,
        "why": why,
        "people": [(customers[pk], access.name_for(user, customers[pk])) for pk in ids if pk in customers],
        "sees_names": access.sees_names(user),
        "limit": NAMED,
        "all_shown": len(ids) < NAMED,
    }
    return render(request, "campaigns/outcome_people.html", context)


def _is_unknown(campaign: Campaign, asked: dict[str, str]) -> bool:
    """A channel, variant or language that there is not."""
    channel, variant, language = asked["channel"], asked["variant"], asked["language"]
    if (channel and channel not in formats) or (variant and variant not in variants.LETTERS):
        return True
    return bool(language) and not campaign.message.contents.filter(language=language).exists()


def _behind(
    campaign: Campaign, dry: DryRun, *, state: str, reason: str, channel: str, variant: str, language: str
) -> tuple[Text, Text, list[int]]:
    """Heading, a sentence, and the ids of the people."""
    if channel:
        return (
            formats[channel].label,
            _("They would get it on this channel first."),
            dry.people_on[channel],
        )
    if variant:
        letter = _("Variant %(letter)s") % {"letter": variant}
        return letter, _("They would get this variant."), dry.people_of[variant]
    if language:
        return (
            messages.language_name(language),
            _("They would get it in this language."),
            dry.people_in[language],
        )
    outcome = words.outcome(state, reason).capitalize()
    return outcome, words.mend(state, reason, campaign), dry.people[Outcome(state, reason)]


def _languages(campaign: Campaign, dry: DryRun) -> list[tuple[str, int, str]]:
    """The largest first, each with the address of its people."""
    people = reverse("campaign_outcome_people", args=[campaign.pk])
    return [
        (messages.language_name(code), number, f"{people}?{urlencode({'language': code})}")
        for code, number in dry.languages.most_common()
    ]


def _contents(campaign: Campaign) -> list[tuple[Content, str, Format]]:
    """What will be seen, channel by channel in their order."""
    order = campaign.message.channels
    found = sorted(
        campaign.message.contents.filter(channel__in=order),
        key=lambda each: (order.index(each.channel), each.language, each.variant),
    )
    return [(each, messages.language_name(each.language), formats[each.channel]) for each in found]


def rows(campaign: Campaign, dry: DryRun) -> list[OutcomeRow]:
    """Those who get it first, then the reasons by their number."""
    total = max(1, dry.audience)
    ordered = sorted(dry.counts.items(), key=lambda item: (item[0].state != "send", -item[1]))
    return [_row(campaign, outcome, number, total) for outcome, number in ordered if number]


def _row(campaign: Campaign, outcome: Outcome, number: int, total: int) -> OutcomeRow:
    query = urlencode({"state": outcome.state, "reason": outcome.reason})
    return OutcomeRow(
        words.outcome(outcome.state, outcome.reason),
        words.mend(outcome.state, outcome.reason, campaign),
        words.OUTCOMES[outcome.state][1],
        number,
        100 * number / total,
        reverse("campaign_outcome_people", args=[campaign.pk]) + f"?{query}",
    )


def _decision(request: HttpRequest, campaign: Campaign, dry: DryRun, at: datetime) -> dict[str, Any]:
    """Which button this reader gets, and what she must have seen to press it."""
    user = reader(request)
    others = approval.others(campaign, user)
    waiting = approval.open_request(campaign)
    seen = approval.digest(campaign)
    stale = waiting is not None and waiting.digest != seen
    mine = waiting is not None and user.pk in {waiting.asked_by_id, campaign.created_by_id}
    return {
        "seen": seen,
        "waiting": None if stale else waiting,
        "stale": stale,
        "others": others,
        "needed": approval.needed(dry.audience),
        "may_launch": user.has_perm(approval.LAUNCH),
        "may_approve": user.has_perm(approval.APPROVE) and not mine,
    }


def _mend(campaign: Campaign, fault: checks.Fault) -> str:
    url = reverse(f"campaign_{fault.step}", args=[campaign.pk])
    return f"{url}?{fault.query}" if fault.query else url


def _progress(campaign: Campaign, underway: Underway) -> Progress:
    """Polled until the dry run takes its place."""
    return Progress(
        _("Every person of the audience is looked at …"),
        underway.done,
        reverse("campaign_outcomes", args=[campaign.pk]),
        underway.total,
    )
