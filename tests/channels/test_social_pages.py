"""What staff do with posts: write, review, schedule, move, cancel, settle; and who else is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import SocialAccount, SocialPost, SocialPostGroup
from channels.social import posting, posts
from customers.models import AuditEntry
from tests.channels import social
from tests.channels.social import NOW
from tests.config.test_http import HOSTILE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.PUBLIC_URL = "https://shop.example"
    monkeypatch.setattr("channels.tasks.post_socially.apply_async", lambda *args, **more: None)


@pytest.fixture
def everywhere() -> list[SocialAccount]:
    return [social.account(network) for network in ("facebook", "instagram", "x", "pinterest")]


@pytest.fixture
def group() -> SocialPostGroup:
    return posts.create(None, "Advent")


def form(group: SocialPostGroup, accounts: list[SocialAccount], **fields: Any) -> dict[str, Any]:
    group.refresh_from_db()
    return {
        "revision": group.revision,
        "name": group.name,
        "accounts": [account.pk for account in accounts],
        "text": "Samstag bis 22 Uhr.",
        "link": "https://linden.example/advent",
        "time_zone": "Europe/Berlin",
    } | fields


def send(client: Client, page: str, /, *args: int, **data: Any) -> str:
    return client.post(reverse(page, args=args), data, follow=True).content.decode()


def saved(client: Client, group: SocialPostGroup, accounts: list[SocialAccount], **fields: Any) -> str:
    return send(client, "social_edit", group.pk, **form(group, accounts, **fields))


# --- Writing ---


def test_one_text_with_a_variation_becomes_a_post_per_account(
    marketer: Client, group: SocialPostGroup, everywhere: list[SocialAccount]
) -> None:
    x = everywhere[2]
    tomorrow = timezone.now() + timedelta(days=1)
    more = {f"text_{x.pk}": "Kurz.", f"day_{x.pk}": f"{tomorrow:%Y-%m-%d}", f"clock_{x.pk}": "08:15"}
    saved(
        marketer,
        group,
        everywhere,
        picture="https://8.8.8.8/a.jpg",
        title="Advent",
        day=f"{tomorrow:%Y-%m-%d}",
        clock="18:00",
        **more,
    )
    made = {post.account_id: post for post in group.posts.all()}
    assert {post.text for post in made.values()} == {"Samstag bis 22 Uhr.", "Kurz."}
    assert (made[x.pk].own_text, made[x.pk].own_time) == (True, True)
    assert made[x.pk].wall_time.strftime("%H:%M") == "08:15"  # type: ignore[union-attr]
    assert {post.state for post in made.values()} == {"draft"}
    page = marketer.get(reverse("social_edit", args=[group.pk])).content.decode()
    assert "Kurz." in page


def test_a_draft_is_saved_while_it_is_written_and_tells_its_faults(
    marketer: Client, group: SocialPostGroup, everywhere: list[SocialAccount]
) -> None:
    page = send(marketer, "social_preview", group.pk, **form(group, everywhere, text="a" * 300))
    assert "324 / 280" in page  # the words, a line break, and an address that X counts as 23
    assert "Too long for X by 44 signs" in page
    assert "Instagram needs a picture." in page
    assert "Pinterest needs a picture." in page
    assert "saved" in page
    group.refresh_from_db()
    assert (group.text, group.revision, group.posts.count()) == ("a" * 300, 1, 4)
    send(marketer, "social_preview", group.pk, **form(group, everywhere[:1]))
    assert group.posts.count() == 1


def test_the_second_editor_is_told(
    marketer: Client, group: SocialPostGroup, everywhere: list[SocialAccount]
) -> None:
    before = form(group, everywhere)
    send(marketer, "social_preview", group.pk, **before)
    page = send(marketer, "social_preview", group.pk, **before | {"text": "Meins"})
    assert "Somebody else has changed this post" in page
    group.refresh_from_db()
    assert group.text == "Samstag bis 22 Uhr."


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"link": "javascript:alert(1)"}, "The link must be a whole address"),
        ({"link": "https://a@evil.example/"}, "The link must be a whole address"),
        ({"picture": "http://127.0.0.1/a.jpg"}, "does not lead into the public internet"),
        ({"picture": "https://169.254.169.254/latest/meta-data"}, "does not lead into the public internet"),
        ({"picture": "https://[::1]/a.jpg"}, "does not lead into the public internet"),
        ({"picture": "https://0x7f.1/a.jpg"}, "does not lead into the public internet"),
        ({"picture": "https://8.8.8.8:22/a.jpg"}, "does not lead into the public internet"),
        ({"picture": "file:///etc/passwd"}, "The picture must be a whole address"),
        ({"picture": "https://nobody-knows-this.invalid/a.jpg"}, "Nobody knows a server of this name"),
        ({"picture": "//evil.example/a.jpg"}, "The picture must be a whole address"),
        ({"day": "2026-12-24"}, "Choose a time as well"),
        ({"clock": "18:00"}, "Choose a day as well"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"accounts": []}, "Choose at least one account"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(
    marketer: Client,
    group: SocialPostGroup,
    everywhere: list[SocialAccount],
    wrong: dict[str, Any],
    words: str,
) -> None:
    wrong = dict(wrong)
    chosen = wrong.pop("accounts", everywhere)
    page = saved(marketer, group, chosen, **wrong)
    assert words in page
    assert not group.posts.exists()


def test_a_picture_from_where_nobody_may_look_is_refused(
    marketer: Client, group: SocialPostGroup, everywhere: list[SocialAccount]
) -> None:
    for url in [each for each in HOSTILE if each.isprintable() and each]:
        page = saved(marketer, group, everywhere, picture=url.format(port=8443))
        told = ("The picture must be a whole address", "into the public internet", "Nobody knows a server")
        assert any(words in page for words in told), url
        assert not group.posts.exists(), url


def test_pictures_of_our_own_need_no_public_address(
    marketer: Client, group: SocialPostGroup, everywhere: list[SocialAccount]
) -> None:
    saved(marketer, group, everywhere, picture="/demo/pictures/0101-01.svg", title="Advent")
    made = group.posts.first()
    assert made is not None
    assert posts.content(made).picture == "https://shop.example/demo/pictures/0101-01.svg"


# --- Deciding ---


def drafted(accounts: list[SocialAccount], **fields: Any) -> SocialPostGroup:
    post = social.post(accounts[0], **({"state": "draft", "due_at": None, "wall_time": None} | fields))
    return post.group


def test_scheduling_binds_to_what_was_reviewed(marketer: Client, everywhere: list[SocialAccount]) -> None:
    group = drafted(everywhere)
    assert "Look at it again" in send(marketer, "social_schedule", group.pk, seen=7)
    page = marketer.get(reverse("social_group", args=[group.pk])).content.decode()
    assert "Post 1 post now" in page
    send(marketer, "social_schedule", group.pk, seen=0)
    post = group.posts.get()
    assert (post.state, post.scheduled_by) == ("scheduled", marketer.user)  # type: ignore[attr-defined]
    assert "Nothing is left to schedule" in send(marketer, "social_schedule", group.pk, seen=0)
    assert AuditEntry.objects.filter(action="socialpost.scheduled").count() == 1


def test_a_faulty_post_is_not_scheduled(marketer: Client, everywhere: list[SocialAccount]) -> None:
    group = drafted(everywhere[1:], picture="")
    page = send(marketer, "social_schedule", group.pk, seen=0)
    assert "Instagram needs a picture." in page
    assert group.posts.get().state == "draft"


def test_a_time_that_has_passed_is_a_fault(marketer: Client, everywhere: list[SocialAccount]) -> None:
    group = drafted(everywhere, wall_time=NOW - timedelta(days=400))
    assert "This time has passed" in send(marketer, "social_schedule", group.pk, seen=0)


def test_wall_time_is_meant_in_its_zone(marketer: Client, everywhere: list[SocialAccount]) -> None:
    wall = (timezone.now() + timedelta(days=9)).replace(hour=18, minute=0, second=0, microsecond=0)
    group = drafted(everywhere, wall_time=wall, time_zone="America/New_York")
    send(marketer, "social_schedule", group.pk, seen=0)
    due = group.posts.get().due_at
    assert due is not None
    assert timedelta(hours=4) <= due - wall <= timedelta(hours=5)


def test_a_scheduled_post_is_changed_only_into_one_that_can_be_posted(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    post = social.post(everywhere[1], due_at=timezone.now() + timedelta(days=1), wall_time=None)
    page = saved(marketer, post.group, everywhere[1:2], picture="")
    assert "Instagram needs a picture." in page
    post.refresh_from_db()
    assert post.picture
    saved(marketer, post.group, everywhere[1:2], picture=post.picture or "", text="Neu")
    page = saved(marketer, post.group, everywhere[1:2], picture="/a.jpg", text="Neu")
    post.refresh_from_db()
    assert (post.text, post.state) == ("Neu", "scheduled")
    send(marketer, "social_preview", post.group_id, **form(post.group, everywhere[1:2], text="Nur getippt"))
    post.refresh_from_db()
    assert post.text == "Neu"


def test_what_the_network_made_ready_goes_with_the_words_it_was_made_of(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    """Else Instagram would publish the container of the words before."""
    due = timezone.now() + timedelta(days=1)
    post = social.post(
        everywhere[1], due_at=due, wall_time=None, prepared="c1", picture="/a.jpg", own_text=True
    )
    same = {f"text_{everywhere[1].pk}": post.text, "picture": "/a.jpg", "alt": post.alt, "title": post.title}
    saved(marketer, post.group, everywhere[1:2], **same, link=post.link)
    post.refresh_from_db()
    assert post.prepared == "c1"
    saved(marketer, post.group, everywhere[1:2], picture="/a.jpg", text="Neu")
    post.refresh_from_db()
    assert (post.text, post.prepared) == ("Neu", "")
    assert AuditEntry.objects.filter(action="socialpost.changed").count() == 2


def test_what_the_network_refused_stands_at_its_field(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    refused = {"state": "failed", "reason": "content", "field": "picture", "detail": "400: too narrow"}
    post = social.post(everywhere[1], **refused)
    page = marketer.get(reverse("social_edit", args=[post.group_id])).content.decode()
    at_field = page.split('id="faults-picture"')[1].split("</div>")[0]
    assert "The network does not take this post. (400: too narrow)" in at_field
    page = marketer.get(reverse("social_group", args=[post.group_id])).content.decode()
    assert "Change it and post it again." in page


def test_what_is_posted_stays_when_the_rest_is_edited(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    out = social.post(everywhere[0], state="posted", text="Gesagt")
    SocialPost.objects.create(group=out.group, account=everywhere[2], text="Gesagt")
    saved(marketer, out.group, [everywhere[2]], text="Anders")
    assert set(out.group.posts.values_list("state", "text")) == {("posted", "Gesagt"), ("draft", "Anders")}


def test_acts_ask_first_and_go_only_while_they_fit(marketer: Client, everywhere: list[SocialAccount]) -> None:
    post = social.post(everywhere[0], due_at=timezone.now() + timedelta(days=1))
    assert marketer.get(reverse("social_cancel", args=[post.pk])).status_code == 200
    assert SocialPost.objects.get().state == "scheduled"
    assert "It is cancelled." in send(marketer, "social_cancel", post.pk)
    assert "This is no longer possible" in send(marketer, "social_cancel", post.pk)
    assert "It is posted within a minute." in send(marketer, "social_post_now", post.pk)
    posting.tick(timezone.now)
    post.refresh_from_db()
    assert post.state == "posted"
    assert "This is no longer possible" in send(marketer, "social_post_now", post.pk)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["socialpost.cancelled", "socialpost.posted_now"]


def test_doubt_is_settled_by_a_person(marketer: Client, everywhere: list[SocialAccount]) -> None:
    there = social.post(everywhere[0], state="unknown")
    again = social.post(everywhere[0], state="unknown", prepared="c1")
    page = marketer.get(reverse("social_group", args=[there.group_id])).content.decode()
    assert "It is there" in page
    assert "Look at the page yourself" in page
    send(marketer, "social_settle", there.pk, answer="there")
    send(marketer, "social_settle", again.pk, answer="again")
    there.refresh_from_db()
    again.refresh_from_db()
    assert (there.state, again.state, again.prepared) == ("posted", "scheduled", "")


def test_a_copy_is_a_draft_and_what_was_posted_cannot_be_deleted(
    marketer: Client, everywhere: list[SocialAccount]
) -> None:
    out = social.post(everywhere[0], state="posted")
    send(marketer, "social_duplicate", out.group_id)
    copy = SocialPostGroup.objects.latest("pk")
    made = copy.posts.get()
    assert (made.state, made.text, made.due_at, made.wall_time) == ("draft", out.text, None, None)
    assert "what was posted stays" in send(marketer, "social_delete", out.group_id)
    send(marketer, "social_delete", copy.pk)
    assert list(SocialPostGroup.objects.all()) == [out.group]


def test_who_may_write_but_not_post_cannot(sign_in: Any, everywhere: list[SocialAccount]) -> None:
    group = drafted(everywhere)
    for role in ("analyst", "approver", "store_manager"):
        assert sign_in(role).post(reverse("social_schedule", args=[group.pk]), {"seen": 0}).status_code == 403
    assert group.posts.get().state == "draft"
