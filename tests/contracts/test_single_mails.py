"""One mail a call: what each such service answers. And Amazon's library knows nothing of AWS but what we tell it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from channels import backends
from channels.backends.anymail import FORGETFUL
from channels.backends.base import Kind, Outcome
from channels.models import Account
from tests.config.test_http import HOSTILE
from tests.contracts.test_backends import NOW, call
from tests.servers.single_services import SINGLES, Single

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    monkeypatch.setenv("ACCOUNT_POST_PASSWORD", "right")

    @contextmanager
    def start(esp: str) -> Iterator[Single]:
        with SINGLES[esp]() as service:
            settings.OUTGOING_HOSTS = [f"127.0.0.1:{service.server_port}"]
            yield service  # type: ignore[misc]

    return start


def line(esp: str, **options: Any) -> Any:
    account = Account.objects.create(
        name="post", backend="anymail", settings={"esp": esp, "options": SINGLES[esp].options | options}
    )
    return backends.backends["anymail"].connect(account)


def answer(connection: Any, local: str) -> Outcome:
    [outcome] = connection.send([call(1, local)], NOW).values()
    assert "@" not in outcome.detail
    return outcome


@pytest.mark.parametrize("esp", SINGLES)
def test_answers_are_told_apart(running: Any, esp: str) -> None:
    with running(esp) as service:
        connection = line(esp, api_url=service.url)
        expected = {
            "anna": Kind.ACCEPTED,
            "nobody": service.refused,
            "busy": Kind.LINE,
            "maintenance": Kind.LINE,
            "down": Kind.UNKNOWN,
            "cut-before": Kind.UNKNOWN,
            "cut-after": Kind.UNKNOWN,
            "bert": Kind.ACCEPTED,
        }
        assert {local: answer(connection, local).kind for local in expected} == expected
        assert answer(connection, "busy").retry_after == 7
        connection.close()
        assert answer(connection, "carla").provider_id.strip("<>").partition("@")[0]
        arrived = [mail["To"].partition("@")[0] for mail in service.mails]
        assert arrived == ["anna", "cut-after", "bert", "carla"]
        references = {mail.get("Reference") for mail in service.mails}
        assert references == ({None} if esp in FORGETFUL else {"1.x"})


@pytest.mark.fault("F14")
@pytest.mark.parametrize("esp", SINGLES)
def test_a_bad_key_is_us_and_is_not_quoted(running: Any, monkeypatch: pytest.MonkeyPatch, esp: str) -> None:
    with running(esp) as service:
        monkeypatch.setenv("ACCOUNT_POST_PASSWORD", "revoked-key")
        outcome = answer(line(esp, api_url=service.url), "anna")
        assert outcome.kind is Kind.US
        assert "revoked-key" not in outcome.detail
        assert service.mails == []


def test_what_amazon_says_of_the_account_the_mail_and_its_own_patience(running: Any) -> None:
    with running("amazon_ses") as service:
        connection = line("amazon_ses", api_url=service.url)
        assert answer(connection, "suspended").kind is Kind.US
        assert answer(connection, "poison").kind is Kind.US
        assert answer(connection, "throttled").kind is Kind.LINE
        refused = answer(connection, "nobody")
        assert (refused.kind, refused.suppress) == (Kind.ADDRESS, False)
        assert service.calls == 4, "the library tries nothing again by itself"


def test_amazons_library_reads_no_file_and_no_variable_of_aws(
    running: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(
        "[profile other]\nregion = us-east-1\nendpoint_url = http://127.0.0.1:9\n"
    )
    (tmp_path / "credentials").write_text("[default]\naws_access_key_id = X\naws_secret_access_key = Y\n")
    elsewhere = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_PROFILE": "no-such-profile",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "X",
        "AWS_SECRET_ACCESS_KEY": "Y",
        "AWS_SESSION_TOKEN": "Z",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_SESV2": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    for name, value in elsewhere.items():
        monkeypatch.setenv(name, value)
    with running("amazon_ses") as service:
        assert answer(line("amazon_ses", api_url=service.url), "anna").kind is Kind.ACCEPTED


def test_region_and_key_may_come_from_the_environment_and_their_absence_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Account.objects.create(name="ses", backend="anymail", settings={"esp": "amazon_ses"})
    with pytest.raises(ValueError, match="region"):
        backends.backends["anymail"].connect(made)
    monkeypatch.setenv("ACCOUNT_SES_REGION", "eu-west-1")
    with pytest.raises(ValueError, match="KEY_ID"):
        backends.backends["anymail"].connect(made)
    monkeypatch.setenv("ACCOUNT_SES_KEY_ID", "AKIDLINDEN")
    monkeypatch.setenv("ACCOUNT_SES_PASSWORD", "right")
    connection: Any = backends.backends["anymail"].connect(made)
    assert connection.backend.client.meta.endpoint_url == "https://email.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("esp", "options", "word"),
    [
        ("amazon_ses", {"region": "Frankfurt"}, "eu-central-1"),
        ("scaleway", {}, "project_id"),
        ("unisender_go", {}, "api_url"),
        ("amazon_ses", {"region": "eu-central-1"}, ""),
        ("mailtrap", {}, ""),
    ],
)
def test_what_a_service_lacks_is_said_at_the_form(esp: str, options: dict[str, str], word: str) -> None:
    said = [
        str(words)
        for _field, words in backends.backends["anymail"].complaints({"esp": esp, "options": options}, "")
    ]
    assert [word in each for each in said] == ([True] if word else [])


@pytest.mark.parametrize("url", [each for each in HOSTILE if each])
def test_amazon_at_a_hostile_address_is_never_called(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("connected")

    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", never)
    monkeypatch.setattr("urllib3.util.connection.create_connection", never)
    monkeypatch.setenv("ACCOUNT_POST_PASSWORD", "right")
    options = SINGLES["amazon_ses"].options | {"api_url": url.format(port=9)}
    # Not saved: the database takes no NUL.
    made = Account(name="post", backend="anymail", settings={"esp": "amazon_ses", "options": options})
    try:
        connection = backends.backends["anymail"].connect(made)
    except ValueError:
        return
    assert answer(connection, "anna").kind in (Kind.US, Kind.LINE)
