"""The import's pages for workbooks and for consent: which sheet, and what becomes of a yes."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from channels.models import Permission
from customers import tasks
from customers.models import AuditEntry, Event, Identity, ImportJob
from tests.customers.sheets import workbook
from tests.customers.test_import_pages import choices, upload
from tests.customers.test_import_xlsx import two_sheets

pytestmark = pytest.mark.django_db
CONTACTS = (
    "E-Mail;Newsletter;Woher;Datum der Einwilligung\n"
    "a@example.org;ja;Messe Linz, Liste 4;2026-03-01\n"
    "b@example.org;nein;;\n"
)


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path, monkeypatch) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args, **more: None)
    return settings.MEDIA_ROOT


def content(page: Client, job: ImportJob) -> str:
    return page.get(reverse("import_job", args=[job.pk])).content.decode()


def test_the_sheet_is_asked_and_read_again(marketer: Client, tmp_path: Path) -> None:
    upload(marketer, two_sheets(tmp_path / "a.xlsx").read_bytes(), "a.xlsx", kind="customers")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    text = content(marketer, job)
    assert "Which sheet?" in text
    assert "Alt (hidden)" in text
    assert "Divider" not in text
    told = choices(marketer, job, sheet="Zwei")
    refused = marketer.post(page, told | {"action": "import"})
    assert "Read the sheet again first" in refused.content.decode()
    marketer.post(page, told | {"action": "read"})
    job.refresh_from_db()
    assert (job.options["sheet"], job.options["header_row"]) == ("Zwei", 3)
    marketer.post(page, choices(marketer, job, header_row="1") | {"action": "read"})
    job.refresh_from_db()
    assert job.header == ["Export of 2 November"]
    marketer.post(page, choices(marketer, job, header_row="3") | {"action": "read"})
    marketer.post(page, choices(marketer, job) | {"action": "import"})
    tasks.run_import(job.pk)
    assert Identity.objects.get().number == "2"


def test_a_row_or_sheet_that_is_not_there_is_said(marketer: Client, tmp_path: Path) -> None:
    upload(marketer, two_sheets(tmp_path / "a.xlsx").read_bytes(), "a.xlsx", kind="customers")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    for told, words in (
        ({"header_row": "2"}, "Row 2 of the sheet is empty"),
        ({"sheet": "Drei"}, "There is no sheet “Drei”"),
        ({"sheet": "Deckblatt"}, "The sheet is empty. Choose another one."),
    ):
        answer = marketer.post(page, choices(marketer, job) | told | {"action": "read"}, follow=True)
        assert words in answer.content.decode()
        job.refresh_from_db()
        assert job.options["sheet"] == "Eins"


def test_one_sheet_is_not_asked_for(marketer: Client, tmp_path: Path) -> None:
    book = workbook(tmp_path / "a.xlsx", [["number", "city"], ["1", "Linz"]])
    upload(marketer, book.read_bytes(), "a.xlsx", kind="customers")
    assert "Which sheet?" not in content(marketer, ImportJob.objects.get())


def test_a_broken_workbook_is_refused_at_the_field_and_not_kept(
    marketer: Client, media: Path, tmp_path: Path
) -> None:
    book = workbook(tmp_path / "a.xlsx", [["number"], ["1"]]).read_bytes()
    answer = upload(marketer, book[:-200], "a.xlsx", kind="customers")
    assert "The workbook is damaged and cannot be read" in answer.content.decode()
    assert list((media / "imports").iterdir()) == []


def test_what_becomes_of_consent_is_said_before_and_after(marketer: Client) -> None:
    upload(marketer, CONTACTS, "list.csv", kind="contacts")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    assert "its consents are not taken over, since nothing proves them" in content(marketer, job)
    marketer.post(page, choices(marketer, job) | {"action": "import"})
    tasks.run_import(job.pk)
    assert "1 person is said to have agreed, without proof" in content(marketer, job)
    assert not Permission.objects.filter(granted=True).exists()


def test_proofs_count_only_once_somebody_says_to_have_looked_at_them(marketer: Client) -> None:
    upload(marketer, CONTACTS, "list.csv", kind="contacts")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    told = choices(marketer, job, column_2="permission_proof")
    told.pop("proven", None)
    undated = marketer.post(page, told | {"action": "try", "proven": "on", "column_3": ""})
    assert "A proof of consent needs its day" in undated.content.decode()
    refused = marketer.post(page, told | {"action": "try"})
    text = refused.content.decode()
    assert "Look at its texts and tick" in text
    assert "with the text of its proof, and from then on these people may be written to" in text
    marketer.post(page, told | {"action": "try", "proven": "on"})
    tasks.run_import(job.pk)
    assert "1 consent with its proof" in content(marketer, job)
    assert not Permission.objects.exists()
    marketer.post(reverse("import_start", args=[job.pk]))
    tasks.run_import(job.pk)
    assert dict(Permission.objects.values_list("customer__email", "granted")) == {
        "a@example.org": True,
        "b@example.org": False,
    }
    started = AuditEntry.objects.get(action="import.started")
    assert started.detail == {"proven": True}


@pytest.mark.parametrize("kind", ["events", "carts", "contacts"])
def test_each_kind_has_its_page_and_says_what_is_missing(marketer: Client, kind: str) -> None:
    upload(marketer, "a,b\n1,2\n", kind=kind)
    job = ImportJob.objects.get()
    answer = marketer.post(
        reverse("import_job", args=[job.pk]), choices(marketer, job) | {"action": "import"}
    )
    assert "There is no column for" in answer.content.decode()


def test_columns_of_behaviour_become_properties(marketer: Client) -> None:
    upload(marketer, "Zeitpunkt;Ereignis;Kundennummer;Lampe\n2026-11-02 10:00;Blink;7;rot\n", kind="events")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    marketer.post(page, choices(marketer, job, column_3="attribute") | {"action": "import"})
    tasks.run_import(job.pk)
    event = Event.objects.get()
    assert (event.name, event.properties) == ("Blink", {"Lampe": "rot"})
