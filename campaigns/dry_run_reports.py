"""The dry run of a campaign for readers: that of a small audience is made for each of them, that of a large one by a
worker, which says how far it is. The last one is kept until something about the campaign changes."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from campaigns import approval, audience, schedule
from campaigns.models import Campaign, DryRunReport
from channels.delivery import dry_runs
from channels.delivery.dry_runs import Arrival, Chosen, DryRun, Outcome
from customers.segments import counting
from customers.segments.compiler import Compiled

FEW = 20_000  # people: looked at while somebody waits, in about a second
FRESH = timedelta(minutes=2)  # who opens the page later gets a new one
SEEN = timedelta(minutes=15)  # so long it counts as what the reader has before her eyes
BUSY = timedelta(minutes=2)  # so long all workers may be at other things: then the reader's process does it
LOST = timedelta(minutes=5)  # without a word between two chunks of people

# Has a worker begin (campaign, digest); False when none can be told.
Ask = Callable[[int, str], bool]


class Underway(NamedTuple):
    """So many of all people have been looked at."""

    done: int
    total: int


class Looked(NamedTuple):
    """`at` None: this moment."""

    dry: DryRun
    at: datetime | None = None


class Failed(NamedTuple):
    """A worker has not come to an end with it."""


class Superseded(Exception):
    """The campaign has changed, another dry run was asked for, or somebody else makes this one."""


def for_reader(campaign: Campaign, at: datetime, ask: Ask, again: bool = False) -> Looked | Underway | Failed:
    """A new dry run of a small audience; of a large one the kept one, or how far a worker is, who is asked where none
    is at it. `again`: she wants a newer one, or another try."""
    digest = approval.digest(campaign)
    kept = DryRunReport.objects.filter(campaign=campaign, digest=digest).first()
    if kept and kept.asked_at and not _is_overdue(kept, at):
        return Underway(kept.done, kept.total)
    if kept and not again:
        if kept.failed or (kept.asked_at and kept.started_at):
            return Failed()
        if not kept.asked_at and kept.counted_at and kept.counted_at > at - FRESH:
            return Looked(_read(kept), kept.counted_at)
    people = _people(campaign, at)
    if _are_few(people):
        return Looked(_now(campaign, people, at))
    if kept and kept.asked_at and not kept.started_at:
        return _at_once(campaign, digest, people)
    total = counting.count(people)
    _await(campaign, digest, total)
    return Underway(0, total) if ask(campaign.pk, digest) else _at_once(campaign, digest, people)


def seen(campaign: Campaign, at: datetime) -> DryRun | None:
    """The one that a reader has before her eyes who acts on it; a new one of a small audience. None: the large one was
    not looked at lately."""
    digest = approval.digest(campaign)
    kept = DryRunReport.objects.filter(campaign=campaign, digest=digest, counted_at__gt=at - SEEN).first()
    if kept:
        return _read(kept)
    people = _people(campaign, at)
    return _now(campaign, people, at) if _are_few(people) else None


def make(campaign_id: int, digest: str) -> None:
    """What the worker does. Raises Superseded, and whatever stopped it, which the reader is told."""
    began = timezone.now()
    report = DryRunReport.objects.filter(campaign=campaign_id, digest=digest, asked_at__isnull=False)
    if not report.filter(started_at=None).update(started_at=began, told_at=began):
        raise Superseded
    mine = report.filter(started_at=began)

    def told(done: int) -> None:
        if not mine.update(done=done, told_at=timezone.now()):
            raise Superseded

    try:
        campaign = _unchanged(campaign_id, digest)
        people = _people(campaign, began)
        result = dry_runs.count(campaign.message, people, schedule.due(campaign, began), told=told)
        _unchanged(campaign_id, digest)
    except Superseded:
        mine.delete()
        raise
    except Exception:
        mine.update(failed=True, asked_at=None, started_at=None)
        raise
    if not mine.update(**_kept(result, began)):
        raise Superseded


def forget(campaign_id: int) -> None:
    """Once it is launched nobody asks what would happen."""
    DryRunReport.objects.filter(campaign=campaign_id).delete()


def _is_overdue(kept: DryRunReport, at: datetime) -> bool:
    if kept.started_at:
        return bool(kept.told_at and kept.told_at < at - LOST)
    return bool(kept.asked_at and kept.asked_at < at - BUSY)


def _unchanged(campaign_id: int, digest: str) -> Campaign:
    campaign = Campaign.objects.get(pk=campaign_id)
    if approval.digest(campaign) != digest:
        raise Superseded
    return campaign


def _people(campaign: Campaign, at: datetime) -> Compiled:
    """Those whom a yes would write to: by the rule that a waiting run has frozen, else by the segment's."""
    run = campaign.occurrences.order_by("pk").last()
    return audience.compiled(run.rule if run else audience.rule(campaign), at)


def _are_few(people: Compiled) -> bool:
    return counting.count_up_to(people, FEW + 1) <= FEW


def _now(campaign: Campaign, people: Compiled, at: datetime) -> DryRun:
    return dry_runs.count(campaign.message, people, schedule.due(campaign, at))


def _at_once(campaign: Campaign, digest: str, people: Compiled) -> Looked:
    """Without a worker; kept, so that what she does next need not do it again."""
    at = timezone.now()
    dry = _now(campaign, people, at)
    DryRunReport.objects.update_or_create(campaign=campaign, defaults=_kept(dry, at) | {"digest": digest})
    return Looked(dry, at)


def _await(campaign: Campaign, digest: str, total: int) -> None:
    """What is kept of the campaign as it is stays until the new one is there."""
    DryRunReport.objects.filter(campaign=campaign).exclude(digest=digest).delete()
    waiting = {"asked_at": timezone.now(), "started_at": None, "done": 0, "total": total, "failed": False}
    DryRunReport.objects.update_or_create(campaign=campaign, defaults=waiting | {"digest": digest})


def _kept(dry: DryRun, at: datetime) -> dict[str, Any]:
    figures = {
        "counts": [[*outcome, number] for outcome, number in dry.counts.items()],
        "languages": dry.languages,
        "variants": dry.variants,
        "channels": [[*chosen, number] for chosen, number in dry.channels.items()],
        "people": [[*outcome, ids] for outcome, ids in dry.people.items()],
        "people_on": dry.people_on,
        "people_of": dry.people_of,
        "arrivals": [
            [zone, each.people, each.first.isoformat(), each.last.isoformat()]
            for zone, each in dry.arrivals.items()
        ],
        "people_in": dry.people_in,
    }
    ended = {"asked_at": None, "started_at": None, "failed": False}
    return ended | {"figures": figures, "counted_at": at}


def _read(kept: DryRunReport) -> DryRun:
    figures = kept.figures
    people = {Outcome(state, reason): ids for state, reason, ids in figures["people"]}
    return DryRun(
        Counter({Outcome(state, reason): number for state, reason, number in figures["counts"]}),
        Counter(figures["languages"]),
        Counter(figures.get("variants", {})),  # one that was kept before there were variants
        Counter({Chosen(channel, why): number for channel, why, number in figures["channels"]}),
        {
            zone: Arrival(number, datetime.fromisoformat(first), datetime.fromisoformat(last))
            for zone, number, first, last in figures.get("arrivals", [])  # none before arrivals were counted
        },
        defaultdict(list, people),
        defaultdict(list, figures["people_on"]),
        defaultdict(list, figures.get("people_of", {})),
        defaultdict(list, figures.get("people_in", {})),
    )
