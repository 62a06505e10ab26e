"""Files as they come: encodings, dividers, quotes, archives, damage (reliability F33)."""

import gzip
import lzma
from pathlib import Path

import pytest

from customers.imports import guessing, reading
from customers.imports.faults import FileRefused
from customers.imports.reading import Format, Record
from tests.customers import importing

pytestmark = pytest.mark.fault("F33")

TEXT = "Bestellnummer;Artikel;Preis\r\n1;Teeglas für Öl;3,50\r\n2;Löffel;1,25\r\n"
ROWS = [["1", "Teeglas für Öl", "3,50"], ["2", "Löffel", "1,25"]]


def read(path: Path, form: Format | None = None) -> list[Record]:
    with reading.records(path, form or guessing.head(path).form) as records:
        return list(records)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_dividers_are_detected(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = TEXT.replace(",", ".").replace(";", delimiter)
    path = importing.file(tmp_path, text.encode(encoding))
    rows = [[cell.replace(",", ".") for cell in row] for row in ROWS]
    assert [record.cells for record in read(path)] == rows


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packed_files_are_unpacked(tmp_path: Path, pack) -> None:
    assert [record.cells for record in read(importing.file(tmp_path, pack(TEXT.encode())))] == ROWS


@pytest.mark.parametrize(("head", "delimiter"), [("sep=;\r\n", ";"), ('"sep=,"\r\n', ",")])
def test_the_line_that_spreadsheets_put_in_front_names_the_divider(
    tmp_path: Path, head: str, delimiter: str
) -> None:
    path = importing.file(tmp_path, head + TEXT.replace(",", ".").replace(";", delimiter))
    assert [record.line for record in read(path)] == [3, 4]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_any_line_end_counts_lines(tmp_path: Path, ends: str) -> None:
    path = importing.file(tmp_path, TEXT.replace("\r\n", ends))
    assert [record.line for record in read(path)] == [2, 3]


def test_a_quoted_cell_may_hold_dividers_quotes_and_line_ends(tmp_path: Path) -> None:
    path = importing.file(tmp_path, 'a,b\n"x, ""y""\nz",1\n2,3\n')
    assert read(path) == [Record(2, ['x, "y"\nz', "1"]), Record(4, ["2", "3"])]


def test_an_open_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    path = importing.file(tmp_path, 'a,b\n1,2\n"x,3\n4,5\n6,"7"\n8,9\n')
    assert [(record.line, record.fault) for record in read(path)] == [
        (2, ""),
        (3, "quotes"),
        (4, ""),
        (5, ""),
        (6, ""),
    ]


def test_a_cell_beyond_what_any_cell_holds_costs_its_own_line_only(tmp_path: Path) -> None:
    path = importing.file(tmp_path, 'a,b\n1,2\n"' + "x" * 140_000 + ', y","3"\n4,5\n')
    records = read(path)
    assert [(record.line, record.fault) for record in records] == [(2, ""), (3, "long_cell"), (4, "")]
    assert records[1].cells == ["x" * 140_000 + ", y", "3"]


@pytest.mark.parametrize("delimiter", ["", ","])
def test_utf_16_that_is_told_of_a_file_without_its_mark_is_refused(tmp_path: Path, delimiter: str) -> None:
    path = importing.file(tmp_path, TEXT.encode())
    with pytest.raises(FileRefused) as refused:
        read(path, guessing.head(path, Format("utf-16", delimiter)).form)
    assert refused.value.code == "encoding"


def test_wrong_numbers_of_cells_and_nul_are_faults_of_their_line(tmp_path: Path) -> None:
    path = importing.file(tmp_path, "a,b\n1\n1,2,3\nx\x00y,2\n\n,\n3,4\n")
    assert [(record.line, record.fault) for record in read(path)] == [
        (2, "cells"),
        (3, "cells"),
        (4, "nul"),
        (7, ""),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"PK\x03\x04rest", "damaged_workbook"),
        (gzip.compress(TEXT.encode() * 500, mtime=0)[:-200], "truncated"),
        (lzma.compress(TEXT.encode() * 500)[:-40], "truncated"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-6] + b"\x00" * 6, "damaged"),
        (b"\xfd7zXZ\x00nothing of the kind", "damaged"),
        ("ü;é\n".encode() + "ü;é\n".encode("cp1252"), "mixed"),
        (b"a;b\n\x81\x8d;1\n", "unknown_encoding"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read(importing.file(tmp_path, content))
    assert refused.value.code == code


def test_a_letter_in_another_encoding_far_inside_is_named_by_its_line(tmp_path: Path) -> None:
    path = importing.file(tmp_path, b"a,b\n" + b"1,2\n" * 10 + b"\xfc,2\n")
    with pytest.raises(FileRefused) as refused:
        read(path, Format("utf-8", ","))
    assert refused.value.facts == {"encoding": "utf-8", "line": 12}


def test_a_line_without_end_is_refused_instead_of_filling_the_memory(tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        read(importing.file(tmp_path, "a,b\n" + "x" * 1_100_000), Format("utf-8", ","))
    assert refused.value.code == "long_line"


def test_reading_goes_on_behind_a_position(tmp_path: Path) -> None:
    path = importing.file(tmp_path, 'a,b\n"1\n",2\n"3,4\n5,6\n7,8\n')
    with reading.records(path, Format("utf-8", ",")) as records:
        records.skip(4)
        assert [record.cells for record in records] == [["5", "6"], ["7", "8"]]
