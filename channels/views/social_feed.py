"""The sandbox's feed: what its accounts have posted, as the people who follow them would see it."""

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from channels.models import SocialNetwork, SocialPost
from channels.social import cards
from channels.views.social_parts import drawn
from config.pages import paging

PER_PAGE = 20


@login_required
@permission_required("channels.view_sandboxmail", raise_exception=True)
def social_feed(request: HttpRequest) -> HttpResponse:
    """Newest first. `?network=` narrows."""
    network = request.GET.get("network", "")
    network = network if network in SocialNetwork.values else ""
    shown = SocialPost.objects.filter(account__sandbox=True, state=SocialPost.State.POSTED)
    shown = shown.filter(account__network=network) if network else shown
    rows = shown.select_related("account", "group").order_by("-due_at", "-pk")
    page = paging.page(rows, request.GET.get("page", "1"), PER_PAGE)
    at = timezone.now()
    context = {
        "page": page,
        "cards": [cards.card(post, at) for post in page.object_list],
        "network": network,
        "networks": SocialNetwork.choices,
        "sandbox": "social_feed",
    }
    return drawn(request, "channels/social_feed.html", context)
