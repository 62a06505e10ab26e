"""What every kind of file has: a reader that turns cells into rows, and rows of a chunk into facts."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from customers.imports.carried import Origin as Place
from customers.imports.faults import LineRefused
from customers.imports.options import Options
from customers.imports.reading import UNCOUNTED
from customers.models import ImportJob, Origin

# As Excel writes them in English and in German, also into a CSV.
SPOILT = {
    *("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"),
    *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", UNCOUNTED),
}


class Item(NamedTuple):
    """One record of the file: a row that could be read, or the reason why not."""

    line: int
    cells: list[str]
    place: Place
    row: Any
    reason: str = ""
    column: str = ""
    value: str = ""


@dataclass
class Applied:
    """What came of a chunk: lines refused with reason and column, how many lines changed nothing and why,
    and what was decided how often."""

    refused: dict[int, tuple[str, str]] = field(default_factory=dict)
    unchanged: Counter[str] = field(default_factory=Counter)
    notices: Counter[str] = field(default_factory=Counter)


class Reader:
    """Reads rows of one job. `latest` is the moment behind which a date is a mistake."""

    def __init__(self, job: ImportJob, options: Options, header: list[str], at: datetime) -> None:
        self.job = job
        self.options = options
        self.latest = at + timedelta(days=2)
        self.places = {key: header.index(name) for key, name in options.mapping.items()}
        self.prepare()

    def prepare(self) -> None:
        """Make the parsers."""

    def place(self, key: str) -> int:
        """Where a column's cell stands; the last, empty cell of `padded` for one that the file does not have."""
        return self.places.get(key, -1)

    def check_cells(self, cells: list[str]) -> None:
        """Raise LineRefused where a column that is used holds an error of a spreadsheet instead of a value."""
        if SPOILT.isdisjoint(cells):
            return
        for key, place in self.places.items():
            if cells[place] in SPOILT:
                raise LineRefused("formula" if cells[place] == UNCOUNTED else "error_cell", key, cells[place])

    def row(self, cells: list[str], line: int) -> Any:
        """Cells, with an empty one appended, to a row. Raises LineRefused."""
        raise NotImplementedError

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        """Record the rows inside the caller's transaction. `corrections` are lines whose place was refused
        before. Origin is always `import`."""
        raise NotImplementedError

    def finish(self) -> dict[str, int]:
        """What is counted once, when the whole file is through."""
        return {}


ORIGIN = Origin.IMPORT
