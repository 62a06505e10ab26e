"""A person's word about messages of which nobody can tell whether they arrived."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import running
from campaigns.drafts import locked
from campaigns.models import Campaign
from campaigns.refusals import Refused
from channels.delivery import outcomes
from channels.models import Delivery
from customers import audit
from customers.models import User

NAMED = 1_000  # so many ids go into the audit entry


@transaction.atomic
def settle(campaign_id: int, delivery_ids: Sequence[int], user: User, at: datetime, *, arrived: bool) -> int:
    """Take these unknown deliveries of the campaign for arrived, or send them again; returns how many changed.

    Raises Refused when they should be sent again and the campaign is cancelled.
    """
    if not user.has_perm("campaigns.approve_campaign"):
        raise PermissionDenied
    campaign = locked(campaign_id)
    if not arrived and campaign.state == Campaign.State.CANCELLED:
        raise Refused(_("This campaign is cancelled. Nothing of it is sent again."))
    mine = Delivery.objects.filter(message=campaign.message_id, pk__in=delivery_ids)
    done = outcomes.settle(list(mine.values_list("pk", flat=True)), arrived, at)
    if done and not arrived:
        running.go_on(campaign, Delivery.objects.filter(pk__in=done).values("occurrence"))
    if done:
        about = {"answer": "arrived" if arrived else "again", "people": len(done), "deliveries": done[:NAMED]}
        audit.record(user, "campaign.settled", campaign, at, **about)
    return len(done)
