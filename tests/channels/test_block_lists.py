"""A block list from another system: hashed, counted, with the lines that hold no address."""

from functools import partial
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import block_lists, suppression
from channels.models import Suppression
from customers.models import AuditEntry, Shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("data", "addresses", "faulty"),
    [
        (b"anna@example.org\nbea@example.org\n", ["anna@example.org", "bea@example.org"], []),
        (b"\xef\xbb\xbfE-Mail;Name\r\nanna@example.org;Anna\r\n", ["anna@example.org"], []),
        ('"Anna"\t"Jörg@exämple.org"'.encode("cp1252"), ["Jörg@exämple.org"], []),
        ("mail\nanna@example.org\n".encode("utf-16"), ["anna@example.org"], []),
        (b"mail\nnobody\n\nanna@example.org\n@x\n", ["anna@example.org"], [2, 5]),
        (b"a@b,c@example.org", ["c@example.org"], []),
    ],
)
def test_one_address_a_line_in_whatever_column(data: bytes, addresses: list[str], faulty: list[int]) -> None:
    reading = block_lists.read(data, block_lists.first_mail)
    assert ([each.address for each in reading.addresses], reading.faulty) == (addresses, faulty)


@pytest.mark.parametrize(
    ("data", "numbers", "faulty"),
    [
        ("Telefon\n+49 170 1234567\n0511/9876543\n", ["+491701234567", "+495119876543"], []),
        ("Kunde;Telefon\n30123456;0043 1 5130000\n", ["+4315130000"], []),  # no number of Berlin
        ("30123456;0170 12E4567\n30123456;Anna;+49 170\n", [], [1, 2]),
        ("1701234567\n491701234568\n", ["+491701234567"], [2]),  # as Excel leaves them: the second may be two
        ("anna@example.org\n+49 (0)170 1234567", ["+491701234567"], [1]),
    ],
)
def test_one_number_a_line_as_it_is_dialled(data: str, numbers: list[str], faulty: list[int]) -> None:
    reading = block_lists.read(data.encode(), partial(block_lists.first_number, region="DE"))
    assert ([each.address for each in reading.addresses], reading.faulty) == (numbers, faulty)


def upload(client: Client, data: bytes, **fields: Any) -> Any:
    sent = {"file": SimpleUploadedFile("list.csv", data), "reason": "objection", "source": "old system"}
    sent["holds"] = "mails"
    return client.post(reverse("suppression_upload"), sent | fields, follow=True)


def test_the_upload_keeps_hashes_and_says_what_it_did(marketer: Client) -> None:
    suppression.suppress("email", ["bea@example.org"], Suppression.Reason.BOUNCE, timezone.now())
    page = upload(marketer, b"Anna@Example.org\nanna@example.org\nbea@example.org\nnobody\n").content.decode()
    assert "1 of 3 addresses are newly suppressed" in page
    assert "No address in 1 lines (4)" in page
    rows = dict(Suppression.objects.values_list("address_key", "reason"))
    assert rows == {
        suppression.address_key("email", "anna@example.org"): "objection",
        suppression.address_key("email", "bea@example.org"): "objection",
    }
    entry = AuditEntry.objects.get()
    assert entry.detail == {
        "reason": "objection", "source": "old system", "addresses": 3, "new": 1, "faulty": 1
    }  # fmt: skip


def test_a_list_of_numbers_blocks_them_for_sms_and_whatsapp(marketer: Client) -> None:
    Shop.objects.update_or_create(pk=1, defaults={"country": "DE"})
    data = b"Name,Telefon\nAnna,0170 1234567\nBea,0170 123\nAnna L,+49 170 1234567\nCora,0511 9876543\n"
    suppression.suppress("sms", ["+495119876543"], Suppression.Reason.OBJECTION, timezone.now())
    page = upload(marketer, data, holds="numbers").content.decode()
    assert "2 of 3 telephone numbers are newly suppressed" in page  # the one was blocked for SMS only
    assert "No telephone number in 1 lines (3)" in page
    assert set(Suppression.objects.values_list("channel", "address_key")) == {
        (channel, suppression.address_key(channel, number))
        for channel in ("sms", "whatsapp")
        for number in ("+491701234567", "+495119876543")
    }
    assert "0 of 3 telephone numbers" in upload(marketer, data, holds="numbers").content.decode()


@pytest.mark.parametrize("holds", ["mails", "numbers"])
def test_a_list_of_the_other_kind_is_refused(marketer: Client, holds: str) -> None:
    data = {"mails": b"Telefon\n+49 170 1234567\n", "numbers": b"anna@example.org\n"}[holds]
    page = upload(marketer, data, holds=holds).content.decode()
    assert "No line of the file holds" in page
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b"nothing here\n", b"\x00\x01\xff\x81\x8d" * 40, b"PK\x03\x04\x00\x81"]
)
def test_what_is_no_list_is_refused_in_words(marketer: Client, data: bytes) -> None:
    response = upload(marketer, data)
    assert response.status_code == 200
    assert not Suppression.objects.exists()


def test_a_file_that_is_too_large_says_what_to_do(marketer: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("channels.forms.suppressions.BlockListForm.MOST_MEGABYTES", {"mails": 0.00001})
    assert "Split it" in upload(marketer, b"anna@example.org\n").content.decode()
