"""Campaigns before their launch: made, changed by one editor at a time, copied, thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from campaigns.refusals import Refused, Stale
from channels.models import Content, Message, Sender, Topic
from customers import audit
from customers.models import Shop, User

Chosen = TypeVar("Chosen", Sender, Topic)


# By which channels, when and how a message may go out; approval binds to it.
POLICY = ("channels", "unread_after", "priority", "expires_after", "best_time", "allowed_days", "any_time")


def locked(campaign_id: int) -> Campaign:
    """The campaign under its row lock, which every change of it and every act on it takes first."""
    return (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("message", "segment")
        .get(pk=campaign_id)
    )


def is_draft(campaign: Campaign) -> bool:
    """Whether it may still be changed: it has no run that waits or ever began."""
    if campaign.state == Campaign.State.DRAFT:
        return True
    return campaign.state == Campaign.State.WAITING and not campaign.occurrences.exists()


@transaction.atomic
def create(name: str, user: User) -> Campaign:
    """A draft with the only sender and the only topic filled in, where there is just one to choose. When it goes out is
    for somebody to say."""
    message = Message.objects.create(sender=_only(Sender), topic=_only(Topic))
    return Campaign.objects.create(
        name=name, message=message, when="", time_zone=Shop.current().time_zone, created_by=user
    )


def namesake(campaign: Campaign) -> Campaign | None:
    """The newest other campaign that is called the same, which is allowed but easily mixed up."""
    others = Campaign.objects.filter(name__iexact=campaign.name).exclude(pk=campaign.pk)
    return others.order_by("-created_at").first()


@contextmanager
def editing(campaign_id: int, revision: int | None, user: User) -> Iterator[Campaign]:
    """Change a draft: `with editing(...) as campaign: campaign.name = ...`; it is saved at the end.

    `revision` is the one that the editor's page was made from; Stale tells her that somebody was quicker
    (None: she has not read anything that could be out of date). An approval asked for or given is void.
    """
    _require(user, "campaigns.change_campaign")
    with transaction.atomic():
        campaign = locked(campaign_id)
        if not is_draft(campaign):
            raise Refused(_("This campaign has been launched and can no longer be changed."))
        if revision is not None and revision != campaign.revision:
            raise Stale(
                _("Somebody else has changed this campaign meanwhile. The page now shows her version.")
            )
        yield campaign
        campaign.revision += 1
        campaign.state = Campaign.State.DRAFT
        campaign.save()
        campaign.message.save(update_fields=["sender", "topic", *POLICY])


@transaction.atomic
def duplicate(campaign: Campaign, user: User) -> Campaign:
    """A new draft with the same audience and content. It has no time, so that it cannot start by itself."""
    _require(user, "campaigns.add_campaign")
    contents = list(campaign.message.contents.all())
    source = campaign.message
    message = Message.objects.create(
        purpose=source.purpose,
        topic=source.topic,
        sender=source.sender,
        **{name: getattr(source, name) for name in POLICY},
    )
    Content.objects.bulk_create(_copy(content, message, user) for content in contents)
    copy = Campaign.objects.create(
        name=_("Copy of %(name)s") % {"name": campaign.name[:100]},
        message=message,
        segment=campaign.segment,
        when="",
        time_zone=campaign.time_zone,
        attribution_days=campaign.attribution_days,
        created_by=user,
    )
    copy.exclusions.set(campaign.exclusions.all())
    return copy


@transaction.atomic
def delete(campaign_id: int, user: User, at: datetime) -> None:
    """Throw a draft away. What was ever launched stays, because its deliveries do."""
    _require(user, "campaigns.delete_campaign")
    campaign = locked(campaign_id)
    if not is_draft(campaign) or campaign.occurrences.exists() or campaign.message.versions.exists():
        raise Refused(_("Only a draft that was never launched can be deleted."))
    audit.record(user, "campaign.deleted", campaign, at, name=campaign.name)
    campaign.delete()
    campaign.message.delete()


def _require(user: User, permission: str) -> None:
    if not user.has_perm(permission):
        raise PermissionDenied


def _only(model: type[Chosen]) -> Chosen | None:
    found = list(model.objects.all()[:2])
    return found[0] if len(found) == 1 else None


def _copy(content: Content, message: Message, user: User) -> Content:
    return Content(
        message=message,
        channel=content.channel,
        language=content.language,
        variant=content.variant,
        subject=content.subject,
        preheader=content.preheader,
        blocks=content.blocks,
        options=content.options,
        updated_by=user,
    )
