"""A campaign's posts on social networks: made with its name, told of on its pages."""

from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction

from campaigns.models import Campaign, CampaignPosts
from channels import utm
from channels.models import SocialPost, SocialPostGroup
from channels.networks.base import Network
from channels.social import clicks, posts, words
from config.pages.parts import Tone
from customers import audit
from customers.models import User


class Line(NamedTuple):
    post: SocialPost
    network: Network
    tone: Tone
    when: str
    people: int


class Group(NamedTuple):
    group: SocialPostGroup
    lines: list[Line]


@transaction.atomic
def add(campaign: Campaign, user: User, at: datetime) -> SocialPostGroup:
    """A new group with the campaign's name and time; statistics of the shop know its clicks by that name, like those of
    the campaign's messages."""
    if not user.has_perm("channels.add_socialpost"):
        raise PermissionDenied
    group = posts.create(user, campaign.name, utm_campaign=utm.slug(campaign.name))
    group.wall_time, group.time_zone = campaign.wall_time, campaign.time_zone
    group.save(update_fields=["wall_time", "time_zone"])
    CampaignPosts.objects.create(group=group, campaign=campaign)
    audit.record(user, "campaign.posts_added", campaign, at, group=group.pk)
    return group


def of(campaign: Campaign) -> list[Group]:
    """The campaign's groups, newest last, with their posts and clicks, in three queries."""
    groups = SocialPostGroup.objects.filter(campaign_posts__campaign=campaign).order_by("pk")
    rows = SocialPost.objects.filter(group__campaign_posts__campaign=campaign)
    found = posts.in_order(list(rows.select_related("account", "group")))
    counted = clicks.of([post.pk for post in found])
    return [
        Group(group, [_line(post, counted) for post in found if post.group_id == group.pk])
        for group in groups
    ]


def _line(post: SocialPost, counted: dict[int, clicks.Clicks]) -> Line:
    people = counted.get(post.pk, clicks.NONE).people
    return Line(post, posts.network(post), words.TONES[post.state], words.when(post), people)
