"""What a hurried person types when she sets up an SMTP server."""

import pytest

from channels.backends.smtp import SmtpForm

GOOD = {"host": "smtp.example.org", "port": "587", "security": "starttls"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"host": "https://smtp.example.org"}, "host"),
        ({"host": "smtp. example.org"}, "host"),
        ({"host": "smtp.example.org/"}, "host"),
        ({"port": "465"}, "security"),
        ({"security": "tls"}, "security"),
        ({"connections": "0"}, "connections"),
        ({"connections": "21"}, "connections"),
    ],
)
def test_a_slip_is_told_where_it_is(typed: dict[str, str], field: str) -> None:
    assert set(SmtpForm(GOOD | typed).errors) == {field}


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"host": " smtp.example.org "},
        {"host": "10.0.0.5"},
        {"host": "fd00::25"},
        {"host": "mail_1"},
        {"host": "post.köln.example"},
        {"port": "465", "security": "tls"},
        {"port": "25", "security": "none"},
        {"port": "", "security": "tls"},
        {"connections": "20"},
    ],
)
def test_what_is_right_is_taken(typed: dict[str, str]) -> None:
    form = SmtpForm(GOOD | typed)
    assert form.is_valid(), form.errors
