import pytest
from django.db import OperationalError, connection
from django.test import Client


@pytest.mark.django_db
def test_health_is_answered_before_redirects_and_host_checks(settings):
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().get("/health/", headers={"host": "unknown.example"})
    assert (answer.status_code, answer.content) == (200, b"stammkunde: good")


def test_without_a_database_the_answer_is_503(monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", fail)
    assert Client().get("/health/").status_code == 503
