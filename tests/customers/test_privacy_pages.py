"""Staff hand out and erase what is kept about a customer, asked twice and audited; what is old goes by itself."""

import io
import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent
from channels.models import Consent, OptIn, ProviderReport, SandboxMail
from customers import retention
from customers.models import AuditEntry, Cart, Customer, Erasure, ImportJob, Rejection, Visitor
from tests.channels.people import no, topic, yes
from tests.factories import NOON, CustomerFactory, OrderFactory

pytestmark = pytest.mark.django_db


def test_erasing_asks_twice_and_a_get_does_nothing(administrator: Client) -> None:
    anna = OrderFactory().customer
    page = reverse("customer_erase", args=[anna.pk])
    administrator.get(page)
    second = administrator.post(page, {"sure": "ask"})
    assert "Orders that lose their customer: 1." in second.content.decode()
    assert not Erasure.objects.exists()
    administrator.post(page, {"sure": "yes"})
    entry = Erasure.objects.get()
    assert (entry.by, entry.user) == ("staff", administrator.user)  # type: ignore[attr-defined]
    assert AuditEntry.objects.filter(action="customer.erased").exists()
    assert administrator.get(page).status_code == 404


def test_handing_out_is_written_down(administrator: Client) -> None:
    anna = CustomerFactory(city="Hildesheim")
    response = administrator.get(reverse("customer_data", args=[anna.pk]))
    files = zipfile.ZipFile(io.BytesIO(response.content))
    assert "Hildesheim" in files.read("data.html").decode()
    assert AuditEntry.objects.get().action == "customer.handed_out"


def test_the_panel_is_for_those_who_may(administrator: Client, marketer: Client) -> None:
    anna = CustomerFactory()
    page = reverse("customer", args=[anna.pk])
    assert reverse("customer_erase", args=[anna.pk]) in administrator.get(page).content.decode()
    assert reverse("customer_erase", args=[anna.pk]) not in marketer.get(page).content.decode()


def old(at: Any) -> None:
    """One row of each kind that is older than its time, and one that is not."""
    for days in (1, 5_000):
        then = at - timedelta(days=days)
        Cart.objects.create(source="s", number=str(days), opened_at=then, last_activity_at=then)
        Visitor.objects.create(anonymous_id=str(days), last_seen_at=then)
        job = ImportJob.objects.create(kind="customers", file_name="f", digest=str(days), source="s")
        ImportJob.objects.filter(pk=job.pk).update(created_at=then)
        Rejection.objects.create(job=job, line=1, reason="r", cells=["anna@example.org"])
        ProviderReport.objects.create(
            provider="p", key=str(days), content_type="", body=b"x", received_at=then
        )
        SandboxMail.objects.create(recipient="a@b.org", subject="s", raw=b"x", at=then)
        OptIn.objects.create(
            channel="email", language="de", address_key="k", mailbox_key="m", asked_at=then, confirmed_at=then
        )


def test_each_kind_goes_after_its_time_and_a_dry_run_tells_before() -> None:
    at = timezone.now()
    old(at)
    kinds = {"carts", "visitors", "import_lines", "reports", "sandbox_mails", "opt_ins"}
    due = retention.due(at)
    assert {kind: due[kind] for kind in kinds} == dict.fromkeys(kinds, 1)
    assert retention.due(at) == due
    said = StringIO()
    call_command("retention", "--dry-run", stdout=said)
    assert "carts: 1" in said.getvalue()
    assert retention.apply(at) == due
    assert set(retention.apply(at).values()) == {0}
    for model in (Cart, Visitor, ProviderReport, SandboxMail, OptIn):
        assert model.objects.count() == 1
    assert sorted(Rejection.objects.values_list("cells", flat=True), key=len) == [[], ["anna@example.org"]]


def test_the_proof_goes_three_years_after_the_withdrawal_and_never_before(monkeypatch: Any) -> None:
    news, wine = topic("news"), topic("wine")
    anna, bea = CustomerFactory(), CustomerFactory()
    consent.record(
        [yes(anna, news), yes(anna, wine), no(anna, news, minutes=9), yes(bea, news)], NOON + timedelta(1)
    )
    monkeypatch.setattr(retention, "BATCH", 1)
    assert retention.apply(NOON + timedelta(days=1100))["proof"] == 0
    assert retention.apply(NOON + timedelta(days=1102))["proof"] == 2
    kept = Consent.objects.exclude(evidence={})
    assert set(kept.values_list("customer", "topic")) == {(anna.pk, wine.pk), (bea.pk, news.pk)}
    consent.record([no(anna, minutes=10)], NOON + timedelta(days=2))
    assert retention.apply(NOON + timedelta(days=1102))["proof"] == 2
    assert set(Consent.objects.exclude(evidence={}).values_list("customer", flat=True)) == {bea.pk}
    assert consent.check_permissions() == []


def test_the_journal_survives_outside_and_is_replayed(tmp_path: Path) -> None:
    anna, bea = CustomerFactory(), CustomerFactory()
    journal = tmp_path / "erasures.txt"
    journal.write_text(f"{Customer.objects.get(pk=anna.pk).key}\n")
    call_command("erasures", "replay", str(journal))
    anna.refresh_from_db()
    bea.refresh_from_db()
    assert (bool(anna.erased_at), bool(bea.erased_at)) == (True, False)
    call_command("erasures", "write", str(tmp_path / "again.txt"))
    assert (tmp_path / "again.txt").read_text() == journal.read_text()


@pytest.mark.parametrize(("text", "said"), [("x\n", "Line 1"), (None, "cannot be read")])
def test_a_broken_journal_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    journal = tmp_path / "e.txt"
    if text is not None:
        journal.write_text(text)
    with pytest.raises(CommandError, match=said):
        call_command("erasures", "replay", str(journal))
