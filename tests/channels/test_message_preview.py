"""The preview and the test mail: as the chosen customer, harmless to whoever looks, inert to whoever clicks."""

import email
import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from channels.models import Account, Delivery, DeliveryEvent, SandboxMail
from customers.models import AuditEntry
from tests.channels import mails

pytestmark = pytest.mark.django_db
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) {{ '<script>' }}"


def _content(words: str = "Hallo {{ first_name }}") -> int:
    return mails.message(mails.text(words), mails.button()).contents.get().pk


def test_the_preview_has_no_origin_no_scripts_and_no_cookies(marketer: Client) -> None:
    response = marketer.get(reverse("message_preview", args=[_content(ATTACK)]))
    policy = response["Content-Security-Policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split(";")}
    assert directives["sandbox"] == []
    assert directives["default-src"] == ["'none'"]
    assert "script-src" not in directives
    assert directives["frame-ancestors"] == ["'self'"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert not response.cookies
    html = response.content.decode()
    assert "<script" not in html
    assert not re.search(r"<[^>]*onerror", html)
    assert 'href="javascript' not in html


def test_the_frame_on_our_page_is_sandboxed_too(marketer: Client) -> None:
    content = mails.message().contents.get()
    page = marketer.get(reverse("message_editor", args=[content.message_id])).content.decode()
    frame = page[page.index("<iframe") : page.index("</iframe>")]
    assert " sandbox " in frame
    assert "allow-" not in frame


def test_hostile_customer_data_stays_text(marketer: Client) -> None:
    person = mails.customer(first_name="<img src=x onerror=alert(1)>{{ last_name }}", last_name="SECRET")
    html = marketer.get(
        reverse("message_preview", args=[_content()]), {"customer": person.pk}
    ).content.decode()
    assert "&lt;img src=x onerror" in html
    assert "SECRET" not in html


def test_the_preview_shows_the_chosen_customer_and_else_an_example(marketer: Client) -> None:
    content, person = _content(), mails.customer(first_name="Ingrid")
    address = reverse("message_preview", args=[content])
    assert "Hallo Ingrid" in marketer.get(address, {"customer": person.pk}).content.decode()
    assert "Hallo Anna" in marketer.get(address).content.decode()
    inbox = marketer.get(reverse("message_inbox", args=[content]), {"customer": person.pk}).content.decode()
    assert "Hallo Ingrid" in inbox


def test_a_role_without_names_sees_only_the_example(analyst: Client) -> None:
    content, person = _content(), mails.customer(first_name="Ingrid")
    html = analyst.get(reverse("message_preview", args=[content]), {"customer": person.pk}).content.decode()
    assert "Ingrid" not in html
    found = analyst.get(reverse("message_customers", args=[content]), {"person": "Ingrid"}).content.decode()
    assert "anna@example.org" not in found


def test_customers_are_found_by_name(marketer: Client) -> None:
    content = _content()
    person = mails.customer(first_name="Ingrid", last_name="Öztürk", email="i@example.org")
    found = marketer.get(reverse("message_customers", args=[content]), {"person": "ozt"}).content.decode()
    assert f'data-customer="{person.pk}"' in found


def test_a_broken_draft_says_what_is_wrong(marketer: Client) -> None:
    html = marketer.get(reverse("message_preview", args=[_content("{{ first_nam }}")])).content.decode()
    assert "first_name" in html


def test_a_test_mail_goes_to_oneself_with_inert_links_and_an_audit_entry(marketer: Client) -> None:
    content, person = _content(), mails.customer(first_name="Ingrid")
    response = marketer.post(reverse("message_test", args=[content]), {"customer": person.pk})
    user = marketer.user  # type: ignore[attr-defined]
    assert f"Sent to {user.email}" in response.content.decode()
    mail = SandboxMail.objects.get()
    assert mail.recipient == user.email
    raw = email.message_from_bytes(bytes(mail.raw))
    assert str(email.header.make_header(email.header.decode_header(raw["Subject"]))) == "[Test] Hallo Ingrid"
    body = "".join(part.get_payload(decode=True).decode() for part in raw.walk() if not part.is_multipart())
    targets = set(re.findall(r'href="([^"]+)"', body))
    assert targets == {f"{settings.PUBLIC_URL}{reverse('test_link')}"}
    assert "linden.example" not in body.replace("kaufhaus-linden", "")
    assert not Delivery.objects.exists()
    assert not DeliveryEvent.objects.exists()
    entry = AuditEntry.objects.get(action="message.tested")
    assert (entry.user, entry.detail["customer"]) == (user, person.pk)


@pytest.mark.parametrize("backend", ["smtp", "anymail", "no_such"])
def test_a_test_mail_by_an_account_that_is_not_set_up_says_so_and_leaves_no_trace(
    marketer: Client, backend: str
) -> None:
    content = _content()
    Account.objects.update(backend=backend, settings={})
    response = marketer.post(reverse("message_test", args=[content]))
    assert response.status_code == 200
    assert "settings are not complete" in response.content.decode()
    assert not AuditEntry.objects.filter(action="message.tested").exists()


def test_the_page_behind_test_links_says_so(client: Client) -> None:
    response = client.get(reverse("test_link"))
    assert response.status_code == 200
    assert not response.cookies
