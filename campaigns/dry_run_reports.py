"""The dry run of a campaign for readers: that of a small audience is made for each of them, that of a large one by a
worker, which says how far it is, and kept while nothing about the campaign changes."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from campaigns import approval, audience, schedule
from campaigns.models import Campaign, DryRunReport
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Chosen, DryRun, Outcome
from customers.segments import counting
from customers.segments.compiler import Compiled

FEW = 20_000  # people: looked at while somebody waits, in about a second
FRESH = timedelta(minutes=2)  # who opens the page later gets a new one
SEEN = timedelta(minutes=15)  # so long it counts as what the reader has before her eyes
LOST = timedelta(seconds=30)  # without a word from the worker: then another one begins


# Has a worker begin (campaign, digest); False when none can be told.
Ask = Callable[[int, str], bool]


class Underway(NamedTuple):
    """So many of all people have been looked at."""

    done: int
    total: int


class Superseded(Exception):
    """Another dry run of this campaign was asked for, or somebody else makes this one."""


def for_reader(campaign: Campaign, at: datetime, ask: Ask) -> DryRun | Underway:
    """The dry run of a small audience, or a kept one; else how far a worker is. One is asked where none is at it."""
    digest = approval.digest(campaign)
    kept = DryRunReport.objects.filter(campaign=campaign, digest=digest).first()
    if kept and kept.counted_at and kept.counted_at > at - FRESH:
        return _read(kept)
    if kept and not kept.counted_at and kept.told_at > at - LOST:
        return Underway(kept.done, kept.total)
    people = _people(campaign, at)
    total = counting.count(people)
    if total <= FEW:
        return _now(campaign, people, at)
    _begin_anew(campaign, digest, total, at)
    return Underway(0, total) if ask(campaign.pk, digest) else _now(campaign, people, at)


def seen(campaign: Campaign, at: datetime) -> DryRun:
    """The one that a reader has before her eyes who acts on it, where it was kept; else a new one."""
    kept = DryRunReport.objects.filter(
        campaign=campaign, digest=approval.digest(campaign), counted_at__gt=at - SEEN
    ).first()
    return _read(kept) if kept else _now(campaign, _people(campaign, at), at)


def make(campaign_id: int, digest: str) -> None:
    """What the worker does. Raises Superseded."""
    report = DryRunReport.objects.filter(campaign=campaign_id, digest=digest, counted_at=None)
    began = timezone.now()
    if not report.filter(started_at=None).update(started_at=began):
        raise Superseded

    def told(done: int, **values: Any) -> None:
        if not report.filter(started_at=began).update(done=done, told_at=timezone.now(), **values):
            raise Superseded

    campaign = Campaign.objects.get(pk=campaign_id)
    people = _people(campaign, began)
    result = dry_runs.count(campaign.message, people, schedule.due(campaign, began), told=told)
    told(result.audience, counted_at=timezone.now(), figures=_figures(result))


def _people(campaign: Campaign, at: datetime) -> Compiled:
    """Those whom a yes would write to: by the rule that a waiting run has frozen, else by the segment's."""
    run = campaign.occurrences.order_by("pk").last()
    return audience.compiled(run.rule if run else audience.rule(campaign), at)


def _now(campaign: Campaign, people: Compiled, at: datetime) -> DryRun:
    return dry_runs.count(campaign.message, people, schedule.due(campaign, at))


def _begin_anew(campaign: Campaign, digest: str, total: int, at: datetime) -> None:
    fresh = {"digest": digest, "started_at": None, "told_at": at, "done": 0, "total": total}
    DryRunReport.objects.update_or_create(
        campaign=campaign, defaults=fresh | {"counted_at": None, "figures": {}}
    )


def _figures(dry: DryRun) -> dict[str, Any]:
    return {
        "counts": [[*outcome, number] for outcome, number in dry.counts.items()],
        "languages": dry.languages,
        "channels": [[*chosen, number] for chosen, number in dry.channels.items()],
        "people": [[*outcome, ids] for outcome, ids in dry.people.items()],
        "people_on": dry.people_on,
    }


def _read(kept: DryRunReport) -> DryRun:
    figures = kept.figures
    people = {Outcome(state, reason): ids for state, reason, ids in figures["people"]}
    return DryRun(
        Counter({Outcome(state, reason): number for state, reason, number in figures["counts"]}),
        Counter(figures["languages"]),
        Counter({Chosen(channel, why): number for channel, why, number in figures["channels"]}),
        defaultdict(list, people),
        defaultdict(list, figures["people_on"]),
    )
