"""From a draft to a run, once; and what staff may do to a run: take back, pause, resume, cancel, decide."""

from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import approval, audience, checks, dry_run_reports, schedule
from campaigns.drafts import is_draft, locked
from campaigns.models import Approval, Campaign, Occurrence
from campaigns.refusals import Refused, Stale
from channels.delivery import complaints, pausing
from channels.messages import drafts as contents
from channels.messages import versions
from channels.models import Message, MessageVersion
from config import clocks
from customers import audit
from customers.models import User

UNFINISHED = (
    Occurrence.State.WAITING,
    Occurrence.State.PLANNING,
    Occurrence.State.SENDING,
    Occurrence.State.LATE,
)


@transaction.atomic
def launch(campaign_id: int, user: User, at: datetime, *, seen: str) -> Occurrence:
    """Freeze content and audience rule into an Occurrence; whoever comes second gets the first one's.

    `seen` is the digest of what the user had before her. Refused names the first thing that is against it.
    """
    _require(user)
    campaign = locked(campaign_id)
    if not is_draft(campaign):
        return _launched(campaign)
    approval.unchanged(campaign, seen)
    checks.require_faultless(campaign, at)
    people = audience.count(audience.rule(campaign), at)
    approved = approval.given(campaign, seen) is not None
    if approval.needed(people) and not approved:
        raise Refused(_("This audience needs the approval of a second person."))
    return _start(campaign, user, at, people, approved=approved, seen=seen)


@transaction.atomic
def release(campaign_id: int, user: User, at: datetime, *, seen: str) -> Occurrence:
    """Approve, and launch in the name of the one who asked."""
    return _go_on(approval.approve(campaign_id, user, at, seen=seen), at)


@transaction.atomic
def release_alone(campaign_id: int, user: User, at: datetime, *, seen: str) -> Occurrence:
    """Where nobody else could approve: launch on her own word, after her password was asked again."""
    campaign = locked(campaign_id)
    if not is_draft(campaign) and campaign.state != Campaign.State.WAITING:
        return _launched(campaign)
    return _go_on(approval.approve_alone(campaign_id, user, at, seen=seen), at)


def _go_on(given: Approval, at: datetime) -> Occurrence:
    """What follows a yes: the launch; or the start of a run that had outgrown its launch."""
    campaign = locked(given.campaign_id)
    waiting = campaign.occurrences.filter(state=Occurrence.State.WAITING).first()
    if waiting is None:
        checks.require_faultless(campaign, at)
        people = audience.count(audience.rule(campaign), at)
        return _start(campaign, given.asked_by, at, people, approved=True, seen=given.digest)
    waiting.approved = True
    waiting.save(update_fields=["approved"])
    _move(campaign, Campaign.State.SCHEDULED)
    return waiting


def _start(
    campaign: Campaign, user: User | None, at: datetime, people: int, *, approved: bool, seen: str
) -> Occurrence:
    contents.lock(campaign.message_id, at)
    approval.unchanged(campaign, seen)  # once more: an open editor could save until the line above
    chosen = campaign.wall_time if campaign.when == Campaign.When.LATER else None
    dry_run_reports.forget(campaign.pk)
    occurrence = Occurrence.objects.create(
        campaign=campaign,
        wall_time=chosen or schedule.on_the_wall(at, campaign.time_zone),
        due_at=clocks.instant(chosen, campaign.time_zone) if chosen else at,
        version=_freeze(campaign, user),
        rule=audience.rule(campaign),
        approved=approved,
        launched_by=user,
        launched_at=at,
    )
    _move(campaign, Campaign.State.SCHEDULED if chosen else Campaign.State.RUNNING)
    audit.record(user, "campaign.launched", campaign, at, occurrence=occurrence.pk, people=people)
    return occurrence


def _freeze(campaign: Campaign, user: User | None) -> MessageVersion:
    """The version that will be sent; refused when the content was changed while we looked at it."""
    expected = versions.digest(campaign.message)
    version = versions.freeze(campaign.message, user)
    if version.digest != expected:
        raise Stale(_("The content was changed at this very moment. Please look at it again."))
    return version


@transaction.atomic
def take_back(campaign_id: int, user: User, at: datetime) -> None:
    """Make a draft of a campaign again whose run has not begun. It has to be launched anew."""
    _require(user)
    campaign = locked(campaign_id)
    runs = list(campaign.occurrences.all())
    if not runs or any(run.state not in {Occurrence.State.WAITING, Occurrence.State.LATE} for run in runs):
        raise Refused(_("Only a campaign that waits for its time can be taken back."))
    campaign.occurrences.all().delete()
    campaign.revision += 1
    campaign.save(update_fields=["revision"])
    pausing.resume(campaign.message_id)
    contents.unlock(campaign.message_id)
    _move(campaign, Campaign.State.DRAFT)
    audit.record(user, "campaign.taken_back", campaign, at)


def pause(campaign_id: int, user: User, at: datetime) -> None:
    """No more calls after those that are under way. Safe to repeat."""

    def act(campaign: Campaign) -> None:
        pausing.pause(campaign.message_id, at)
        _move(campaign, Campaign.State.PAUSED)

    _act(campaign_id, user, at, "campaign.paused", act)


def resume(campaign_id: int, user: User, at: datetime) -> None:
    """Go on where it stopped. Safe to repeat."""

    def act(campaign: Campaign) -> None:
        if held := complaints.holding(campaign.message):
            mend = _("First somebody who approves has to let it go on, on the page of today.")
            raise Refused(f"{complaints.reason(held)} {mend}")
        pausing.resume(campaign.message_id)
        waits = campaign.occurrences.filter(state=Occurrence.State.WAITING, due_at__gt=at).exists()
        _move(campaign, Campaign.State.SCHEDULED if waits else Campaign.State.RUNNING)

    _act(campaign_id, user, at, "campaign.resumed", act)


def cancel(campaign_id: int, user: User, at: datetime) -> None:
    """End it for good: who has not been written to yet will not be. There is no way back."""

    def act(campaign: Campaign) -> None:
        Message.objects.filter(pk=campaign.message_id).update(cancelled_at=at)
        open_runs = campaign.occurrences.filter(state__in=UNFINISHED)
        open_runs.update(state=Occurrence.State.CANCELLED, finished_at=at)
        _move(campaign, Campaign.State.CANCELLED)

    campaign = _act(campaign_id, user, at, "campaign.cancelled", act)
    # From here on every worker refuses the rows; ending them one by one need not hold the lock.
    pausing.cancel(campaign.message_id, at)


@transaction.atomic
def start_late(campaign_id: int, user: User, at: datetime) -> None:
    """A human's yes to a run that came too late to start by itself."""
    _require(user)
    campaign = locked(campaign_id)
    late = campaign.occurrences.filter(state=Occurrence.State.LATE)
    if late.update(state=Occurrence.State.WAITING, due_at=at):
        audit.record(user, "campaign.late_start", campaign, at)


def _act(
    campaign_id: int, user: User, at: datetime, action: str, act: Callable[[Campaign], None]
) -> Campaign:
    """Do it to a campaign that is on its way, and write it down."""
    _require(user)
    with transaction.atomic():
        campaign = locked(campaign_id)
        if campaign.state in {Campaign.State.FINISHED, Campaign.State.CANCELLED}:
            raise Refused(_("This campaign has already ended."))
        if not campaign.occurrences.filter(state__in=UNFINISHED).exists():
            raise Refused(_("This campaign has not been launched."))
        act(campaign)
        audit.record(user, action, campaign, at)
        return campaign


def _launched(campaign: Campaign) -> Occurrence:
    occurrence = campaign.occurrences.order_by("pk").last()
    if occurrence is None or campaign.state == Campaign.State.CANCELLED:
        raise Refused(_("This campaign was cancelled. Duplicate it to send it after all."))
    return occurrence


def _move(campaign: Campaign, state: str) -> None:
    campaign.state = state
    campaign.save(update_fields=["state", "updated_at"])


def _require(user: User) -> None:
    if not user.has_perm(approval.LAUNCH):
        raise PermissionDenied
