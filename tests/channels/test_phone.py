"""The sandbox's phone and its inbox in the shop show what a customer would see, and nothing on it can hurt us."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import Account, Delivery, SandboxMail
from tests.channels import runs

pytestmark = pytest.mark.django_db


def put(channel: str, text: str = "Hallo", recipient: str = "+49151", **fields: Any) -> SandboxMail:
    return SandboxMail.objects.create(channel=channel, text=text, recipient=recipient, **fields)


def page(client: Client, name: str, *args: int, **query: str) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return str(response.content.decode())


def test_each_channel_lies_where_it_is_looked_at(marketer: Client) -> None:
    for channel in ("sms", "whatsapp", "push", "in_app"):
        put(channel, f"Gruß per {channel}")
    phone, shop, mailbox = page(marketer, "phone"), page(marketer, "shop_inbox"), page(marketer, "mailbox")
    assert all(f"Gruß per {channel}" in phone for channel in ("sms", "whatsapp", "push"))
    assert "Gruß per in_app" not in phone
    assert "Gruß per in_app" in shop
    assert "Gruß" not in mailbox


def test_the_list_is_searched_and_narrowed_to_a_channel(marketer: Client) -> None:
    put("sms", "Wolle", "+49151")
    put("push", "Seide", "device", subject="Neu im Haus")
    assert "Seide" not in page(marketer, "phone", q="WOLLE")
    assert "Wolle" not in page(marketer, "phone", q="neu haus")
    assert "Seide" not in page(marketer, "phone", channel="sms")
    assert "Seide" in page(marketer, "phone", channel="pigeon")
    assert "No message to or about that." in page(marketer, "phone", q="%\0")


def test_a_campaigns_message_is_found_by_her_name_and_leads_to_her(marketer: Client) -> None:
    person = runs.customers(1, phone="+4915112345678", first_name="Wiebke")[0]
    Account.objects.create(name="sms", backend="sandbox", channel="sms")
    made = runs.version(channels=["sms"])
    runs.planned(made)
    row = Delivery.objects.get()
    Delivery.objects.filter(pk=row.pk).update(attempt=1)
    mail = put("sms", "Für Wiebke", person.phone, delivery=row)
    listed = page(marketer, "phone", q="wiebke")
    assert "Für Wiebke" in listed
    assert "fallback" in listed
    opened = page(marketer, "phone_message", mail.pk)
    assert reverse("customer", args=[person.pk]) in opened
    assert "after another channel" in opened


def test_a_chat_shows_what_came_before_and_nothing_of_others(marketer: Client) -> None:
    now = timezone.now()
    for hours, words in ((3, "erst"), (2, "dann"), (0, "zuletzt")):
        put("sms", words, at=now - timedelta(hours=hours))
    put("sms", "fremd", "+49999", at=now - timedelta(hours=4))
    put("whatsapp", "anders", at=now - timedelta(hours=4))
    opened = SandboxMail.objects.get(text="dann")
    screen = page(marketer, "phone_screen", opened.pk)
    assert screen.index("erst") < screen.index("dann")
    assert not any(words in screen for words in ("zuletzt", "fremd", "anders"))


def test_links_open_elsewhere_and_strange_ones_are_no_links(marketer: Client) -> None:
    parts = {
        "picture": "https://linden.example/a.jpg",
        "link": "javascript:alert(1)",
        "actions": [{"label": "Los", "link": "https://linden.example/a"}, {"label": "X", "link": "data:x"}],
    }
    mail = put("push", "<script>alert(1)</script>", "device", subject="Neu", parts=parts)
    response = marketer.get(reverse("phone_screen", args=[mail.pk]))
    screen, policy = response.content.decode(), response["Content-Security-Policy"]
    assert 'href="https://linden.example/a" target="_blank" rel="noopener noreferrer"' in screen
    assert "&lt;script&gt;" in screen
    assert "javascript:" not in screen
    assert "data:x" not in screen
    assert "sandbox" in policy
    assert "script-src 'none'" in policy


def test_a_mail_has_no_screen_and_a_message_no_source(marketer: Client) -> None:
    mail, sms = put("email", raw=b"Subject: x"), put("sms")
    wrong = [
        ("phone_screen", mail),
        ("phone_message", mail),
        ("shop_message", sms),
        ("mail_source", sms),
        ("mail", sms),
    ]
    for name, each in wrong:
        assert marketer.get(reverse(name, args=[each.pk])).status_code == 404


def test_a_test_says_who_sent_it_to_herself(marketer: Client) -> None:
    mail = put("push", recipient="mara@example.org")
    assert "Test: mara@example.org" in page(marketer, "phone_message", mail.pk)
