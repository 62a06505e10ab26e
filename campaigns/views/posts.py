"""Posts on social networks beside the messages of a campaign."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from campaigns import posts
from campaigns.views.common import CHANGE, get, reader


@login_required
@permission_required(CHANGE, raise_exception=True)
@require_POST
def campaign_post_add(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Also of a campaign that is on its way: its posts are public and have a review of their own."""
    group = posts.add(get(campaign_id), reader(request), timezone.now())
    return redirect("social_edit", group.pk)
