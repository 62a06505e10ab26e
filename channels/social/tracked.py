"""The tracked link of a post: one for all who read it, with UTM parameters, and its clicks by day."""

from datetime import datetime

from django.conf import settings
from django.db import connection
from django.urls import reverse

from channels import links, targets, utm
from channels.models import SocialPost
from customers.models import Shop

COUNT = """
    INSERT INTO channels_socialclicks (post_id, day, people, machines) VALUES (%s, %s, %s, %s)
    ON CONFLICT (post_id, day) DO UPDATE
    SET people = channels_socialclicks.people + excluded.people,
        machines = channels_socialclicks.machines + excluded.machines
"""


def address(post: SocialPost) -> str:
    """What stands in the post instead of the link; "" where there is none or nobody could follow it."""
    if not post.link or post.pk is None:
        return ""
    return str(settings.PUBLIC_URL) + reverse("social_link", args=[links.social_token(post.pk)])


def follow(token: str) -> tuple[SocialPost, str] | None:
    """The post and the address that its token leads to; None for anything else."""
    try:
        number = links.read_social(token)
    except links.BadToken:
        return None
    post = SocialPost.objects.select_related("account", "group").filter(pk=number).first()
    if post is None or not targets.is_safe(post.link):
        return None
    return post, utm.target(post.link, post.account.network, "social", post.group.utm_campaign)


def count(post: SocialPost, at: datetime, machine: bool) -> None:
    day = Shop.day(at)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [post.pk, day, int(not machine), int(machine)])
