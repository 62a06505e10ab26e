"""The import in the browser: upload, meaning of the columns, dry run, import, result, refused lines."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers import tasks
from customers.imports import carried, jobs, uploads
from customers.models import AuditEntry, Identity, ImportJob, Order
from tests.customers import importing
from tests.customers.importing import line, orders

pytestmark = pytest.mark.django_db
FILE = orders(line("1", price="2.50 EUR"), line("2", quantity="many", price="2.50 EUR"))


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[int]:
    """The jobs a worker was told of, instead of a broker."""
    told: list[int] = []
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args, **more: told.append(args[0]))
    return told


def upload(client: Client, content: str | bytes = FILE, name: str = "orders.csv", **fields: str):
    data = content.encode() if isinstance(content, str) else content
    fields = {"kind": "orders", "source": "shop"} | fields
    return client.post(reverse("import_upload"), fields | {"file": SimpleUploadedFile(name, data)})


def choices(client: Client, job: ImportJob, **changes: str) -> dict[str, str]:
    """The mapping form as it stands, with changes."""
    form = client.get(reverse("import_job", args=[job.pk])).context["form"]
    values = {name: form[name].value() for name in form.fields}
    return {name: str(value) for name, value in (values | changes).items() if value is not None}


def test_from_upload_to_result(
    marketer: Client, woken: list[int], django_capture_on_commit_callbacks
) -> None:
    response = upload(marketer)
    job = ImportJob.objects.get()
    assert response.headers["Location"] == reverse("import_job", args=[job.pk])
    page = reverse("import_job", args=[job.pk])
    form = marketer.get(page).context["form"]
    assert form["column_1"].value() == "placed_at"
    assert form["currency"].value() == "EUR"

    with django_capture_on_commit_callbacks(execute=True):
        marketer.post(page, choices(marketer, job) | {"action": "try"})
    assert woken == [job.pk]
    tasks.run_import(job.pk)
    assert not Order.objects.exists()
    tried = marketer.get(page)
    assert "1 would be imported, 1 refused" in tried.content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        marketer.post(reverse("import_start", args=[job.pk]))
    tasks.run_import(job.pk)
    result = marketer.get(page).content.decode()
    assert "1 were imported" in result
    assert "is not a number in the chosen notation" in result
    assert Order.objects.get().number == "1"
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "import.tried",
        "import.started",
    ]

    assert "1 line is still refused" in result
    rejected = marketer.get(reverse("import_rejected", args=[job.pk]))
    text = b"".join(rejected.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[1].split(",")[:3] == [f"orders.csv#{job.digest}", "3", "quantity"]
    assert "rejected-orders.csv" in rejected.headers["Content-Disposition"]
    upload(marketer, text.replace("many", "3"), "mended.csv")
    mended = ImportJob.objects.latest("id")
    marketer.post(reverse("import_job", args=[mended.pk]), choices(marketer, mended) | {"action": "import"})
    tasks.run_import(mended.pk)
    assert Order.objects.get(number="2").total == 750
    assert "Download the refused lines" not in marketer.get(page).content.decode()


def test_what_the_file_does_not_tell_is_asked_at_its_field(marketer: Client) -> None:
    upload(marketer, orders(line(date="03/04/2026", price="5")))
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    assert "The file does not tell everything" in marketer.get(page).content.decode()
    refused = marketer.post(page, choices(marketer, job) | {"action": "import"})
    assert set(refused.context["form"].errors) == {"day_first", "currency"}
    told = choices(marketer, job, day_first="day", currency="EUR")
    assert marketer.post(page, told | {"action": "import"}).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.options["day_first"]) == ("queued", True)


def test_a_missing_or_doubled_meaning_is_said(marketer: Client) -> None:
    upload(marketer)
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    missing = marketer.post(page, choices(marketer, job, column_2="") | {"action": "import"})
    assert "There is no column for: Article number" in missing.content.decode()
    twice = marketer.post(page, choices(marketer, job, column_3="sku") | {"action": "import"})
    assert "column_3" in twice.context["form"].errors


def test_another_encoding_is_read_again(marketer: Client) -> None:
    upload(marketer, orders(line(name="Öl")).encode("cp1252"))
    job = ImportJob.objects.get()
    assert job.options["encoding"] == "cp1252"
    page = reverse("import_job", args=[job.pk])
    told = choices(marketer, job, delimiter=";") | {"action": "read"}
    again = marketer.post(page, told, follow=True)
    assert again.context["form"].head.header == [importing.ORDERS]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "The workbook is damaged and cannot be read"),
        (b"\xd0\xcf\x11\xe0rest", "This is XLS. Save it as XLSX or CSV"),
        (gzip.compress(FILE.encode() * 999, mtime=0)[:-99], "The packed file ends too early"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_the_field_and_not_kept(
    marketer: Client, media: Path, content: bytes, words: str
) -> None:
    assert words in upload(marketer, content).content.decode()
    assert not ImportJob.objects.exists()
    assert list((media / "imports").iterdir()) == []


def test_a_cell_without_end_is_refused_as_its_line_and_the_rest_imported(marketer: Client) -> None:
    upload(marketer, orders(line("1", price="2.50 EUR"), line("2", name="x" * 140_000)))
    job = ImportJob.objects.get()
    marketer.post(reverse("import_job", args=[job.pk]), choices(marketer, job) | {"action": "import"})
    tasks.run_import(job.pk)
    assert (
        "a cell of more than 131,072 characters"
        in marketer.get(reverse("import_job", args=[job.pk])).content.decode()
    )
    assert Order.objects.get().number == "1"


def test_an_upload_that_something_unforeseen_happens_to_is_not_kept(
    marketer: Client, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*told: object, **more: object) -> None:
        raise ValueError("unforeseen")

    monkeypatch.setattr(jobs, "create", breaks)
    with pytest.raises(ValueError, match="unforeseen"):
        upload(marketer)
    assert list((media / "imports").iterdir()) == []


def test_a_file_above_the_cap_is_refused(marketer: Client, settings) -> None:
    settings.IMPORT_MAX_BYTES = 1_000_000
    response = upload(marketer, FILE + "x" * 1_000_000)
    assert "The file is larger than 1 MB" in response.content.decode()
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "a\r\nSet-Cookie: x.csv", "<script>.csv", "ü" * 300 + ".csv", " ", "=1+1.csv"],
)
def test_any_file_name_is_harmless(marketer: Client, media: Path, name: str) -> None:
    upload(marketer, name=name)
    for job in ImportJob.objects.all():
        assert Path(job.path).parent == media / "imports"
        assert Path(job.path).stat().st_mode & 0o077 == 0
        assert "<script>" not in marketer.get(reverse("import_job", args=[job.pk])).content.decode()
        assert marketer.get(reverse("import_rejected", args=[job.pk])).status_code == 200
        assert marketer.get(reverse("import_list")).status_code == 200


def test_the_upload_needs_its_token(marketer: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(marketer.user)
    assert upload(strict).status_code == 403
    assert not ImportJob.objects.exists()


def test_progress_asks_again_until_it_is_done(marketer: Client) -> None:
    upload(marketer)
    job = ImportJob.objects.get()
    ImportJob.objects.update(state="running", lines=10, imported=4)
    address = reverse("import_progress", args=[job.pk])
    fragment = marketer.get(address, headers={"HX-Request": "true"}).content.decode()
    assert f'hx-get="{address}"' in fragment
    assert 'max="10"' in fragment
    ImportJob.objects.update(state="done")
    done = marketer.get(address, headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == reverse("import_job", args=[job.pk])


def test_an_import_is_stopped_and_resumed(marketer: Client, woken: list[int]) -> None:
    job = importing.begin(importing.file(uploads.folder(), FILE))
    page = reverse("import_job", args=[job.pk])
    assert "Stop" in marketer.get(page).content.decode()
    marketer.post(reverse("import_cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert "Resume" in marketer.get(page).content.decode()
    marketer.post(reverse("import_resume", args=[job.pk]))
    tasks.run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.imported) == ("done", 1)


@pytest.mark.parametrize("state", ["running", "done"])
def test_a_reader_of_german_gets_numbers_that_the_browser_understands(
    sign_in: Callable[..., Client], state: str
) -> None:
    job = importing.run(uploads.folder(), FILE)
    ImportJob.objects.update(state=state, lines=123_456, imported=98_765, rejected=12_345)
    german = sign_in("marketer", language="de")
    text = german.get(reverse("import_job", args=[job.pk])).content.decode()
    assert "98.765" in text  # to be read
    assert re.findall(r'[\w-]+="-?\d+,\d+"', text) == []
    assert re.findall(r'(?:value|max|width|x)="\d+[.]\d{3}"', text) == []


def test_the_refused_lines_survive_a_german_spreadsheet(sign_in: Callable[..., Client]) -> None:
    german = sign_in("marketer", language="de")
    lines = line("1", price="2.50 EUR"), line("2", quantity="x", price="2.50 EUR"), "3,2026-11-02"
    upload(german, orders(*lines))
    job = ImportJob.objects.get()
    german.post(reverse("import_job", args=[job.pk]), choices(german, job) | {"action": "import"})
    tasks.run_import(job.pk)
    sent = german.get(reverse("import_rejected", args=[job.pk]))
    text = b"".join(sent.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    assert rows[0] == [*carried.FRONT, *importing.ORDERS.split(",")]
    assert [row[1] for row in rows[1:]] == ["3", "4"]
    upload(german, text.replace(";x;", ";1;"), "mended.csv")
    mended = ImportJob.objects.latest("id")
    german.post(reverse("import_job", args=[mended.pk]), choices(german, mended) | {"action": "import"})
    tasks.run_import(mended.pk)
    assert Order.objects.get(number="2").total == 250


def test_a_finished_import_cannot_be_started_over(marketer: Client) -> None:
    job = importing.run(uploads.folder(), FILE)
    marketer.post(reverse("import_start", args=[job.pk]))
    job.refresh_from_db()
    assert (job.state, job.imported) == ("done", 1)


def test_attributes_are_a_meaning_for_customer_columns(marketer: Client) -> None:
    upload(marketer, "number,Schuhe\n1,39\n", kind="customers")
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    marketer.post(page, choices(marketer, job, column_1="attribute") | {"action": "import"})
    tasks.run_import(job.pk)
    assert Identity.objects.get().customer.attributes == {"Schuhe": "39"}


def test_analysts_see_none_of_it(analyst: Client) -> None:
    assert analyst.get(reverse("import_list")).status_code == 403
    assert upload(analyst).status_code == 403


def test_jobs_that_nobody_is_at_are_offered_again(monkeypatch, tmp_path: Path) -> None:
    offered: list[int] = []
    monkeypatch.setattr(tasks.run_import, "delay", offered.append)
    job = importing.begin(importing.file(tmp_path, FILE))
    tasks.offer_imports()
    ImportJob.objects.update(state="running", lease_until="2100-01-01T00:00Z")
    tasks.offer_imports()
    assert offered == [job.pk]


def test_uploaded_files_are_forgotten_in_time_and_others_never(media: Path, tmp_path: Path) -> None:
    mine = importing.begin(importing.file(tmp_path, FILE, "mine.csv"), source="command")
    stored = importing.begin(importing.file(uploads.folder(), FILE))
    for job in (mine, stored):
        importing.finish(job)
    assert jobs.forget_files(importing.AT) == 0
    assert jobs.forget_files(importing.AT + timedelta(days=1)) == 2
    assert not (media / "imports" / "orders.csv").exists()
    assert (tmp_path / "mine.csv").exists()
