"""The page of a campaign on its way: how far it is, what is wrong, and the brakes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from campaigns import alarms, approval, audience, drafts, posts, schedule, words
from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures
from campaigns.views.common import LAUNCH, VIEW, get, reader, run_of
from channels.delivery import progress
from channels.delivery.progress import Due, Progress
from config.pages.parts import Text, Tone
from customers.segments import counting

# What the bar is made of, in this order; the same colour means the same on every page.
PARTS: tuple[tuple[str, Text, Tone, tuple[str, ...]], ...] = (
    ("reached", _("sent"), "good", figures.REACHED),
    ("withheld", _("not sent"), "calm", figures.WITHHELD),
    ("failed", _("failed"), "bad", figures.FAILED),
    ("unknown", _("unknown"), "wait", ("unknown",)),
    ("waiting", _("waiting"), "info", figures.WAITING),
)
SOON = timedelta(minutes=1)
OVER = (Occurrence.State.FINISHED, Occurrence.State.CANCELLED)


@dataclass(frozen=True)
class Part:
    label: Text
    tone: Tone
    number: int
    start: float
    width: float
    url: str


@dataclass(frozen=True)
class Line:
    """An outcome with its reason and its people; `first` and `last`: when those who wait are due."""

    label: str
    why: Text
    tone: Tone
    number: int
    url: str
    first: datetime | None = None
    last: datetime | None = None


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_running(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return _answer(request, campaign_id, "campaigns/running.html", with_posts=True)


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_progress(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """A fragment that asks for itself again until the run is over."""
    return _answer(request, campaign_id, "campaigns/_progress.html")


def _answer(
    request: HttpRequest, campaign_id: int, template: str, *, with_posts: bool = False
) -> HttpResponse:
    campaign, at = get(campaign_id), timezone.now()
    run = run_of(campaign)
    if run is None or drafts.is_draft(campaign):
        return redirect("campaign_review", campaign.pk)
    more = {"post_groups": posts.of(campaign)} if with_posts else {}
    return render(request, template, _context(request, campaign, run, at) | more)


def _context(request: HttpRequest, campaign: Campaign, run: Occurrence, at: datetime) -> dict[str, Any]:
    how_far = progress.of(run.version.message_id, run.pk, at)
    waits = run.state == Occurrence.State.WAITING
    grown = waits and campaign.state == Campaign.State.WAITING
    ending = (
        run.state == Occurrence.State.SENDING and how_far.finished
    )  # the next tick says that it is finished
    return {
        "campaign": campaign,
        "title": campaign.name,
        "run": run,
        "progress": how_far,
        "total": max(run.audience or 0, how_far.people),
        "done": how_far.people - how_far.open,
        "parts": parts(campaign, run, how_far),
        "lines": lines(campaign, how_far, at),
        "alarms": alarms.of(campaign, run, how_far, at),
        "over": run.state in OVER and not how_far.open,
        "ending": ending,
        "may": _may(request, campaign, run, ending=ending),
        "when": schedule.sentence(run.wall_time, campaign.time_zone),
        "expected": _expected(run, at) if waits else None,
        "late": run.state == Occurrence.State.LATE,
        "grown": grown,
        "seconds": 2 if run.started_at or (waits and not grown and run.due_at <= at + SOON) else 30,
        "others": approval.others(campaign, reader(request)) if waits else [],
    }


def _expected(run: Occurrence, at: datetime) -> counting.Count:
    """How many it would go to now. At most a minute old: the page asks again and again, for days."""
    name = f"campaign-expected-{run.pk}"
    found: counting.Count | None = cache.get(name)
    if found is None:
        found = counting.count_within(audience.compiled(run.rule, at))
        cache.set(name, found, 60)
    return found


def parts(campaign: Campaign, run: Occurrence, how_far: Progress) -> list[Part]:
    """The stretches of the bar; those not planned yet count as waiting."""
    missing = max(0, (run.audience or 0) - how_far.people) if run.state not in OVER else 0
    total = max(1, how_far.people + missing)
    found, start = [], 0.0
    for figure, label, tone, states in PARTS:
        number = how_far.count(*states) + (missing if figure == "waiting" else 0)
        width = 100 * number / total
        if number:
            found.append(Part(label, tone, number, start, width, _people(campaign, figure=figure)))
        start += width
    return found


def lines(campaign: Campaign, how_far: Progress, at: datetime) -> list[Line]:
    """One line per outcome and reason, the most people first."""
    ordered = sorted(how_far.counts.items(), key=lambda item: -item[1])
    return [
        Line(
            words.outcome(outcome.state, outcome.reason),
            words.mend(outcome.state, outcome.reason),
            words.OUTCOMES[outcome.state][1],
            number,
            _people(campaign, state=outcome.state, reason=outcome.reason),
            *_when(how_far.due.get(outcome), at),
        )
        for outcome, number in ordered
    ]


def _when(due: Due | None, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when to when the waiting ones go out; nothing to tell where they are due already."""
    if due is None or due.last <= at:
        return None, None
    return due.first, due.last if due.last > due.first else None


def _people(campaign: Campaign, **query: str) -> str:
    asked = urlencode({name: value for name, value in query.items() if value})
    return reverse("campaign_people", args=[campaign.pk]) + f"?{asked}"


def _may(request: HttpRequest, campaign: Campaign, run: Occurrence, *, ending: bool) -> dict[str, bool]:
    """The acts that fit the moment, for a reader who may."""
    allowed = request.user.has_perm(LAUNCH)
    on_its_way = allowed and run.state not in OVER and not ending
    begun = run.state in {Occurrence.State.PLANNING, Occurrence.State.SENDING}
    paused = campaign.message.paused_at is not None
    return {
        "pause": on_its_way and begun and not paused,
        "resume": on_its_way and paused,
        "cancel": on_its_way,
        "take_back": on_its_way and not begun,
        "start_late": allowed and run.state == Occurrence.State.LATE,
        "duplicate": request.user.has_perm("campaigns.add_campaign"),
    }
