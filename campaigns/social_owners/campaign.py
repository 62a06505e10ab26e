from collections.abc import Sequence

from django.urls import reverse

from campaigns.models import CampaignPosts
from channels.social.owners import Owner, Owners, owners


@owners.register
class Campaigns(Owners):
    key = "campaigns"

    def of(self, group_ids: Sequence[int]) -> dict[int, Owner]:
        rows = CampaignPosts.objects.filter(group__in=group_ids).select_related("campaign")
        return {
            row.group_id: Owner(row.campaign.name, reverse("campaign", args=[row.campaign_id]))
            for row in rows
        }
