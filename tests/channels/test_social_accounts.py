"""Accounts on social networks: connected, tested, paused, and what is said of them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import SocialAccount, SocialPost
from channels.social import posting
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


def send(client: Client, page: str, /, *args: int, **data: Any) -> str:
    return client.post(reverse(page, args=args), data, follow=True).content.decode()


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
