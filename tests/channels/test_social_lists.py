"""Where posts are looked at: the list, the calendar, the feed, the page of today; and where their link leads."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import utm
from channels.models import SocialAccount, SocialClicks, SocialPost
from channels.social import tracked
from tests.channels import social
from tests.channels.social import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    monkeypatch.setattr("channels.tasks.post_socially.apply_async", lambda *args, **more: None)


@pytest.fixture
def everywhere() -> list[SocialAccount]:
    return [social.account(network) for network in ("facebook", "instagram", "x", "pinterest")]


def test_the_list_searches_filters_and_exports(marketer: Client, everywhere: list[SocialAccount]) -> None:
    late = social.post(everywhere[0], reason="late", text="Wolle")
    social.post(everywhere[2], state="posted", text="Seide")
    url = reverse("social_list")
    assert late.group.name in marketer.get(url, {"q": "wolle"}).content.decode()
    assert late.group.name not in marketer.get(url, {"network": "x"}).content.decode()
    page = marketer.get(url, {"attention": "yes"}).content.decode()
    assert "It is too late to be posted by itself." in page
    assert "Posted" not in page.split('id="list"')[1].split("<tbody")[1]
    export = b"".join(marketer.get(url, {"export": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert late.group.name in export


def test_many_are_cancelled_at_once_and_what_was_posted_stays(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    rows = [
        social.post(everywhere[0]),
        social.post(everywhere[0]),
        social.post(everywhere[0], state="posted"),
    ]
    data = {"action": "cancel", "ids": [row.pk for row in rows], "confirmed": "yes"}
    page = marketer.post(reverse("social_list"), data, follow=True).content.decode()
    assert "2 posts are cancelled." in page
    assert "1 was not scheduled and stays." in page
    assert sorted(SocialPost.objects.values_list("state", flat=True)) == ["cancelled", "cancelled", "posted"]


def test_the_page_of_today_tells_what_needs_somebody(marketer: Client, analyst: Client) -> None:
    assert "Posts that do not go out" not in marketer.get(reverse("today")).content.decode()
    social.post(social.account(name="Seite"), reason="late")
    social.account(name="Profil", paused_at=NOW, pause_code="token_expired")
    page = marketer.get(reverse("today")).content.decode()
    assert "It is too late to be posted by itself." in page
    assert "does not accept the access token" in page
    assert "Posts that do not go out" not in analyst.get(reverse("today")).content.decode()


def test_a_post_is_found_by_its_name(marketer: Client) -> None:
    post = social.post(social.account())
    page = marketer.get(reverse("search"), {"q": post.group.name}).content.decode()
    assert reverse("social_group", args=[post.group_id]) in page


def test_the_calendar_shows_the_day_of_the_shops_zone(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    post = social.post(everywhere[0], due_at=NOW.replace(month=12, day=3, hour=23, minute=30))
    url = reverse("social_calendar")
    page = marketer.get(url, {"day": "2026-12-04", "view": "week"}).content.decode()
    assert post.group.name in page
    assert "00:30" in page
    assert post.group.name not in marketer.get(url, {"day": "2026-10-02"}).content.decode()
    for odd in ("", "x", "9999-99-99", "0001-01-01", "9999-12-31"):
        assert marketer.get(url, {"day": odd}).status_code == 200


def test_the_feed_shows_what_the_sandbox_posted(marketer: Client, everywhere: list[SocialAccount]) -> None:
    social.post(everywhere[0], state="posted", text="<b>Wolle</b> #zuhause https://a.example/x")
    social.post(everywhere[2], text="Noch nicht")
    page = marketer.get(reverse("social_feed")).content.decode()
    assert "&lt;b&gt;Wolle&lt;/b&gt;" in page
    assert '<span class="post-tag">#zuhause</span>' in page
    assert "Noch nicht" not in page
    assert "Wolle" not in marketer.get(reverse("social_feed"), {"network": "x"}).content.decode()


# --- The link ---


def test_the_link_leads_on_with_utm_and_counts_people_and_machines(
    everywhere: list[SocialAccount],
) -> None:
    post = social.post(everywhere[2])
    path = tracked.address(post).removeprefix("https://shop.example")
    client = Client()
    answer = client.get(path, headers={"user-agent": "Mozilla/5.0"})
    assert answer["Location"] == (
        "https://linden.example/advent?a=1&utm_source=x&utm_medium=social&utm_campaign=Advent+2026"
    )
    client.get(path, headers={"user-agent": "Mozilla/5.0"})
    client.get(path, headers={"user-agent": "facebookexternalhit/1.1"})
    client.get(path, headers={"user-agent": "Twitterbot/1.0"})
    client.head(path, headers={"user-agent": "Mozilla/5.0"})
    assert list(SocialClicks.objects.values_list("people", "machines")) == [(2, 2)]
    assert client.post(path).status_code == 405


def test_a_link_names_one_post_and_nobody(everywhere: list[SocialAccount]) -> None:
    first, second = social.post(everywhere[0]), social.post(everywhere[2])
    assert tracked.address(first) != tracked.address(second)
    assert tracked.address(first) == tracked.address(first)
    assert Client().get(reverse("social_link", args=["nonsense"])).status_code == 404
    SocialPost.objects.filter(pk=first.pk).update(link="javascript:alert(1)")
    assert Client().get(tracked.address(first).removeprefix("https://shop.example")).status_code == 404


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("https://a.example", "https://a.example?utm_source=x&utm_medium=social&utm_campaign=c"),
        (
            "https://a.example/?utm_source=own#part",
            "https://a.example/?utm_source=own&utm_medium=social&utm_campaign=c#part",
        ),
        (
            "https://a.example/?q=%C3%A4&b",
            "https://a.example/?q=%C3%A4&b&utm_source=x&utm_medium=social&utm_campaign=c",
        ),
    ],
)
def test_a_post_s_link_keeps_what_it_has(link: str, target: str) -> None:
    assert utm.target(link, "x", "social", "c") == target
