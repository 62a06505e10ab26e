"""Workbooks: typed cells, sheets and headers found, harm and damage refused (reliability F33, F34)."""

import csv
import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from customers.imports import carried, guessing, sheets, workbooks
from customers.imports.faults import FileRefused
from customers.imports.reading import Format
from customers.models import Customer, Identity, Order, OrderLine
from tests.customers import importing
from tests.customers.sheets import packed, raw, row, workbook

pytestmark = [pytest.mark.django_db, pytest.mark.fault("F33", "F34")]
DAY = datetime.fromisoformat("2026-11-02T10:30")


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT / "imports"


def cell(path: Path) -> str:
    """The second cell of the first row below the header."""
    return guessing.head(path).rows[0][1]


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (17850, "General", "17850"),
        ("00123", "@", "00123"),
        (1099, "00000", "01099"),
        (1099, "General", "1099"),
        (0.1 + 0.2, "0.00", "0.3"),
        (2.5499999999999998, "General", "2.55"),
        (1234.5, "#,##0.00 [$€-407]", "1234.5"),
        (1e-7, "General", "0.0000001"),
        (date(2026, 11, 2), "DD.MM.YYYY", "2026-11-02"),
        (DAY, "DD.MM.YYYY hh:mm", "2026-11-02 10:30:00"),
        (46328.41666666, "DD.MM.YYYY hh:mm", "2026-11-02 10:00:00"),
        (True, "General", "true"),
        ("1.234,50", "General", "1.234,50"),
        ("Zeile\neins", "General", "Zeile eins"),
        ("=1+1", "General", workbooks.UNCOUNTED),
        ("#N/A", "General", "#N/A"),
    ],
)
def test_a_cell_becomes_text_that_loses_nothing(tmp_path: Path, value: object, code: str, text: str) -> None:
    path = workbook(tmp_path / "a.xlsx", [["id", "value"], ["1", value]], formats={"B2": code})
    assert cell(path) == text


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    book.active.append(["id", "day"])
    book.active.append(["1", DAY])
    book.save(tmp_path / "mac.xlsx")
    assert b'date1904="1"' in zipfile.ZipFile(tmp_path / "mac.xlsx").read("xl/workbook.xml")
    assert cell(tmp_path / "mac.xlsx") == "2026-11-02 10:30:00"


def test_the_value_that_a_formula_last_had_counts(tmp_path: Path) -> None:
    cells = '<c r="A2"><v>1</v></c><c r="B2"><f>40+2</f><v>42</v></c>'
    path = raw(tmp_path / "a.xlsx", f"{row('id', 'value', number=1)}<row r='2'>{cells}</row>")
    assert cell(path) == "42"


def test_an_order_of_typed_cells_is_read_without_questions(tmp_path: Path) -> None:
    rows = [[*importing.ORDERS.split(",")], [1, DAY, "A1", "Mug", 2, 1234.5, 7, "Germany"]]
    job = importing.finish(importing.begin(workbook(tmp_path / "o.xlsx", rows)))
    order = Order.objects.get()
    assert (job.imported, order.number, order.total) == (1, "1", 246_900)
    assert order.placed_at == datetime.fromisoformat("2026-11-02T09:30+00:00")


def test_numbers_and_texts_with_a_comma_in_one_column_mean_what_they_show(tmp_path: Path) -> None:
    """The texts tell the notation; 1.234 that is a number is never a thousand."""
    rows = [
        [*importing.ORDERS.split(",")],
        ["1", DAY, "A1", "Mug", 1, "1.234,50", 7, "Germany"],
        ["2", DAY, "A1", "Mug", 2, 1.234, 7, "Germany"],
        ["3", DAY, "A1", "Mug", 1, 2.5, 7, "Germany"],
    ]
    job = importing.finish(importing.begin(workbook(tmp_path / "orders.xlsx", rows)))
    assert (job.imported, job.options["decimal"]) == (3, ",")
    assert dict(Order.objects.values_list("number", "total")) == {"1": 123_450, "2": 247, "3": 250}


def two_sheets(path: Path) -> Path:
    """A cover sheet, a list under a title and a blank row, a second list, and a hidden one."""
    book = Workbook()
    book.active.title = "Deckblatt"
    for name, number in (("Eins", "1"), ("Zwei", "2"), ("Alt", "3")):
        sheet = book.create_sheet(name)
        for cells in (["Export of 2 November"], [], ["number", "city"], [number, "Linz"], [], ["9", "#N/A"]):
            sheet.append(cells)
    book["Alt"].sheet_state = "hidden"
    book.move_sheet("Alt", offset=-3)
    book["Eins"].merge_cells("A1:B1")
    book.save(path)
    return path


def test_titles_empty_and_hidden_sheets_are_passed_over(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "a.xlsx")
    head = guessing.head(path)
    assert (head.form.sheet, head.form.header_row) == ("Eins", 3)
    assert head.header == ["number", "city"]
    assert [(sheet.name, sheet.hidden) for sheet in sheets.names(path)] == [
        ("Alt", True),
        ("Deckblatt", False),
        ("Eins", False),
        ("Zwei", False),
    ]


def test_refused_lines_have_the_numbers_of_the_sheet(tmp_path: Path) -> None:
    job = importing.finish(importing.begin(two_sheets(tmp_path / "a.xlsx"), "customers"))
    assert (job.imported, importing.reasons(job)) == (1, {6: "error_cell"})
    refused = job.rejections.get()
    assert (refused.column, refused.value) == ("city", "#N/A")


def test_two_sheets_of_one_workbook_are_two_files(tmp_path: Path) -> None:
    path = two_sheets(tmp_path / "a.xlsx")
    for name in ("Eins", "Zwei", "Zwei"):
        call_command("import", path, kind="customers", source="shop", sheet=name, verbosity=0)
    assert set(Identity.objects.values_list("number", flat=True)) == {"1", "2"}
    last = importing.ImportJob.objects.latest("id")
    assert (last.imported, last.unchanged, last.rejected) == (0, 1, 1)
    with pytest.raises(
        CommandError, match=r"There is no sheet “Drei”\. The workbook has: Alt, Deckblatt, Eins, Zwei"
    ):
        call_command("import", path, kind="customers", source="shop", sheet="Drei")


def test_a_formula_that_nobody_worked_out_is_no_empty_cell(tmp_path: Path) -> None:
    rows = [["number", "city"], ["1", "=A1"], ["2", "Graz"], ["3", "Wien", "beside the table"]]
    job = importing.finish(importing.begin(workbook(tmp_path / "a.xlsx", rows), "customers"))
    assert importing.reasons(job) == {2: "formula", 4: "cells"}
    assert Customer.objects.get().city == "Graz"


def test_refused_lines_come_back_as_a_workbook_or_as_text(tmp_path: Path) -> None:
    rows = [[*importing.ORDERS.split(",")], ["1", DAY, "A1", "Mug", "many", 1.5, 7, "Germany"]]
    job = importing.finish(importing.begin(workbook(tmp_path / "o.xlsx", rows, name="Liste")))
    text = "".join(carried.written(job, {}, ",")).lstrip("\ufeff")
    table = list(csv.reader(io.StringIO(text)))
    assert table[1][:3] == [f"o.xlsx#{job.digest}", "2", "quantity"]
    table[1][8] = "3"
    again = importing.finish(importing.begin(workbook(tmp_path / "mended.xlsx", table)))
    assert (again.imported, Order.objects.get().total) == (1, 450)
    mended = importing.file(tmp_path, text.replace("many", "3"))
    assert importing.finish(importing.begin(mended)).unchanged == 1


def test_the_text_of_a_sheet_is_kept_only_while_it_is_needed(tmp_path: Path, media: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["number", "city"], ["1", "Linz"]])
    tried = importing.finish(importing.begin(path, "customers", dry_run=True))
    kept = list(media.iterdir())
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o077 == 0
    importing.finish(importing.jobs.start(tried.pk, guessing_options(tried), dry_run=False))
    assert list(media.iterdir()) == []


def guessing_options(job):
    return importing.Options.load(job.options)


def test_shared_texts_phonetic_hints_and_escapes(tmp_path: Path) -> None:
    strings = (
        "<si><t>id</t></si><si><t>name</t></si><si><r><t>An</t></r><r><t>na</t></r>"
        "<rPh sb='0' eb='1'><t>x</t></rPh></si>"
        "<si><t>a_x000A_b_xD800_</t></si>"
    )
    rows = "".join(
        f'<row r="{n}"><c r="A{n}"><v>{n}</v></c><c r="B{n}" t="s"><v>{text}</v></c></row>'
        for n, text in ((1, 1), (5, 2), (6, 3))
    )
    head = guessing.head(raw(tmp_path / "a.xlsx", rows, strings=strings))
    assert head.rows == [["5", "Anna"], ["6", "a b_xD800_"]]


def bomb(path: Path) -> Path:
    """Two hundred million letters in one cell."""
    return raw(path, row("id") + row("x" * 200_000_000))


def entities(path: Path) -> Path:
    """A billion laughs."""
    names = "abcdefghij"
    declared = "".join(
        f'<!ENTITY {name} "{f"&{names[n - 1]};" * 10 if n else "ha" * 500}">' for n, name in enumerate(names)
    )
    part = (
        f"<!DOCTYPE a [{declared}]><worksheet><sheetData><row><c><v>&j;</v></c></row></sheetData></worksheet>"
    )
    return raw(path, "", extra={"xl/worksheets/sheet1.xml": part.encode()})


def cut(path: Path) -> Path:
    whole = workbook(path, [["id"], *[[n] for n in range(500)]]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def written(content: bytes) -> Callable[[Path], Path]:
    def write(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (bomb, "bomb"),
        (entities, "damaged_workbook"),
        (cut, "damaged_workbook"),
        (lambda path: raw(path, '<row r="1"><c r="A1"><v>id</v></row>'), "damaged_workbook"),
        (lambda path: raw(path, '<row r="99999999999"><c><v>1</v></c></row>'), "damaged_workbook"),
        (lambda path: raw(path, row("x") + '<row><c r="AAAAA1"><v>1</v></c></row>'), "damaged_workbook"),
        (lambda path: raw(path, '<row><c t="s"><v>7</v></c></row>'), "damaged_workbook"),
        (lambda path: raw(path, ""), "empty"),
        (written(b"\xd0\xcf\x11\xe0rest"), "foreign"),
        (written(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")), "locked"),
        (written(packed(mimetype=b"application/vnd.oasis.opendocument.spreadsheet")), "foreign"),
        (written(packed(**{"xl/workbook.bin": b""})), "foreign"),
        (written(packed(**{"letter.txt": b"hello"})), "foreign"),
    ],
)
def test_what_is_harmful_damaged_or_foreign_is_refused_with_a_reason(
    tmp_path: Path, make: Callable[[Path], Path], code: str
) -> None:
    path = make(tmp_path / "a.xlsx")
    begun = time.monotonic()
    with pytest.raises(FileRefused) as refused:
        guessing.head(path)
    assert refused.value.code == code
    assert time.monotonic() - begun < 5


def test_a_workbook_that_is_damaged_at_its_end_imports_nothing(tmp_path: Path) -> None:
    rows = "".join(row(str(n), "Linz", number=n) for n in range(2, 9000))
    path = raw(tmp_path / "a.xlsx", f"{row('number', 'city', number=1)}{rows}<row r='3'><c/></row>")
    job = importing.finish(importing.begin(path, "customers"))
    assert (job.state, job.fault["code"]) == ("failed", "damaged_workbook")
    assert not Customer.objects.exists()


def test_nothing_outside_the_sheet_is_ever_opened(tmp_path: Path, monkeypatch) -> None:
    extra = {
        "xl/externalLinks/externalLink1.xml": b"<broken",
        "xl/vbaProject.bin": b"x",
        "xl/media/a.png": b"x",
    }
    path = raw(tmp_path / "a.xlsx", row("id") + row("1"), extra=extra)
    opened: list[str] = []
    plain = zipfile.ZipFile.open

    def listen(self, name, *more, **told):
        opened.append(getattr(name, "filename", name))
        return plain(self, name, *more, **told)

    monkeypatch.setattr(zipfile.ZipFile, "open", listen)
    assert guessing.head(path, Format("utf-8", ",", "S", 1)).rows == [["1"]]
    assert set(opened) == {
        "[Content_Types].xml",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    }


def test_an_order_line_keeps_the_zeros_of_a_text_cell(tmp_path: Path) -> None:
    rows = [[*importing.ORDERS.split(",")], ["007", DAY, "0815", "Mug", 1, 5.0, "0042", "Germany"]]
    importing.finish(importing.begin(workbook(tmp_path / "o.xlsx", rows)))
    line = OrderLine.objects.get()
    assert (line.order.number, line.product.sku) == ("007", "0815")
    assert Identity.objects.get().number == "0042"
