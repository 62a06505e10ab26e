"""The proof of consent as a PDF: what, when, where, in which words, and how it was confirmed."""

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from channels import consent, proof, suppression
from channels.consent import Statement
from channels.models import Suppression
from customers.models import AuditEntry, Customer
from tests.channels.people import NOON, customer, topic, yes

pytestmark = pytest.mark.django_db
CONFIRMED = {
    "wording": "sign-up-page-2026-11:de", "form": "/newsletter/", "source": "sign_up_page", "ip": "192.0.2.1",
    "token_hash": "ab" * 32, "asked_at": "2026-11-01T10:00:00+00:00", "mailed_at": "2026-11-01T10:00:20+00:00",
    "confirmed_at": "2026-11-01T10:05:00+00:00", "confirmed_ip": "192.0.2.2",
}  # fmt: skip


@pytest.fixture
def anna() -> Customer:
    person = customer(language="en", first_name="Łucja", last_name="Ångström-Žižka <b>")
    news = topic("news")
    doubly = Statement(person.pk, "email", True, "double_opt_in", NOON, news.pk, evidence=CONFIRMED)
    consent.record([doubly], NOON + timedelta(hours=1))
    return person


def text(made: bytes) -> str:
    pages = PdfReader(io.BytesIO(made)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_it_holds_all_evidence_with_times_and_zones(anna: Customer) -> None:
    shown = text(proof.document(anna, NOON)).replace(" ", "")
    for value in (CONFIRMED | {"source": "sign-uppage"}).values():
        assert value in shown
    assert "Łucja" in shown
    assert "Ångström-Žižka<b>" in shown
    assert NOON.isoformat(timespec="seconds") in shown


def test_it_tells_of_each_channel_what_was_said_and_what_is_suppressed(anna: Customer) -> None:
    anna.phone = "+491701234567"
    anna.save()
    on_sms = Statement(**(vars(yes(anna)) | {"channel": "sms"}))
    consent.record([on_sms], NOON)
    suppression.suppress("whatsapp", [anna.phone], Suppression.Reason.OBJECTION, NOON)
    shown = text(proof.document(anna, NOON))
    assert "granted · SMS · all topics" in shown
    assert anna.phone in shown.replace(" ", "")
    assert "WhatsApp: on the suppression list since" in shown
    assert "E-mail: on the suppression list" not in shown


def test_many_statements_make_many_pages(anna: Customer) -> None:
    consent.record([yes(anna, minutes=n) for n in range(60)], timezone.now())
    made = proof.document(anna, NOON)
    assert len(PdfReader(io.BytesIO(made)).pages) > 5


def test_evidence_of_any_length_is_printed(anna: Customer) -> None:
    evidence = {"wording": "w" * 5_000, "form": "f", "source": "s", "user_agent": "& <x> " * 900}
    consent.record([Statement(anna.pk, "email", True, "stated", NOON, evidence=evidence)], NOON)
    assert "wwww" in text(proof.document(anna, NOON))


def test_staff_download_it_and_that_is_written_down(marketer: Client, anna: Customer) -> None:
    response = marketer.get(reverse("consents_pdf", args=[anna.pk]))
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert AuditEntry.objects.get().action == "consent.proof_printed"


def test_who_sees_no_names_gets_none(analyst: Client, anna: Customer) -> None:
    assert analyst.get(reverse("consents_pdf", args=[anna.pk])).status_code == 403
