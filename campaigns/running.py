"""What the minute tick does: start what is due, plan the audience in chunks, notice what is finished.

Every step is its own transaction and reads its position from the rows, so a tick may die anywhere, run twice
at once or not run for an hour.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns import approval, audience
from campaigns.models import Campaign, Occurrence
from campaigns.signals import runs_finished
from channels.delivery import planning
from channels.models import Delivery
from customers import audit
from customers.models import AuditEntry, Origin

ON_THEIR_WAY = (Campaign.State.SCHEDULED, Campaign.State.RUNNING)
OPEN_DELIVERIES = (Delivery.State.PLANNED, Delivery.State.CALLING)
CHUNK = 50_000
FALLS_BACK = timedelta(days=30)  # no message waits as long for its next channel


def tick(at: datetime) -> None:
    """One round of everything."""
    for occurrence_id in _due(at):
        begin(occurrence_id, at)
    for occurrence_id in _in(Occurrence.State.PLANNING):
        while plan_chunk(occurrence_id):
            pass
    note_pauses()
    reopen(at)
    finish(at)


def begin(occurrence_id: int, at: datetime) -> None:
    """Start a due run, or leave it to a human: when it is too late, or when its audience has grown so large
    since the launch that it needs an approval which nobody gave. A rule that broke since then starts nothing;
    the run's page says so."""
    with transaction.atomic():
        campaign = _on_its_way(occurrence_id)
        run = (
            campaign and campaign.occurrences.filter(pk=occurrence_id, state=Occurrence.State.WAITING).first()
        )
        if not campaign or not run or audience.compiled(run.rule, at).faults:
            return
        if at - run.due_at > settings.LATE_AFTER:
            run.state = Occurrence.State.LATE
            audit.record(None, "campaign.late", campaign, at, occurrence=run.pk)
        elif (people := audience.count(run.rule, at)) and approval.needed(people) and not run.approved:
            approval.request(campaign, run.launched_by, at, approval.digest(campaign))
        else:
            run.state, run.started_at, run.audience = Occurrence.State.PLANNING, at, people
            campaign.state = Campaign.State.RUNNING
            campaign.save(update_fields=["state"])
        run.save(update_fields=["state", "started_at", "audience"])


def plan_chunk(occurrence_id: int) -> bool:
    """Plan the next people of a run, with its position, in one transaction; False when there are none left.

    Windows such as "in the last 30 days" end when the run began, however often planning is resumed.
    """
    with transaction.atomic():
        open_runs = Occurrence.objects.filter(pk=occurrence_id, state=Occurrence.State.PLANNING)
        run = open_runs.select_for_update(skip_locked=True, of=("self",)).select_related("version").first()
        if run is None:
            return False
        people = audience.compiled(run.rule, run.started_at or run.due_at)
        if people.faults:
            return False
        planned = planning.plan(run.version, run.pk, people, run.planned_to, run.due_at, CHUNK)
        if planned.last_id is None:
            run.state = Occurrence.State.SENDING
        else:
            run.planned_to = planned.last_id
        run.save(update_fields=["planned_to", "state"])
        return planned.last_id is not None


def note_pauses() -> None:
    """Show as paused what sending has paused by itself, because content or line kept failing."""
    stopped = Campaign.objects.filter(state=Campaign.State.RUNNING, message__paused_at__isnull=False)
    stopped.update(state=Campaign.State.PAUSED)


def reopen(at: datetime) -> None:
    """A fallback plans people hours after everybody was done: then the run is on its way again, so that it can be
    paused, resumed and cancelled."""
    over = Occurrence.objects.filter(_has_rows(Delivery.State.PLANNED), finished_at__gte=at - FALLS_BACK)
    with transaction.atomic():
        ended = Campaign.objects.filter(state=Campaign.State.FINISHED, occurrences__in=over)
        for campaign in ended.select_for_update(skip_locked=True, of=("self",)):
            go_on(campaign, over)


def go_on(campaign: Campaign, runs: QuerySet[Any]) -> None:
    """Those of the runs that were finished are on their way again, and finish again. The campaign is locked."""
    over = campaign.occurrences.filter(pk__in=runs, state=Occurrence.State.FINISHED)
    if over.update(state=Occurrence.State.SENDING, finished_at=None):
        campaign.state = Campaign.State.RUNNING
        campaign.save(update_fields=["state"])


def finish(at: datetime) -> None:
    """A run is finished when none of its rows is planned or calling; nothing else says so."""
    with transaction.atomic():
        done = Occurrence.objects.filter(~_has_rows(*OPEN_DELIVERIES), state=Occurrence.State.SENDING)
        for campaign in Campaign.objects.select_for_update(skip_locked=True).filter(occurrences__in=done):
            over = campaign.occurrences.filter(state=Occurrence.State.SENDING)
            runs = list(over.order_by("pk").values_list("pk", flat=True))
            over.update(state=Occurrence.State.FINISHED, finished_at=at)
            campaign.state = Campaign.State.FINISHED
            campaign.save(update_fields=["state"])
            if news := [run for run in runs if not _is_told(campaign, run)]:
                runs_finished.send(Occurrence, ids=news, at=at, origin=Origin.LIVE)
            audit.record(None, "campaign.finished", campaign, at, runs=runs)


def _is_told(campaign: Campaign, run: int) -> bool:
    """A run that went on by a fallback finishes again; the audit log, which nobody can change, knows the first time."""
    about = AuditEntry.objects.filter(subject_type=campaign._meta.label_lower, subject_id=str(campaign.pk))
    return about.filter(action="campaign.finished", detail__runs__contains=run).exists()


def _has_rows(*states: str) -> Exists:
    """Whether a run has deliveries in one of these states."""
    mine = Delivery.objects.filter(message=OuterRef("version__message"), occurrence=OuterRef("pk"))
    return Exists(mine.filter(state__in=states))


def _due(at: datetime) -> list[int]:
    due = Occurrence.objects.filter(
        state=Occurrence.State.WAITING, due_at__lte=at, campaign__state__in=ON_THEIR_WAY
    )
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True))


def _in(state: str) -> list[int]:
    return list(Occurrence.objects.filter(state=state).order_by("due_at", "pk").values_list("pk", flat=True))


def _on_its_way(occurrence_id: int) -> Campaign | None:
    """The run's campaign under its lock; None when another tick or a member of staff has it."""
    mine = Campaign.objects.filter(occurrences=occurrence_id, state__in=ON_THEIR_WAY)
    return mine.select_for_update(skip_locked=True, of=("self",)).first()
