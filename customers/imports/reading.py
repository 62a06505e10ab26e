"""Lines and cells: encoding, delimiter, quotes. Every record knows the line of the file it begins on."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from customers.imports import files
from customers.imports.faults import FileRefused

SAMPLE = 4_000_000
LONGEST_LINE = 1_000_000
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "cp1252": "Windows-1252",
    "iso8859-15": "ISO 8859-15",
}
DELIMITERS = (",", ";", "\t", "|")
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*\Z')
UNCOUNTED = "#FORMULA!"  # stands for a formula that no program has worked out yet


class Sheet(NamedTuple):
    """A sheet of a workbook."""

    name: str
    hidden: bool
    part: str


@dataclass(frozen=True)
class Format:
    """How a file is divided into cells. A workbook has a `sheet`, and the `header_row` of it."""

    encoding: str
    delimiter: str
    sheet: str = ""
    header_row: int = 0


UNTOLD = Format("", "")


class Record(NamedTuple):
    """Cells of one record. `fault` is empty or the reason why `cells` must not be used as they are."""

    line: int
    cells: list[str]
    fault: str = ""


class Lines:
    """The physical lines, counted; `pending` holds those of the record being read, `returned` those to be read
    again."""

    def __init__(self, text: IO[str]) -> None:
        self.text = text
        self.count = 0
        self.pending: list[str] = []
        self.returned: list[str] = []

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self.returned.pop() if self.returned else self._read()
        self.count += 1
        self.pending.append(line)
        return line

    def _read(self) -> str:
        try:
            line = self.text.readline(LONGEST_LINE)
        except UnicodeDecodeError as error:
            before = error.object[: error.start]
            ends = max(before.count(b"\n"), before.count(b"\r"))
            raise FileRefused("encoding", encoding=error.encoding, line=self.count + 1 + ends) from error
        except UnicodeError as error:  # UTF-16 without its mark
            raise FileRefused("encoding", encoding="utf-16", line=self.count + 1) from error
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE:
            raise FileRefused("long_line", line=self.count + 1)
        return line

    def keep_first(self) -> str:
        """The first line of the record being read; the others are read again."""
        first, *others = self.pending
        self.returned.extend(reversed(others))
        self.count -= len(others)
        return first


class Records:
    """The records after the header, which is `header`. `position` is the last line finished."""

    def __init__(self, text: IO[str], delimiter: str) -> None:
        self.lines = Lines(text)
        self.delimiter = delimiter
        self.reader = csv.reader(self.lines, delimiter=delimiter, strict=True)
        self.header = self._header()

    @property
    def position(self) -> int:
        return self.lines.count

    def __iter__(self) -> Iterator[Record]:
        lines, reader, width = self.lines, self.reader, len(self.header)
        while True:
            lines.pending.clear()
            line = lines.count + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield self._malformed(line, "quotes")
                continue
            if not any(cells):
                continue
            if len(cells) != width:
                yield self._malformed(line, "cells")
            elif "\x00" in lines.pending[0]:
                yield Record(line, [cell.replace("\x00", "�") for cell in cells], "nul")
            else:
                yield Record(line, cells)

    def skip(self, position: int) -> None:
        """Go on behind line `position`, which ends a record."""
        while self.lines.count < position and next(self.lines, None) is not None:
            self.lines.pending.clear()

    def _header(self) -> list[str]:
        try:
            cells = self._first()
            if SEPARATOR_LINE.match(self.lines.pending[0]):
                cells = self._first()
        except StopIteration as error:
            raise FileRefused("empty") from error
        except csv.Error as error:
            raise FileRefused("quotes", line=1) from error
        return named(cells)

    def _first(self) -> list[str]:
        """The next record that is not blank."""
        while not any(cells := next(self.reader)):
            self.lines.pending.clear()
        return cells

    def _malformed(self, line: int, fault: str) -> Record:
        """A quote that is never closed swallows lines behind it: only the first is refused, the others are
        read again on their own."""
        text = self.lines.keep_first().rstrip("\r\n").replace("\x00", "�")
        cells = _of_any_length(text, self.delimiter)
        long = any(len(cell) > csv.field_size_limit() for cell in cells)
        return Record(line, cells, "long_cell" if long else fault)


def _of_any_length(text: str, delimiter: str) -> list[str]:
    """The cells of one line, where csv's limit cannot end what a forgotten quote has swallowed."""
    usual = csv.field_size_limit(LONGEST_LINE)
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    finally:
        csv.field_size_limit(usual)


def named(cells: list[str]) -> list[str]:
    """Header cells with a name each, and each name once."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"#{number}"
        names.append(name if name not in names else f"{name} #{number}")
    return names


@contextmanager
def records(path: Path, form: Format) -> Iterator[Records]:
    """The records of a file read in this way. Raises FileRefused."""
    with (
        files.opened(path) as raw,
        io.TextIOWrapper(raw, encoding=form.encoding, errors="strict", newline="") as text,
    ):
        yield Records(text, form.delimiter)


def sample(path: Path) -> bytes:
    """The first bytes, unpacked. Raises FileRefused."""
    with files.opened(path) as raw:
        head = raw.read(SAMPLE)
    if not head.strip():
        raise FileRefused("empty")
    return head


def check(form: Format) -> None:
    """Raise FileRefused for an encoding or a divider that no file is read with."""
    if form.encoding not in ENCODINGS:
        raise FileRefused("option", name="encoding", value=form.encoding)
    if len(form.delimiter) != 1 or form.delimiter in '"\r\n':
        raise FileRefused("option", name="delimiter", value=form.delimiter)


def detect(head: bytes, told: Format = UNTOLD) -> Format:
    """How these bytes are encoded and divided: as told, the rest as it looks. Raises FileRefused where that
    cannot be told."""
    encoding = told.encoding or detect_encoding(head)
    check(Format(encoding, told.delimiter or ","))
    if told.delimiter:
        return Format(encoding, told.delimiter)
    try:
        text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    except UnicodeError as error:  # UTF-16 without its mark
        raise FileRefused("encoding", encoding=encoding, line=1) from error
    return Format(encoding, detect_delimiter(text))


def detect_encoding(head: bytes) -> str:
    for bom, encoding in BOMS.items():
        if head.startswith(bom):
            return encoding
    if wide := _utf16_without_mark(head):
        return wide
    if _decodes(head, "utf-8"):
        return "utf-8"
    if _mixed(head):
        raise FileRefused("mixed", line=_first_fault(head))
    if _decodes(head, "cp1252"):
        return "cp1252"
    raise FileRefused("unknown_encoding", line=_first_fault(head, "cp1252"))


def _utf16_without_mark(head: bytes) -> str:
    """Text in Latin letters has a zero in every second byte."""
    probe = head[:4000]
    if len(probe) < 4 or probe.count(0) * 3 < len(probe):
        return ""
    return "utf-16-le" if probe[1::2].count(0) > probe[0::2].count(0) else "utf-16-be"


def _decodes(head: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _mixed(head: bytes) -> bool:
    """Some letters are UTF-8 and some are not: any choice would spoil one part."""
    text = head.decode("utf-8", errors="ignore")
    return any(char > "\x7f" for char in text)


def _first_fault(head: bytes, encoding: str = "utf-8") -> int:
    try:
        head.decode(encoding)
    except UnicodeDecodeError as error:
        return head.count(b"\n", 0, error.start) + 1
    return 1


def detect_delimiter(text: str) -> str:
    """The delimiter that divides most of the first records into as many cells as the header, above one."""
    first = text.split("\n", 1)[0]
    if stated := SEPARATOR_LINE.match(first):
        return stated[1]
    best = max(DELIMITERS, key=lambda delimiter: _fit(text[:200_000], delimiter))
    return best if _fit(text[:200_000], best) > (0.0, 1) else ","


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    widths: list[int] = []
    try:
        for cells in reader:
            if cells:
                widths.append(len(cells))
            if len(widths) == 50:
                break
    except csv.Error:
        pass
    if not widths or widths[0] < 2:
        return 0.0, 1
    same = sum(width == widths[0] for width in widths) / len(widths)
    return round(same, 1), widths[0]
