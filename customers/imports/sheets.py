"""A sheet is turned once into the text that every import reads, one line for each of its rows.

So lines are the sheet's rows, and what holds for a file of text holds for a sheet: memory, speed, resuming, refused
lines.
"""

import csv
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Context
from functools import cache, partial
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customers.imports import uploads
from customers.imports.faults import FileRefused
from customers.imports.reading import LONGEST_LINE, Format, Sheet
from customers.models import ImportJob

if TYPE_CHECKING:
    from customers.imports.workbooks import Book

# A spreadsheet reckons with 15 digits; what stands behind them (2.5499999999999998) is the machine's.
EXACT = Context(prec=15)
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
HEADER_IN_FIRST = 20
BEAT = 10_000
TEXT = {"encoding": "utf-8", "delimiter": ","}
Row = tuple[int, list[str]]


class Number(str):
    """A number that the sheet holds as one: its decimal sign is ours and tells nothing about the file's texts."""


def _opened(path: Path) -> "AbstractContextManager[Book]":
    """Loads openpyxl, which loads NumPy: no page and no worker carries them before the first sheet comes."""
    from customers.imports import workbooks

    return workbooks.opened(path)


def names(path: Path) -> list[Sheet]:
    with _opened(path) as book:
        return book.sheets


def head(path: Path, form: Format, most: int) -> tuple[Format, list[list[str]]]:
    """The header and the rows below it, at most so many, of the sheet that `form` names, or of the first that has
    something in it, visible ones first; and which sheet and row that is. Raises FileRefused."""
    with _opened(path) as book:
        if form.sheet:
            return _table(book, form.sheet, form.header_row, most)
        for sheet in sorted(book.sheets, key=lambda sheet: sheet.hidden):
            with suppress(_Empty):
                return _table(book, sheet.name, form.header_row, most)
    raise FileRefused("empty")


def rows(path: Path) -> Iterator[Row]:
    """Number and cells of the filled rows of the first sheet that has any, visible ones first. Raises FileRefused."""
    with _opened(path) as book:
        for sheet in sorted(book.sheets, key=lambda sheet: sheet.hidden):
            found = _texts(book, sheet)
            for first in found:
                yield first
                yield from found
                return
    raise FileRefused("empty")


class _Empty(FileRefused):
    pass


def _table(book: "Book", name: str, header_row: int, most: int) -> tuple[Format, list[list[str]]]:
    rows = _texts(book, book.sheet(name))
    first = list(islice(rows, HEADER_IN_FIRST))
    if not first:
        raise _Empty("empty_sheet")
    header_row = header_row or _header_row(first)
    table = ((number, cells) for number, cells in chain(first, rows) if number >= header_row)
    number, header = next(table, (0, []))
    if number != header_row:
        raise FileRefused("header_row", line=header_row)
    found = [header, *(_filled(cells, len(header)) for _number, cells in islice(table, most))]
    return Format(**TEXT, sheet=name, header_row=header_row), found


def _header_row(rows: list[Row]) -> int:
    """The first row that is filled as far as a table's is: titles and notes above it have fewer cells."""
    counts = [(number, sum(map(bool, cells))) for number, cells in rows]
    widest = max(count for _number, count in counts)
    return next(number for number, count in counts if count >= min(2, widest) and 2 * count >= widest)


def _filled(cells: list[str], width: int) -> list[str]:
    return cells + [""] * (width - len(cells))


def as_text(job: ImportJob, form: Format, decimal: str, beat: Callable[[], None]) -> Path:
    """The file of text that the job's sheet becomes, made now unless it is there; `beat` is called again and again
    while it is made. Raises FileRefused."""
    mark = blake2b(f"{form.sheet}\0{form.header_row}\0{decimal}".encode(), digest_size=8).hexdigest()
    target = uploads.folder() / f"sheet-{job.pk}-{mark}"
    if not target.exists():
        forget(job)
        half = target.with_suffix(".part")
        with uploads.private(half) as file, _opened(Path(job.path)) as book:
            _write(csv.writer(file), book, form, decimal, beat)
        os.replace(half, target)
    return target


def forget(job: ImportJob) -> None:
    for path in uploads.folder().glob(f"sheet-{job.pk}-*"):
        path.unlink(missing_ok=True)


def _write(writer: Any, book: "Book", form: Format, decimal: str, beat: Callable[[], None]) -> None:
    width = line = 0
    for number, cells in _texts(book, book.sheet(form.sheet)):
        if number < form.header_row:
            continue
        width = width or len(cells)
        if sum(map(len, cells)) > LONGEST_LINE // 2:
            raise FileRefused("long_line", line=number)
        writer.writerows([()] * (number - line - 1))
        writer.writerow(_in_notation(_filled(cells, width), decimal))
        line = number
        if line % BEAT == 0:
            beat()


def _in_notation(cells: list[str], decimal: str) -> list[str]:
    if decimal != ",":
        return cells
    return [cell.replace(".", ",") if isinstance(cell, Number) else cell for cell in cells]


def _texts(book: "Book", sheet: Sheet) -> Iterator[Row]:
    """The rows in which something stands, as text, up to their last cell with something in it."""
    zeros = cache(partial(_zeros, book))
    for number, cells in book.rows(sheet):
        texts: list[str] = []
        for cell in cells:
            if text := written(cell.value, zeros(cell.style) if isinstance(cell.value, int) else 0):
                texts.extend([""] * (cell.column - len(texts) - 1))
                texts.append(text)
        if texts:
            yield number, texts


def _zeros(book: "Book", style: int) -> int:
    """A format such as 00000 shows leading zeros: the postal code 1099 is seen, and meant, as 01099."""
    shown = book.number_format(style)
    return len(shown) if shown and not shown.strip("0") else 0


def written(value: Any, zeros: int = 0) -> str:
    """A cell's value as text; numbers with a point, dates as in ISO 8601. A line break becomes a blank, so that a row
    stays a line."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return Number(str(value).zfill(zeros))
        case float():
            return Number(_exact(value))
        case datetime():
            return _moment(value)
        case date() | time() | timedelta():
            return str(value)
    return " ".join(unescaped(str(value)).replace("\r", "\n").split("\n")).strip()


def unescaped(text: str) -> str:
    """`_x000D_` is how a sheet writes characters that its markup cannot hold."""
    return ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)


def _exact(value: float) -> str:
    text = f"{EXACT.create_decimal_from_float(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment(value: datetime) -> str:
    # A serial of 10:00 may be a millisecond off.
    value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
    return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
