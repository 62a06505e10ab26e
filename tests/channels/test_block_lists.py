"""A block list from another system: hashed, counted, with the lines that hold no address."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import block_lists, suppression
from channels.models import Suppression
from customers.models import AuditEntry

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
    assert block_lists.read(data) == (addresses, faulty)


def upload(client: Client, data: bytes, **fields: Any) -> Any:
    sent = {"file": SimpleUploadedFile("list.csv", data), "reason": "objection", "source": "old system"}
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


@pytest.mark.parametrize(
    "data", [b"", b"nothing here\n", b"\x00\x01\xff\x81\x8d" * 40, b"PK\x03\x04\x00\x81"]
)
def test_what_is_no_list_is_refused_in_words(marketer: Client, data: bytes) -> None:
    response = upload(marketer, data)
    assert response.status_code == 200
    assert not Suppression.objects.exists()


def test_a_file_that_is_too_large_says_what_to_do(marketer: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("channels.forms.set_up.BlockListForm.MOST_BYTES", 10)
    assert "Split it" in upload(marketer, b"anna@example.org\n").content.decode()
