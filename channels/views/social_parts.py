"""What the pages of social posts share."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from channels.models import SocialPost, SocialPostGroup
from channels.social.posts import Refused
from customers.models import User

VIEW, ADD, CHANGE = "channels.view_socialpost", "channels.add_socialpost", "channels.change_socialpost"
PUBLISH = "channels.publish_socialpost"


def reader(request: HttpRequest) -> User:
    return cast(User, request.user)


def group_or_404(group_id: int) -> SocialPostGroup:
    return get_object_or_404(SocialPostGroup, pk=group_id)


def post_or_404(post_id: int) -> SocialPost:
    return get_object_or_404(SocialPost.objects.select_related("account", "group"), pk=post_id)


def drawn(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page with cards: they show the pictures of the posts, which may lie anywhere on the web."""
    response = render(request, template, context)
    response._csp_update = {"img-src": ["https:"]}  # type: ignore[attr-defined]
    return response


def told(request: HttpRequest, refused: Refused, group_id: int) -> HttpResponse:
    messages.error(request, refused.sentence)
    return redirect("social_group", group_id)
