"""The sandbox's mailbox shows mails as a mail program would, and a mail's HTML can do nothing to us."""

import pytest
from django.urls import reverse
from django.utils import timezone

from channels import backends, sandbox_mails
from channels.backends import Call
from channels.models import Account, SandboxMail

pytestmark = pytest.mark.django_db
HTML = "<html><head><title>x</title></head><body><p>Hallo Anna</p><script>alert(1)</script></body></html>"


def put(recipient="anna@example.org", subject="Grüße", html=HTML, text="Hallo Anna,\n\nbis bald"):
    account = Account.objects.get_or_create(name="Sandbox", backend="sandbox")[0]
    call = Call(
        0, recipient, "Linden", "post@linden.example", "", "<1@linden.example>", subject, html, text, {}
    )
    backends.connection(account).send([call], timezone.now())
    return SandboxMail.objects.latest("pk")


def text_of(client, name, *args, **query):
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_shows_who_what_and_the_first_words(marketer):
    put()
    page = text_of(marketer, "mailbox")
    for shown in ("anna@example.org", "Grüße", "Linden", "Hallo Anna, bis bald"):
        assert shown in page


def test_search_finds_by_recipient_and_subject(marketer):
    put("anna@example.org", "Wolle")
    put("berta@example.org", "Seide")
    assert "Seide" not in text_of(marketer, "mailbox", q="ANNA")
    assert "Wolle" not in text_of(marketer, "mailbox", q="seide")
    assert "No mail to or about that" in text_of(marketer, "mailbox", q="%")


def test_a_mail_shows_its_parts(marketer):
    mail = put()
    assert reverse("mail_html", args=[mail.pk]) in text_of(marketer, "mail", mail.pk)
    assert "bis bald" in text_of(marketer, "mail", mail.pk, part="text")
    headers = text_of(marketer, "mail", mail.pk, part="headers")
    assert "Message-ID" in headers
    assert "&lt;1@linden.example&gt;" in headers
    assert "reader-phone" in text_of(marketer, "mail", mail.pk, width="phone")


def test_a_mail_without_html_opens_its_text(marketer):
    mail = put(html="")
    page = text_of(marketer, "mail", mail.pk)
    assert "<iframe" not in page
    assert "bis bald" in page


def test_the_html_stands_alone_in_a_sandbox_without_scripts_or_cookies(marketer):
    response = marketer.get(reverse("mail_html", args=[put().pk]))
    policy = response["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert not response.cookies
    assert '<head><base target="_blank">' in response.content.decode()


def test_the_page_around_it_keeps_our_own_policy(marketer):
    mail = put(subject="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    response = marketer.get(reverse("mail", args=[mail.pk]), {"part": "text"})
    assert "<script>alert" not in response.content.decode()
    assert "<img src=x" not in response.content.decode()
    assert "script-src 'self'" in response["Content-Security-Policy"]


def test_the_source_is_a_file(marketer):
    mail = put()
    response = marketer.get(reverse("mail_source", args=[mail.pk]))
    assert response["Content-Type"] == "message/rfc822"
    assert response.content == bytes(mail.raw)


def test_the_older_ones_are_a_page_away(marketer):
    for n in range(31):
        put(subject=f"Mail {n:02}")
    assert "Mail 00" not in text_of(marketer, "mailbox")
    assert "Mail 00" in text_of(marketer, "mailbox", page=2)


@pytest.mark.parametrize("role", ["analyst", "store_manager"])
def test_who_may_not_see_names_cannot_open_it(sign_in, role):
    assert sign_in(role).get(reverse("mailbox")).status_code == 403
    assert sign_in(role).get(reverse("mail_html", args=[put().pk])).status_code == 403


def test_the_list_tells_the_words_without_the_line_under_a_heading():
    raw = b"Content-Type: text/plain; charset=utf-8\n\nDanke, Anna!\n============\nEin Gru\xc3\x9f\n"
    assert sandbox_mails.snippet(SandboxMail(raw=raw)) == "Danke, Anna! Ein Gruß"
