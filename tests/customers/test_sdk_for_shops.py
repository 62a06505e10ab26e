"""What a shop's developer copies: the lines on a key's page, and the examples of docs/sdk.md."""

import gzip
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from customers.models import ApiKey
from customers.tracking import identity_tokens, keys
from tests.customers.door import made
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
DOCS = (Path(settings.BASE_DIR) / "docs/sdk.md").read_text()


@pytest.fixture
def page_key() -> ApiKey:
    return made(UserFactory(), "browser", scopes=[], origins=["https://linden.example"])[0]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("stammkunde", 10_000),
        ("stammkunde-push-page", 4_000),
        ("stammkunde-push", 2_000),
        ("stammkunde-inapp", 10_000),
    ],
)
def test_the_scripts_are_small(name: str, most: int) -> None:
    served = finders.find(f"sdk/{name}.js")
    assert served is not None
    assert len(gzip.compress(Path(served).read_bytes(), 9)) < most


def shown(client: Client, key: ApiKey) -> tuple[str, dict[str, str]]:
    """The key's page and what stands in its fields to copy, by id."""
    html = client.get(f"/settings/keys/{key.pk}/").content.decode()
    fields = re.findall(r'<textarea[^>]* id="([\w-]+)"[^>]*>(.*?)</textarea>', html, re.DOTALL)
    return html, {name: unescape(text) for name, text in fields}


def test_the_page_of_a_browser_key_shows_the_lines_to_copy(administrator: Client, page_key: ApiKey) -> None:
    _html, fields = shown(administrator, page_key)
    address = f"{settings.PUBLIC_URL}/static/sdk/stammkunde.js"
    assert f'stammkunde("init", "{keys.public(page_key)}");' in fields["snippet"]
    assert f'<script async src="{address}"></script>' in fields["snippet"]
    assert f'"{keys.public(page_key)}"' in fields["snippet-start"]
    assert "<script" not in fields["snippet-start"]
    assert fields["snippet-load"].count(address) == 1


def test_the_key_on_the_page_is_the_key(administrator: Client, page_key: ApiKey) -> None:
    public = keys.public(page_key)
    assert len(public) <= ApiKey._meta.get_field("prefix").max_length
    assert keys.find(public, timezone.now()) == page_key
    html, _fields = shown(administrator, page_key)
    assert f"<code>{public}</code>" in html
    new, secret = keys.rotate(page_key, page_key.created_by, timezone.now())  # type: ignore[arg-type]
    assert keys.public(new) == secret


def test_secret_keys_and_old_browser_keys_show_their_beginning_only(administrator: Client) -> None:
    server, secret = made(UserFactory())
    html, fields = shown(administrator, server)
    assert (keys.public(server), fields) == ("", {})
    assert secret not in html
    old = ApiKey.objects.create(
        kind="browser", name="old", source="shop", prefix="browser_abcd", hash=keys.hashed("browser_abcdefgh")
    )
    html, fields = shown(administrator, old)
    assert (keys.public(old), fields) == ("", {})
    assert f"/settings/keys/{old.pk}/replace/" in html


def test_a_new_browser_key_is_no_secret_that_is_shown_once(administrator: Client) -> None:
    form = {"name": "Pages", "kind": "browser", "source": "shop", "web_addresses": "https://linden.example"}
    html = administrator.post("/settings/keys/new/", form).content.decode()
    assert 'id="secret"' not in html
    assert keys.public(ApiKey.objects.get()) in html


def test_a_web_address_that_is_none_is_told_at_its_field(administrator: Client) -> None:
    for typed in ("https://[x", "ftp://linden.example", "https://linden example"):
        form = {"name": "Pages", "kind": "browser", "source": "shop", "web_addresses": typed}
        html = administrator.post("/settings/keys/new/", form).content.decode()
        assert "is no web address" in html, typed
    assert not ApiKey.objects.exists()


def example(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def test_a_token_signed_as_the_docs_say_in_python_is_believed(page_key: ApiKey) -> None:
    names: dict[str, object] = {}
    exec(example("python"), names)
    token = names["stammkunde_token"](4711, keys.identity_secret(page_key))  # type: ignore[operator]
    assert identity_tokens.holds(page_key, token, "4711", timezone.now())


@pytest.mark.parametrize(
    ("program", "language", "option", "call"),
    [
        ("node", "js", "-e", 'process.stdout.write(stammkundeToken("Kä-1", "{secret}"));'),
        ("php", "php", "-r", 'echo stammkunde_token("Kä-1", "{secret}");'),
    ],
)
def test_a_token_signed_as_the_docs_say_elsewhere_is_believed(
    page_key: ApiKey, program: str, language: str, option: str, call: str
) -> None:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed.")
    code = example(language) + call.format(secret=keys.identity_secret(page_key))
    ran = subprocess.run([found, option, code], capture_output=True, text=True, check=True)
    assert identity_tokens.holds(page_key, ran.stdout, "Kä-1", timezone.now())


def test_the_docs_show_the_lines_of_the_page(administrator: Client, page_key: ApiKey) -> None:
    _html, fields = shown(administrator, page_key)
    named = {
        keys.public(page_key): "browser_...",
        settings.PUBLIC_URL: "https://crm.shop.example",
    }
    for text in (fields["snippet"], fields["snippet-load"]):
        for real, other in named.items():
            text = text.replace(real, other)
        assert text.strip() in DOCS
