"""A telephone number is blocked as it is typed, for SMS and WhatsApp, and is found again by whoever types it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels import suppression
from channels.models import Suppression
from customers.models import AuditEntry, Shop

pytestmark = pytest.mark.django_db
NUMBER = "+491701234567"


@pytest.fixture(autouse=True)
def german_shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"country": "DE"})


def block(client: Client, address: str) -> Any:
    said = {"address": address, "reason": "objection", "source": "letter of 3 May"}
    return client.post(reverse("suppression_create"), said, follow=True)


@pytest.mark.parametrize("typed", [NUMBER, "0170 1234567", " 0170/123-45 67 ", "(0049) 170 1234567"])
def test_it_is_blocked_in_the_form_in_which_customers_have_it(marketer: Client, typed: str) -> None:
    block(marketer, typed)
    for channel in ("sms", "whatsapp"):
        key = suppression.address_key(channel, NUMBER)
        assert suppression.load(channel, [key]) == {key: "objection"}
    assert Suppression.objects.count() == 2
    assert [entry.action for entry in AuditEntry.objects.all()] == ["suppression.added"] * 2
    assert "1234567" not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("0170 12E4567", "This is no telephone number."),
        ("491701234567", "This is no telephone number."),  # with or without a + before it?
        ("0170 123", "This is no telephone number."),
        ("+999 170 1234567", "This is no telephone number."),
        ("0170 1234567 0170 1234568", "This is no telephone number."),
        ("anna@", "This is no e-mail address."),
        ("anna lindner@example.org", "This is no e-mail address."),
        ("anna", "This is no e-mail address."),
        ("+" * 300, "at most 254 characters"),
        ("", "This field is required."),
    ],
)
def test_a_slip_of_the_finger_is_told_and_blocks_nobody(marketer: Client, typed: str, told: str) -> None:
    assert told in block(marketer, typed).content.decode()
    assert not Suppression.objects.exists()


def test_it_is_found_by_its_number_and_by_its_channel(marketer: Client) -> None:
    block(marketer, NUMBER)
    block(marketer, "anna@example.org")

    def found(**asked: str) -> list[str]:
        page = marketer.get(reverse("suppression_list"), asked)
        return sorted(row.record.channel for row in page.context["table"].rows)

    assert found(q="0170 1234567") == ["sms", "whatsapp"]
    assert found(q="anna@example.org") == ["email"]
    assert found(q="0170 1234568") == found(q="anna") == []
    assert found(channel="whatsapp") == ["whatsapp"]
