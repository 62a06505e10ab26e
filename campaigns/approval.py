"""Four eyes: above a number of people somebody else says yes, to exactly what will be sent.

The yes is bound to a digest over content, sender, audience, exclusions, time and channel. Whatever changes
one of them, here or on any other page, makes another digest, and the yes no longer counts.
"""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns import audience, checks
from campaigns.drafts import POLICY, is_draft, locked
from campaigns.models import Approval, Campaign, Occurrence
from campaigns.refusals import Refused, Stale
from channels.messages import drafts as contents
from channels.messages import versions
from customers import audit
from customers.models import User

APPROVE = "campaigns.approve_campaign"
LAUNCH = "campaigns.launch_campaign"


def digest(campaign: Campaign) -> str:
    """What an approval says yes to, as a sha256: the draft, or what its run has frozen."""
    run = campaign.occurrences.select_related("version").order_by("pk").last()
    facts = {
        "revision": campaign.revision,
        "message": run.version.digest if run else versions.digest(campaign.message),
        "policy": _policy(campaign),
        "audience": run.rule if run else audience.rule(campaign),
        "time": [campaign.when, campaign.wall_time, campaign.time_zone],
        "attribution": campaign.attribution_days,
        "channels": sorted(campaign.message.contents.values_list("channel", flat=True).distinct()),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def needed(people: int) -> bool:
    """Whether an audience of so many needs a second person."""
    return people > int(settings.APPROVAL_THRESHOLD)


def given(campaign: Campaign, now: str) -> Approval | None:
    """The approval of what the campaign is at this moment (`now`, its digest)."""
    granted = campaign.approvals.filter(digest=now, approved_at__isnull=False, refused_at__isnull=True)
    return granted.order_by("-approved_at").first()


def open_request(campaign: Campaign) -> Approval | None:
    """The question that still waits for its answer, about whatever state of the campaign."""
    if campaign.state != Campaign.State.WAITING:
        return None
    asked = campaign.approvals.filter(approved_at__isnull=True, refused_at__isnull=True)
    return asked.select_related("asked_by").order_by("-asked_at").first()


def others(campaign: Campaign, user: User) -> list[User]:
    """Who could approve this campaign if `user` asked: may approve, and neither made it nor asks."""
    able = Permission.objects.filter(content_type__app_label="campaigns", codename="approve_campaign")
    given = Q(is_superuser=True) | Q(user_permissions__in=able) | Q(groups__permissions__in=able)
    mine = [pk for pk in (user.pk, campaign.created_by_id) if pk is not None]
    people = User.objects.filter(given, is_active=True).exclude(pk__in=mine)
    return list(people.distinct().order_by("pk"))


def request(campaign: Campaign, user: User | None, at: datetime, now: str) -> Approval:
    """Write the question down; until it is answered the campaign waits."""
    approval = Approval.objects.create(campaign=campaign, digest=now, asked_by=user, asked_at=at)
    campaign.state = Campaign.State.WAITING
    campaign.save(update_fields=["state"])
    audit.record(user, "campaign.approval_asked", campaign, at, digest=now)
    return approval


@transaction.atomic
def ask(campaign_id: int, user: User, at: datetime, *, seen: str) -> Approval:
    """Put the campaign as the user saw it (`seen`, its digest) before somebody else."""
    if not user.has_perm(LAUNCH):
        raise PermissionDenied
    campaign = locked(campaign_id)
    unchanged(campaign, seen)
    if not is_draft(campaign):
        raise Refused(_("This campaign has already been launched."))
    checks.require_faultless(campaign, at)
    waiting = open_request(campaign)
    if waiting is not None and waiting.digest == seen:
        return waiting
    return request(campaign, user, at, seen)


@transaction.atomic
def approve(campaign_id: int, user: User, at: datetime, *, seen: str) -> Approval:
    """Say yes to what `seen` stands for; the author and the one who asks may not."""
    campaign = locked(campaign_id)
    approval = _answerable(campaign, user)
    unchanged(campaign, seen)
    if approval.digest != seen:
        raise Stale(_("The campaign was changed after approval was asked for. It has to be asked for again."))
    approval.approved_by, approval.approved_at = user, at
    approval.save(update_fields=["approved_by", "approved_at"])
    audit.record(user, "campaign.approved", campaign, at, digest=seen)
    return approval


@transaction.atomic
def refuse(campaign_id: int, user: User, at: datetime, *, note: str) -> None:
    """Say no, with the reason; the campaign is a draft again, also when its run already waited to begin."""
    campaign = locked(campaign_id)
    approval = _answerable(campaign, user)
    approval.approved_by, approval.refused_at, approval.note = user, at, note[:300]
    approval.save(update_fields=["approved_by", "refused_at", "note"])
    campaign.occurrences.filter(state=Occurrence.State.WAITING).delete()
    contents.unlock(campaign.message_id)
    campaign.state = Campaign.State.DRAFT
    campaign.save(update_fields=["state"])
    audit.record(user, "campaign.approval_refused", campaign, at, note=note[:300])


@transaction.atomic
def approve_alone(campaign_id: int, user: User, at: datetime, *, seen: str) -> Approval:
    """Where nobody else could approve: the user's own yes, after she has entered her password again."""
    if not user.has_perm(LAUNCH):
        raise PermissionDenied
    campaign = locked(campaign_id)
    if others(campaign, user):
        raise Refused(_("Somebody else can approve this campaign, so it cannot be approved by its author."))
    unchanged(campaign, seen)
    audit.record(user, "campaign.approved_alone", campaign, at, digest=seen)
    return Approval.objects.create(
        campaign=campaign, digest=seen, asked_by=user, asked_at=at, approved_by=user, approved_at=at
    )


def unchanged(campaign: Campaign, seen: str) -> None:
    if digest(campaign) != seen:
        raise Stale(_("The campaign has changed since this page was opened. Please look at it again."))


def _answerable(campaign: Campaign, user: User) -> Approval:
    if not user.has_perm(APPROVE):
        raise PermissionDenied
    approval = open_request(campaign)
    if approval is None:
        raise Refused(_("No approval is asked for at the moment."))
    if user.pk in {approval.asked_by_id, campaign.created_by_id}:
        raise Refused(_("Somebody else has to approve: you made this campaign or asked for its approval."))
    return approval


def _policy(campaign: Campaign) -> dict[str, Any]:
    message = campaign.message
    return {"purpose": message.purpose} | {name: getattr(message, name) for name in POLICY}
