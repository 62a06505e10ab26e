"""Small worlds for the tests of social posts."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from channels.models import SocialAccount, SocialPost, SocialPostGroup
from channels.social import posts
from tests.servers.social import BOARD, PAGE, PROFILE, Networks

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
SETTINGS = {
    "facebook": {"page_id": PAGE},
    "instagram": {"profile_id": PROFILE},
    "x": {"handle": "linden"},
    "pinterest": {"board_id": BOARD},
}
numbers = count(1)


def account(network: str = "facebook", server: Networks | None = None, **fields: Any) -> SocialAccount:
    """One of the sandbox, or of the networks on loopback."""
    given = SETTINGS[network] | ({"api_url": server.url} if server else {})
    defaults = {"name": f"{network} {next(numbers)}", "settings": given, "sandbox": server is None}
    return SocialAccount.objects.create(network=network, **(defaults | fields))


def post(where: SocialAccount, **fields: Any) -> SocialPost:
    """Scheduled for NOW, with a picture, a title and a link."""
    defaults = {
        "text": f"Advent im Haus {next(numbers)}",
        "title": "Advent",
        "link": "https://linden.example/advent?a=1",
        "picture": "https://pictures.example/a.jpg",
        "alt": "Ein Kranz",
        "state": "scheduled",
        "wall_time": posts.on_the_wall(NOW, "Europe/Berlin"),
        "due_at": NOW,
    }
    group = SocialPostGroup.objects.create(name=f"Advent {next(numbers)}", utm_campaign="Advent 2026")
    return SocialPost.objects.create(group=group, account=where, **(defaults | fields))


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)
