"""The file of rejected lines: written so that it can be corrected and uploaded again.

In front of the original columns it carries where each line came from and why it was refused. By these four
columns such a file is recognised, and each of its lines takes the place of the line that was refused.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from config.pages.csv import BYTE_ORDER_MARK, FORMULA_STARTS
from customers.imports.faults import LineRefused
from customers.models import ImportJob, Rejection

FRONT = ["source_file", "source_line", "column", "reason"]
# A spreadsheet would run these as formulas. The mark in front is taken off again when the file comes back.
FORMULA = re.compile(f"'*[{re.escape(''.join(FORMULA_STARTS))}]")
NUMBER = re.compile(r"[+-]?[\d.,]+\Z")
ORIGIN = re.compile(r"(?P<name>.*)#(?P<digest>[0-9a-f]{64})\Z", re.DOTALL)


LINE = re.compile(r"\d{1,18}\Z")
LONGEST_NAME = 200


class Origin(NamedTuple):
    """Where a line first came from."""

    digest: str
    line: int
    name: str


def width(header: list[str]) -> int:
    """How many columns in front are carried ones: four or none."""
    return len(FRONT) if header[: len(FRONT)] == FRONT else 0


def original(header: list[str]) -> list[str]:
    """The header of the first file, without the carried columns."""
    behind = width(header)
    return [verbatim(name) for name in header[behind:]] if behind else header


def origin(cells: list[str]) -> Origin:
    """The origin that the first cells of a carried line name. Raises LineRefused."""
    match = ORIGIN.match(cells[0].strip()) if len(cells) > 1 else None
    if match is None or not LINE.match(cells[1].strip()) or len(match["name"]) > LONGEST_NAME:
        raise LineRefused("origin", FRONT[0], cells[0] if cells else "")
    return Origin(match["digest"], int(cells[1]), match["name"])


def inert(cell: str) -> str:
    """The cell as a spreadsheet shows it and never runs it."""
    return "'" + cell if FORMULA.match(cell) and not NUMBER.match(cell) else cell


def verbatim(cell: str) -> str:
    """The cell as it was before `inert`."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def written(job: ImportJob, reasons: dict[str, str], divider: str) -> Iterator[str]:
    """The file of a job's rejected lines that are still open, piece by piece; `reasons` puts codes in words."""
    rejections = job.rejections.filter(resolved_by=None).order_by("line").iterator(chunk_size=1000)
    yield BYTE_ORDER_MARK + _line([*FRONT, *map(inert, job.header)], divider)
    for rejection in rejections:
        yield _line(_row(rejection, reasons), divider)


def _row(rejection: Rejection, reasons: dict[str, str]) -> list[str]:
    source = f"{rejection.file_name}#{rejection.file_digest}"
    front = [
        source,
        str(rejection.file_line),
        rejection.column,
        reasons.get(rejection.reason, rejection.reason),
    ]
    return [inert(cell) for cell in [*front, *rejection.cells]]


def _line(cells: list[str], divider: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=divider).writerow(cells)
    return text.getvalue()
