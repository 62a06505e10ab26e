"""Nothing inline on any page, a strict policy on each, and no form that another site could send."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config import roles
from tests.config.role_matrix import ANSWERS, MATRIX, PUBLIC
from tests.config.test_role_matrix import address
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SPRITE = (settings.BASE_DIR / "static/vendor/tabler-icons/sprite.svg").read_text()
# Customers' doors without a session: the token in the address is the right to act, and mail programs send the
# one-click opt-out of RFC 8058.
WITHOUT_TOKEN = {"opt_out", "opt_in", "preferences", "own_data", "sign_up", "provider_report"} | {
    "twilio_status",
    "twilio_inbound",
    "contest_play",
    "sale_enter",
}
# Calls of the API carry a key; a session, which another site could ride on, means nothing to them.
WITH_KEY = {name for name in MATRIX if name.startswith("api:")}
API_PAGE = "api:openapi-view"  # Swagger styles its own elements
# A message's own HTML, shown in a frame: inline styles are its business, scripts and our cookies are not.
FRAMED = {"mail_html", "message_preview", "phone_screen"}


class Inline(HTMLParser):
    """Collects what `script-src 'self'; style-src 'self'` would refuse, and the icons that are drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.icons: set[str] = set()
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        runs = tag == "script" and given.get("type", "text/javascript") != "application/json"
        self.inside = tag if tag == "style" or (runs and "src" not in given) else ""
        self.faults += [f"<{tag} {name}>" for name in given if name == "style" or name.startswith("on")]
        self.faults += [f"<{tag} {n}={v}>" for n, v in attrs if (v or "").lower().startswith("javascript:")]
        self.faults += [f"<{tag} {n}>" for n in given if n.startswith(("hx-on", "data-hx-on"))]
        if tag == "use":
            self.icons.add((given["href"] or "").split("#")[1])

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside and data.strip():
            self.faults.append(f"<{self.inside}>{data.strip()[:40]}")


def pages() -> list[str]:
    opened = [name for name in MATRIX if ANSWERS.get(name, 200) == 200 or name == "sign_in"]
    return [name for name in opened if name not in FRAMED | {API_PAGE}]


def open_page(name: str, client: Client) -> Any:
    return (Client() if MATRIX[name] == PUBLIC else client).get(address(name, client.user))  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", pages())
def test_a_page_has_nothing_inline_and_a_strict_policy(name: str, administrator: Client) -> None:
    response = open_page(name, administrator)
    policy = response["Content-Security-Policy"]
    for rule in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "object-src 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    if response["Content-Type"] in ("application/pdf", "application/zip"):
        return
    found = Inline()
    found.feed(response.getvalue().decode())  # also of a download, which streams
    assert not found.faults
    assert not {icon for icon in found.icons if f'id="{icon}"' not in SPRITE}, "not in the sprite"


@pytest.mark.parametrize("name", sorted(FRAMED))
def test_a_framed_message_has_no_scripts_and_an_origin_of_its_own(name: str, administrator: Client) -> None:
    policy = open_page(name, administrator)["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy, "scripts fall under it; a sandbox sends no forms"
    for loose in ("allow-scripts", "allow-forms", "allow-same-origin", "script-src 'self'", "unsafe-eval"):
        assert loose not in policy


def test_the_page_of_the_api_loads_nothing_from_elsewhere(administrator: Client) -> None:
    response = open_page(API_PAGE, administrator)
    policy, page = response["Content-Security-Policy"], response.content.decode()
    assert "script-src 'self'" in policy.split("; ")
    found = Inline()
    found.feed(page)
    assert not found.faults, "it starts by a file of its own, so that no inline script need be allowed"
    assert "http" not in page.replace("http://testserver", "")


def test_the_inline_check_can_fail() -> None:
    found = Inline()
    found.feed('<p style="x" onclick="y">z</p><script>1</script><style>p{}</style><a href="JavaScript:1">')
    assert len(found.faults) == 5


def test_the_loose_policy_stays_inside_the_model_admin(administrator: Client) -> None:
    policy = administrator.get(reverse("admin:index"))["Content-Security-Policy"]
    assert "'unsafe-eval'" in policy
    assert "unsafe" not in administrator.get("/administration/")["Content-Security-Policy"]


@pytest.mark.parametrize("name", sorted(MATRIX.keys() - WITHOUT_TOKEN - WITH_KEY))
def test_no_form_is_taken_without_its_token(name: str) -> None:
    user = UserFactory(in_role=roles.ADMINISTRATOR)
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post(address(name, user)).status_code in {403, 405}


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_an_error_page_says_the_mend_and_has_nothing_inline(code: int, rf: Any) -> None:
    from django.template.loader import render_to_string

    found = Inline()
    text = render_to_string(f"{code}.html")
    found.feed(text)
    assert not found.faults
    assert f'<p class="error-code">{code}</p>' in text
