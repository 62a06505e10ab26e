"""Signing in and out, being stopped, and what a session is worth afterwards."""

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse

from customers.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

SIGN_IN = "/sign-in/"
WRONG = "do not fit together"


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def attempt(client: Client, email: str, password: str = "wrong", **extra: Any) -> Any:
    return client.post(SIGN_IN, {"username": email, "password": password} | extra)


def test_a_user_signs_in_with_her_email_in_any_case(client: Client) -> None:
    UserFactory(email="mara@example.org")
    response = attempt(client, " Mara@Example.org", PASSWORD)
    assert response.status_code == 302
    assert response["Location"] == reverse("today")


def test_after_signing_in_she_is_where_she_wanted_to_be_but_never_elsewhere(client: Client) -> None:
    UserFactory(email="mara@example.org")
    assert attempt(client, "mara@example.org", PASSWORD, next="/settings/")["Location"] == "/settings/"
    client.logout()
    assert attempt(client, "mara@example.org", PASSWORD, next="https://evil.example/")["Location"] == "/"


@pytest.mark.parametrize("who", ["nobody@example.org", "mara@example.org", "gone@example.org"])
def test_unknown_wrong_and_deactivated_look_the_same(client: Client, who: str, hashed: list[int]) -> None:
    """The same sentence, and the same work: the password is hashed once in each case."""
    UserFactory(email="mara@example.org")
    UserFactory(email="gone@example.org", is_active=False)
    hashed.clear()
    response = attempt(client, who)
    assert response.status_code == 200
    assert WRONG in response.content.decode()
    assert len(hashed) == 1


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[int]:
    """A line for each time that a password is hashed."""
    settings.PASSWORD_HASHERS = ["tests.config.test_sign_in.CountingHasher"]
    CountingHasher.calls.clear()
    return CountingHasher.calls


class CountingHasher(PBKDF2PasswordHasher):
    algorithm = "counting"
    iterations = 1
    calls: list[int] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.calls.append(1)
        return super().encode(password, salt, iterations)


def test_ten_wrong_attempts_close_the_door_for_this_account_from_here(client: Client) -> None:
    UserFactory(email="mara@example.org")
    answers = [attempt(client, "mara@example.org").status_code for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert set(answers[:-1]) == {200}
    locked = attempt(client, "mara@example.org", PASSWORD)
    assert locked.status_code == 429
    assert "paused for 15 minutes" in locked.content.decode()


def test_another_spelling_of_the_account_does_not_open_the_door(client: Client) -> None:
    UserFactory(email="mara@example.org")
    for place in range(settings.AXES_FAILURE_LIMIT):
        attempt(client, "mara@example.org"[:place].upper() + "mara@example.org"[place:] + " ")
    assert attempt(client, "mara@example.org", PASSWORD).status_code == 429


def test_nobody_locks_a_colleague_out_from_elsewhere(client: Client) -> None:
    UserFactory(email="mara@example.org")
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        attempt(Client(REMOTE_ADDR="192.0.2.7"), "mara@example.org")
    assert attempt(client, "mara@example.org", PASSWORD).status_code == 302


def test_signing_out_takes_a_post(administrator: Client) -> None:
    assert administrator.get(reverse("sign_out")).status_code == 405
    administrator.post(reverse("sign_out"))
    assert administrator.get("/").status_code == 302


def test_a_new_password_ends_all_other_sessions(administrator: Client) -> None:
    elsewhere = Client()
    elsewhere.force_login(administrator.user)  # type: ignore[attr-defined]
    new = "another long pass phrase"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert administrator.post(reverse("password_change"), data).status_code == 302
    assert administrator.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_the_profile_keeps_name_and_language(administrator: Client) -> None:
    data = {"first_name": "Karla", "last_name": "Blum", "language": "de"}
    page = administrator.post(reverse("profile"), data, follow=True)
    assert page.headers["Content-Language"] == "de"
    user: User = administrator.user  # type: ignore[attr-defined]
    user.refresh_from_db()
    assert (str(user), user.language) == ("Karla Blum", "de")


def test_a_fragment_asked_for_too_late_leads_the_whole_window_to_the_sign_in(client: Client) -> None:
    response = client.get(reverse("team_list"), headers={"HX-Request": "true", "HX-Current-URL": "/x/"})
    assert response["HX-Redirect"] == "/x/"


def test_what_is_sent_after_the_session_has_ended_leads_back_to_the_form_and_says_so(client: Client) -> None:
    user = UserFactory(in_role="administrator")
    there = "http://testserver/settings/keys/new/?kind=till"
    answer = client.post("/settings/keys/1/discard/", {"x": "1"}, headers={"Referer": there})
    assert answer["Location"] == f"{SIGN_IN}?next=/settings/keys/new/%3Fkind%3Dtill"
    answer = attempt(client, user.email, PASSWORD, next="/settings/keys/new/")
    assert "what was sent last was not done" in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "there", ["", "https://evil.example/", "//evil.example/x", "http://testserver/nowhere/", "http://[x"]
)
def test_where_it_is_not_known_she_begins_at_the_start(client: Client, there: str) -> None:
    answer = client.post("/settings/keys/1/discard/", headers={"Referer": there})
    assert answer["Location"] == f"{SIGN_IN}?next=/"


def test_a_script_that_sends_hears_of_it_itself(client: Client) -> None:
    answer = client.post("/settings/keys/new/", headers={"Sec-Fetch-Mode": "cors"})
    assert answer["Location"] == f"{SIGN_IN}?next=/settings/keys/new/"


def test_signing_out_is_nothing_that_was_not_done(client: Client) -> None:
    client.force_login(UserFactory())
    answer = client.post(reverse("sign_out"), headers={"Referer": "http://testserver/settings/"})
    assert answer["Location"] == SIGN_IN


def test_an_address_that_only_takes_forms_says_so_when_it_is_opened(client: Client) -> None:
    client.force_login(UserFactory(in_role="administrator"))
    opened = client.get(reverse("display"), headers={"Accept": "text/html"})
    assert opened.status_code == 405
    assert opened["Allow"] == "POST"
    assert "only takes what a form sends" in opened.content.decode()
    assert client.get(reverse("display")).content == b""
