"""What staff do with posts: write, review, schedule, move, cancel, settle; and who else is told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import SocialAccount, SocialClicks, SocialPost, SocialPostGroup
from channels.social import posting, posts, tracked
from customers.models import AuditEntry
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


# --- The list, the calendar, the feed ---


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
def test_utm_leaves_the_rest_of_the_address_as_it_was(link: str, target: str) -> None:
    assert tracked.target(link, "x", "c") == target


# --- Accounts ---


def test_an_account_is_connected_tested_paused_and_resumed(
    administrator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = reverse("social_account_create")
    assert "?provider=pinterest" in administrator.get(url).content.decode()
    answer = administrator.post(f"{url}?provider=facebook", {"name": "Seite", "page_id": "x"}, follow=True)
    assert "A page ID is a number." in answer.content.decode()
    assert (
        "The network needs this."
        in administrator.post(f"{url}?provider=facebook", {"name": "S"}).content.decode()
    )
    administrator.post(f"{url}?provider=facebook", {"name": "Seite", "page_id": "12345", "token": "hunter2"})
    made = SocialAccount.objects.get()
    assert made.settings == {"page_id": "12345"}
    page = administrator.get(reverse("social_account_list")).content.decode()
    assert f"SOCIAL_{made.pk}_TOKEN" in page
    monkeypatch.setenv(f"SOCIAL_{made.pk}_TOKEN", "hunter2-canary")
    page = administrator.get(reverse("social_account_list")).content.decode()
    assert "found in the environment" in page
    assert "hunter2-canary" not in page
    send(administrator, "social_account_pause", made.pk, reason="Sommerpause")
    assert "Sommerpause" in administrator.get(reverse("social_account_list")).content.decode()
    send(administrator, "social_account_resume", made.pk)
    made.refresh_from_db()
    assert made.paused_at is None


def test_a_paused_accounts_reason_is_said_in_plain_words(marketer: Client) -> None:
    where = social.account(paused_at=NOW, pause_code="token_expired", pause_reason="400: Error validating")
    page = marketer.get(reverse("social_account_list")).content.decode()
    assert "does not accept the access token any more. Make a new one" in page
    post = social.post(where)
    assert (
        "The account is paused."
        in marketer.get(reverse("social_group", args=[post.group_id])).content.decode()
    )


def test_the_end_of_a_token_is_foretold(marketer: Client) -> None:
    today = timezone.localdate()
    social.account(sandbox=False, token_expires_on=today + timedelta(days=3))
    assert "soon; make a new token" in marketer.get(reverse("social_account_list")).content.decode()
    SocialAccount.objects.update(token_expires_on=today - timedelta(days=1))
    assert "over; make a new token" in marketer.get(reverse("social_account_list")).content.decode()


def test_the_sandbox_posts_without_a_network(everywhere: list[SocialAccount]) -> None:
    made = [social.post(account) for account in everywhere]
    posting.tick(lambda: NOW)
    assert set(SocialPost.objects.values_list("state", flat=True)) == {"posted"}
    assert made[0].pk
