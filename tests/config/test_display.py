"""Language and colours, for the signed-in and for everybody."""

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def html(client: Client, url: str = "/sign-in/") -> str:
    return client.get(url).content.decode()


def test_the_language_is_the_browsers_until_somebody_picks_one(client: Client) -> None:
    assert 'lang="en"' in client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()
    client.post(reverse("language"), {"language": "de", "next": "/sign-in/"})
    assert '<html lang="de"' in client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()


def test_a_picked_language_stays_with_the_account(administrator: Client) -> None:
    administrator.post(reverse("language"), {"language": "de"})
    elsewhere = Client()
    elsewhere.force_login(administrator.user)  # type: ignore[attr-defined]
    assert '<html lang="de"' in html(elsewhere, "/")


def test_an_unknown_language_changes_nothing(administrator: Client) -> None:
    administrator.post(reverse("language"), {"language": "xx"})
    assert '<html lang="en"' in html(administrator, "/")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_set_on_the_page_itself(client: Client, theme: str) -> None:
    client.post(reverse("display"), {"theme": theme})
    assert f'data-bs-theme="{theme}"' in html(client)


@pytest.mark.parametrize("theme", ["system", 'dark" onload="x', ""])
def test_without_a_choice_the_system_decides(client: Client, theme: str) -> None:
    client.cookies["theme"] = theme
    assert "data-bs-theme" not in html(client)


def test_the_folded_navigation_is_remembered(administrator: Client) -> None:
    assert "shell nav-open" in html(administrator, "/")
    administrator.post(reverse("display"), {"nav": "folded"})
    assert "shell nav-folded" in html(administrator, "/")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_switch_never_leads_away(client: Client, target: str) -> None:
    assert client.post(reverse("display"), {"theme": "dark", "next": target})["Location"] == "/"
    assert client.post(reverse("language"), {"language": "de", "next": target})["Location"] == "/"


def test_an_entry_of_the_navigation_is_there_for_whom_it_is_open(
    administrator: Client, store_manager: Client
) -> None:
    assert reverse("team_list") in html(administrator, reverse("settings"))
    assert reverse("team_list") not in html(store_manager, reverse("settings"))
