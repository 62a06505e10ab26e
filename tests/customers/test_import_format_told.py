"""Encoding and divider as somebody tells them: on the page, by command, and of a file that mixes encodings."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import tasks
from customers.imports import guessing, jobs, results
from customers.imports.faults import FileRefused
from customers.imports.reading import Format
from customers.models import ImportJob, Order
from tests.customers import importing
from tests.customers.importing import line, orders
from tests.customers.test_import_command import TOLD
from tests.customers.test_import_pages import choices, upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args, **more: None)


def test_the_encoding_of_a_file_that_mixes_them_is_chosen_on_the_next_page(marketer: Client) -> None:
    mixed = orders(line("1", name="Öl")).encode("cp1252") + line("2", name="Käse").encode()
    response = upload(marketer, mixed)
    job = ImportJob.objects.get()
    page = reverse("import_job", args=[job.pk])
    assert response.headers["Location"] == page
    for _time in range(2):
        text = marketer.get(page).content.decode()
        assert text.count("The file mixes encodings: line 2 is not UTF-8") == 1
        assert "It is read as Windows-1252" in text
    assert job.options["encoding"] == "cp1252"
    told = choices(marketer, job, encoding="iso8859-15", currency="EUR")
    assert "Read the file again first" in marketer.post(page, told | {"action": "import"}).content.decode()
    marketer.post(page, told | {"action": "read"})
    assert "It is read as ISO 8859-15" in marketer.get(page).content.decode()
    told = choices(marketer, job, currency="EUR")
    marketer.post(page, told | {"action": "import"})
    tasks.run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.imported, job.options["encoding"]) == ("done", 2, "iso8859-15")
    assert "It is read as ISO 8859-15" in marketer.get(page).content.decode()


def test_nothing_is_said_of_a_file_in_one_encoding_or_one_that_is_not_kept(marketer: Client) -> None:
    for content in (orders(line("1", name="Öl")).encode(), orders(line("1", name="Öl")).encode("cp1252")):
        upload(marketer, content)
        assert results.mixed(ImportJob.objects.latest("id")) == ""
    upload(marketer, orders(line("1", name="Öl")).encode("cp1252") + line("2", name="Käse").encode())
    job = ImportJob.objects.latest("id")
    assert results.mixed(job)
    jobs.forget_files(timezone.now() + timedelta(days=99))
    job.refresh_from_db()
    assert results.mixed(job) == ""


def test_the_encoding_that_is_told_reads_a_file_that_mixes_them(tmp_path: Path) -> None:
    mixed = orders(line("1", name="Öl")).encode("cp1252") + line("2", name="Käse").encode()
    path = importing.file(tmp_path, mixed)
    with pytest.raises(CommandError, match="The file mixes encodings: line 2 is not UTF-8"):
        call_command("import", str(path), **TOLD)
    call_command("import", str(path), encoding="cp1252", **TOLD)
    assert Order.objects.count() == 2


def test_the_divider_that_is_told_divides_the_header_too(tmp_path: Path) -> None:
    path = importing.file(tmp_path, orders(line("1")).replace(",", "~"))
    call_command("import", str(path), delimiter="~", **TOLD)
    assert Order.objects.get().number == "1"


def test_what_is_told_of_encoding_or_divider_is_kept_and_the_rest_detected(tmp_path: Path) -> None:
    path = importing.file(tmp_path, "ü;é\n".encode() + "ü;é\n".encode("cp1252"))
    assert guessing.head(path, Format("cp1252", "")).form == Format("cp1252", ";")
    assert guessing.head(importing.file(tmp_path, "a,b|c\n1,2|3\n"), Format("", "|")).header == ["a,b", "c"]
    for form, name in ((Format("klingon", ""), "encoding"), (Format("", ";;"), "delimiter")):
        with pytest.raises(FileRefused) as refused:
            guessing.head(path, form)
        assert refused.value.facts["name"] == name
