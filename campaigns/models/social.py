"""The posts on social networks that go beside a campaign's messages."""

from django.db import models

from campaigns.models.campaign import Campaign
from channels.models import SocialPostGroup


class CampaignPosts(models.Model):
    """A group of posts that belongs to a campaign. Posts know nothing of campaigns; this row does."""

    group = models.OneToOneField(
        SocialPostGroup, primary_key=True, on_delete=models.CASCADE, related_name="campaign_posts"
    )
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="post_groups")

    def __str__(self) -> str:
        return f"{self.group_id} of {self.campaign_id}"
