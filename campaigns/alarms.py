"""What is wrong with a run, as a sentence with its cause and its mend."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import audience
from campaigns.models import Campaign, Occurrence
from channels.delivery import complaints
from channels.delivery.progress import Progress
from channels.models import Delivery
from config import formats
from config.pages.parts import Tone

STILL = timedelta(minutes=5)
State = Occurrence.State


@dataclass(frozen=True)
class Alarm:
    """`cause` says what happened and why, `mend` what to do; `url` is where the rows of it are."""

    tone: Tone
    cause: str
    mend: str
    url: str = ""


def of(campaign: Campaign, run: Occurrence, progress: Progress, at: datetime) -> list[Alarm]:
    """The most urgent first; empty when all is well."""
    found = [*_stopped(campaign, run), *_asleep(campaign, run, progress, at), *_broken(run, at)]
    return [*found, *_unsettled(campaign, progress)]


def _stopped(campaign: Campaign, run: Occurrence) -> Iterator[Alarm]:
    message, account = campaign.message, run.version.account
    if account.paused_at and run.state in {State.PLANNING, State.SENDING, State.WAITING}:
        cause = _("The provider account %(name)s has been stopped since %(time)s: %(reason)s")
        told = {
            "name": account.name,
            "time": formats.moment(account.paused_at),
            "reason": account.pause_reason,
        }
        mend = _("Nothing is lost. An administrator mends the cause and resumes the account.")
        yield Alarm("bad", cause % told, mend)
    if message.paused_at and message.pause_reason and not message.cancelled_at:
        cause = _("Sending stopped by itself at %(time)s: %(reason)s")
        told = {"time": formats.moment(message.paused_at), "reason": message.pause_reason}
        mend = _("Look into the cause, then resume. Whoever waits keeps the place.")
        if complaints.holding(message):
            mend = _("Somebody who approves has to let marketing from there go on. Then resume.")
        yield Alarm("bad", cause % told, mend)


def _asleep(campaign: Campaign, run: Occurrence, progress: Progress, at: datetime) -> Iterator[Alarm]:
    """It should be doing something and is not."""
    if campaign.message.paused_at or run.version.account.paused_at:
        return
    due = run.state == State.WAITING and campaign.state != Campaign.State.WAITING and run.due_at + STILL < at
    if due and not audience.compiled(run.rule, at).faults:
        cause = _("It should have begun at %(time)s.") % {"time": formats.moment(run.due_at)}
        yield Alarm(
            "bad", cause, _("The background processes are not running. Whoever looks after them can help.")
        )
    last = Delivery.objects.filter(
        message=run.version.message_id, occurrence=run.pk, called_at__gt=at - STILL
    )
    started = run.started_at is not None and run.started_at + STILL < at
    due = any(each.first + STILL < at for each in progress.due.values())
    if run.state == State.SENDING and started and due and not last.exists():
        cause = _("Nothing has been sent for five minutes.")
        yield Alarm(
            "wait", cause, _("The provider may be slow, or the background processes are not running.")
        )


def _broken(run: Occurrence, at: datetime) -> Iterator[Alarm]:
    if run.state in {State.WAITING, State.PLANNING}:
        for sentence in audience.compiled(run.rule, at).faults:
            cause = _("The audience cannot be found any more: %(fault)s") % {"fault": sentence}
            yield Alarm("bad", cause, _("Nobody is written to. Take the campaign back and mend the segment."))


def _unsettled(campaign: Campaign, progress: Progress) -> Iterator[Alarm]:
    unknown = progress.count(Delivery.State.UNKNOWN)
    if unknown:
        cause = ngettext(
            "Of %(number)s message nobody knows whether it arrived: the answer got lost on the way.",
            "Of %(number)s messages nobody knows whether they arrived: the answers got lost on the way.",
            unknown,
        ) % {"number": formats.number(unknown)}
        url = reverse("campaign_people", args=[campaign.pk]) + "?figure=unknown"
        yield Alarm("wait", cause, _("They are not sent again by themselves, so that nobody gets two."), url)
