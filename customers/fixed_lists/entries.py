"""What was pasted or uploaded, as entries: customer numbers and e-mail addresses, with the lines they stand in."""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from customers.imports import files, reading, sheets
from customers.imports.faults import FileRefused

MOST = 1_000_000  # entries at once
LONGEST_ADDRESS, LONGEST_NUMBER, LONGEST_SHOWN = 254, 120, 300
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
BETWEEN = re.compile(r"[,;\t]")
AROUND = " \t\r\n\f\v\u00a0\ufeff\"'<>"


class Entry(NamedTuple):
    """`key` is what is looked for, an address in small letters; "" of what can be neither address nor number."""

    line: int
    text: str
    key: str


def pasted(text: str) -> Iterator[Entry]:
    """One or several in a line, divided by comma, semicolon or tab."""
    lines = enumerate(io.StringIO(text), start=1)
    return _entries((number, part) for number, line in lines for part in BETWEEN.split(line))


def uploaded(path: Path) -> Iterator[Entry]:
    """The first column of a file, also packed, or of the first filled sheet of a workbook. Raises FileRefused."""
    if files.is_workbook(path):
        yield from _entries(_below_heading((line, cells[0]) for line, cells in sheets.rows(path)))
        return
    form = reading.detect(reading.sample(path))
    with (
        files.opened(path) as raw,
        io.TextIOWrapper(raw, encoding=form.encoding, errors="strict", newline=None) as text,
    ):
        lines = reading.Lines(text)
        yield from _entries(_below_heading(_first_cells(lines, form.delimiter)))


def _first_cells(lines: reading.Lines, delimiter: str) -> Iterator[tuple[int, str]]:
    for line in lines:
        lines.pending.clear()
        yield lines.count, line.split(delimiter, 1)[0]


def _below_heading(cells: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Without what stands above the column in the first line."""
    return ((line, cell) for line, cell in cells if line > 1 or not _is_heading(cell))


def _entries(cells: Iterable[tuple[int, str]]) -> Iterator[Entry]:
    count = 0
    for line, cell in cells:
        text = cell.strip(AROUND)
        if not text:
            continue
        count += 1
        if count > MOST:
            raise FileRefused("too_many", line=line, most=MOST)
        yield Entry(line, _shown(text), _key(text))


def _is_heading(text: str) -> bool:
    """Such as "E-Mail" or "Kundennummer" above a column: neither an address nor a number."""
    return "@" not in text and not any(char.isdigit() for char in text)


def _key(text: str) -> str:
    if not text.isprintable():
        return ""
    if "@" not in text:
        return text if len(text) <= LONGEST_NUMBER else ""
    return text.lower() if len(text) <= LONGEST_ADDRESS and ADDRESS.fullmatch(text) else ""


def _shown(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text[:LONGEST_SHOWN])
