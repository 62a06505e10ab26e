"""`manage.py import`, in words."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from customers.imports import jobs, running
from customers.models import ImportJob, Order
from tests.customers import importing
from tests.customers.importing import line, orders

pytestmark = pytest.mark.django_db
TOLD = {"kind": "orders", "source": "shop", "zone": "Europe/Berlin", "currency": "EUR"}


def test_it_imports_and_sums_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = importing.file(tmp_path, orders(line("1"), line("2", quantity="x"), line("3", customer="")))
    call_command("import", str(path), **TOLD)
    said = capsys.readouterr().out
    assert "3 lines: 2 imported, 0 unchanged, 1 rejected." in said
    assert "rejected: is not a number in the chosen notation" in said
    assert "orders without a customer" in said


def test_columns_are_told_by_pairs_or_json(tmp_path: Path) -> None:
    path = importing.file(tmp_path, "a,b,c,d,e\n1,2026-11-02,A1,2,2.50\n")
    mapping = [json.dumps({"number": "a", "placed_at": "b", "sku": "c"}), "quantity=d", "unit_price=e"]
    call_command("import", str(path), mapping=mapping, **TOLD)
    assert Order.objects.get().total == 500


@pytest.mark.parametrize(
    ("text", "told", "words"),
    [
        (orders(line()), {"currency": None}, "In which currency are the prices? (--currency)"),
        (orders(line(date="03/04/2026")), {}, "Choose whether the day or the month comes first. (--dates)"),
        (orders(line()), {"currency": "Taler"}, "Taler cannot be used as: Currency."),
        (orders(line()), {"mapping": ["number"]}, "write name=column"),
        (orders(line()), {"encoding": "klingon"}, "klingon cannot be used as: Encoding."),
        (orders(line()), {"header_row": 2}, "are for workbooks"),
        (orders(line()), {"sheet": "Two"}, "are for workbooks"),
        ("a,b\n1,2\n", {}, "There is no column for: Order number"),
        ("", {}, "The file is empty."),
        (orders(line()), {"source": None}, "Tell the FILE, its --kind and its --source"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_left_behind(
    tmp_path: Path, text: str, told: dict, words: str
) -> None:
    with pytest.raises(CommandError, match=words.replace("(", r"\(").replace(")", r"\)").replace("?", r"\?")):
        call_command("import", str(importing.file(tmp_path, text)), **(TOLD | told))
    assert not ImportJob.objects.exists()


def test_a_dry_run_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = importing.file(tmp_path, orders(line("1")))
    call_command("import", str(path), dry_run=True, **TOLD)
    assert "1 lines: 1 imported" in capsys.readouterr().out
    assert not Order.objects.exists()


def test_it_goes_on_with_an_import_that_was_begun(
    tmp_path: Path, settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.IMPORT_CHUNK_LINES = 1
    path = importing.file(tmp_path, orders(line("1"), line("2"), line("3")))
    job = importing.begin(path)
    running.run(job.pk, importing.AT, most_chunks=2)
    call_command("import", str(path), **TOLD)
    assert f"going on with import {job.pk}" in capsys.readouterr().out
    job.refresh_from_db()
    assert (job.state, job.imported) == ("done", 3)
    assert ImportJob.objects.count() == 1


def test_a_cancelled_import_is_resumed_by_its_number(tmp_path: Path) -> None:
    job = importing.begin(importing.file(tmp_path, orders(line("1"))))
    jobs.cancel(job, importing.AT)
    call_command("import", resume=job.pk)
    assert Order.objects.count() == 1
