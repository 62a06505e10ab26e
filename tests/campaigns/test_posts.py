"""Posts on social networks beside the messages of a campaign."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import CampaignPosts
from channels.models import SocialPostGroup
from channels.social import posts
from customers.models import AuditEntry
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import social

pytestmark = pytest.mark.django_db


def test_a_post_begins_with_the_campaigns_name_and_time(marketer: Client) -> None:
    campaign = make.campaign(name="Advent", wall_time=NOON, time_zone="Europe/Vienna")
    answer = marketer.post(reverse("campaign_post_add", args=[campaign.pk]))
    group = SocialPostGroup.objects.get()
    assert answer["Location"] == reverse("social_edit", args=[group.pk])
    assert (group.name, group.utm_campaign) == ("Advent", "advent")
    assert (group.wall_time, group.time_zone) == (NOON, "Europe/Vienna")
    assert AuditEntry.objects.filter(action="campaign.posts_added").count() == 1
    page = marketer.get(reverse("social_edit", args=[group.pk])).content.decode()
    assert reverse("campaign", args=[campaign.pk]) in page


def test_the_campaigns_pages_list_its_posts_and_no_others(marketer: Client) -> None:
    campaign = make.campaign(state="running")
    make.occurrence(campaign, started_at=NOON, state="sending")
    ours, other = social.post(social.account("x")), social.post(social.account("x"))
    CampaignPosts.objects.create(group=ours.group, campaign=campaign)
    page = marketer.get(reverse("campaign_running", args=[campaign.pk])).content.decode()
    assert ours.group.name in page
    assert "Scheduled" in page
    assert other.group.name not in page
    assert (
        ours.group.name not in marketer.get(reverse("campaign_progress", args=[campaign.pk])).content.decode()
    )


def test_a_campaign_does_not_take_its_posts_along(marketer: Client) -> None:
    """What is public outlives the draft beside which it was written."""
    campaign = make.campaign()
    group = posts.create(None, "Advent")
    CampaignPosts.objects.create(group=group, campaign=campaign)
    marketer.post(reverse("campaign_delete", args=[campaign.pk]))
    assert SocialPostGroup.objects.get() == group
    assert not CampaignPosts.objects.exists()
