"""Calls of machines go past what only pages need, and no further."""

import pytest
from django.test import Client

CALL = "/api/v1/track"

pytestmark = pytest.mark.django_db


def test_a_call_gets_no_session_no_language_and_no_policy_for_pages(client: Client) -> None:
    answer = client.post(CALL, b"{}", content_type="application/json")
    assert answer.status_code == 401
    assert not answer.cookies
    assert "Content-Security-Policy" not in answer.headers
    assert "Content-Language" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_apis_own_page_is_a_page(client: Client) -> None:
    assert "Content-Security-Policy" in client.get("/api/v1/docs").headers


def test_a_call_to_a_strange_host_is_refused(client: Client) -> None:
    assert client.post(CALL, b"{}", content_type="application/json", HTTP_HOST="evil.test").status_code == 400


def test_an_address_that_is_none_is_not_found(client: Client) -> None:
    assert client.post("/api/v1/nothing", b"{}", content_type="application/json").status_code == 404


def test_where_everything_is_encrypted_calls_are_too(settings: object, client: Client) -> None:
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined]
    assert client.post(CALL, b"{}", content_type="application/json").status_code == 301
