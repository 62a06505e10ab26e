"""XLSX packages, read by openpyxl piece by piece, whatever their size.

Only the list of sheets, the number formats, the shared texts and one sheet's rows are ever opened: links to other
files, macros and pictures never are, and formulas are not run; the value that the spreadsheet last saw counts.
"""

import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError, iterparse

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import DATA_TAG, FORMULA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from customers.imports.faults import FileRefused
from customers.imports.reading import UNCOUNTED, Sheet

MOST_PARTS = 20_000
MOST_SMALL = 64_000_000  # bytes of a part that is held in memory as a whole
MOST_LARGE = 8_000_000_000  # bytes of a sheet, unpacked
# Sheets shrink to a tenth or thirtieth, very even ones to a hundredth; deflate's limit is 1032.
SUSPICIOUS, MOST_SHRUNK = 50_000_000, 300
MOST_ROWS = 1_048_576
MOST_REMEMBERED = 20_000
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, ParseError, EOFError),
    *(LookupError, ValueError, TypeError, AttributeError, RuntimeError),
)
ITEM, TEXT, PHONETIC = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "t", "rPh"))


class Cell(NamedTuple):
    """`column` counts from 1; `style` is the place of the cell's format."""

    column: int
    value: Any
    style: int


class Book:
    """An open workbook."""

    def __init__(self, reader: ExcelReader, strings: "Texts") -> None:
        self.archive, self.strings = reader.archive, strings
        self.book: Any = reader.wb
        found = reader.parser.find_sheets()
        self.sheets = [
            Sheet(sheet.name, sheet.state != "visible", link.target)
            for sheet, link in found
            if link.Type.endswith("/worksheet")
        ]
        if not self.sheets:
            raise FileRefused("no_sheet")

    def sheet(self, name: str) -> Sheet:
        found = next((sheet for sheet in self.sheets if sheet.name == name), None)
        if found is None:
            raise FileRefused("sheet", sheet=name, names=[sheet.name for sheet in self.sheets])
        return found

    def number_format(self, style: int) -> str:
        """Only for formats of the workbook itself, where alone leading zeros are asked for."""
        place = self.book._cell_styles[style].numFmtId - 164
        return str(self.book._number_formats[place]) if place >= 0 else ""

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
        """The sheet's rows that have cells: number and cells, in order. Memory stays flat."""
        with part(self.archive, sheet.part) as source:
            parser: Any = _Cells(
                source,
                self.strings,
                data_only=True,
                epoch=self.book.epoch,
                date_formats=self.book._date_formats,
                timedelta_formats=self.book._timedelta_formats,
            )
            last = 0
            for element in _elements(source, DATA_TAG, ROW_TAG):
                number, cells = parser.parse_row(element)
                parser.row_dimensions.clear()
                if not last < number <= MOST_ROWS:
                    raise FileRefused("damaged_workbook")
                last = number
                yield number, [Cell(c["column"], c["value"], c["style_id"]) for c in cells]


class _Cells(WorkSheetParser):
    def parse_cell(self, element: Element) -> dict[str, Any]:
        cell: dict[str, Any] = super().parse_cell(element)
        if cell["value"] is None and element.find(FORMULA_TAG) is not None and element.get("t") != "str":
            cell["value"] = UNCOUNTED
        return cell


class Texts:
    """The texts that cells share, by their place; read as far as they are asked for, and kept in a file, since nobody
    knows how many there are."""

    def __init__(self, source: IO[bytes] | None) -> None:
        self.items = _elements(source, "", ITEM) if source else iter(())
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the workbook)
        self.ends = array("Q", [0])
        self.known: dict[int, str] = {}

    def __getitem__(self, place: int) -> str:
        found = self.known.get(place)
        if found is None:
            if len(self.known) >= MOST_REMEMBERED:
                self.known.clear()
            found = self.known[place] = self._read(place)
        return found

    def _read(self, place: int) -> str:
        while place >= len(self.ends) - 1:
            item = next(self.items, None)
            if item is None:
                raise FileRefused("damaged_workbook")
            raw = _text(item).encode()
            self.file.seek(self.ends[-1])
            self.file.write(raw)
            self.ends.append(self.ends[-1] + len(raw))
        self.file.seek(self.ends[place])
        return self.file.read(self.ends[place + 1] - self.ends[place]).decode()


def _text(item: Element) -> str:
    """Without the hints on pronunciation."""
    hints = {id(text) for hint in item.iter(PHONETIC) for text in hint.iter(TEXT)}
    return "".join(text.text or "" for text in item.iter(TEXT) if id(text) not in hints)


def _elements(source: IO[bytes], parent: str, tag: str) -> Iterator[Element]:
    """Each element of this name, once; it is forgotten afterwards, also by its parent ("": the root)."""
    holder: Element | None = None
    # Entities from elsewhere are never fetched, and expat bounds the growth of a part's own.
    for event, element in iterparse(source, ("start", "end")):  # noqa: S314
        if event == "start":
            if holder is None and parent in ("", element.tag):
                holder = element
        elif element.tag == tag:
            yield element
            if holder is not None:
                holder.clear()


@contextmanager
def opened(path: Path) -> Iterator[Book]:
    """The workbook. Raises FileRefused for one that is damaged or larger than a real one, also while it is read."""
    with ExitStack() as stack, damage():
        reader = ExcelReader(stack.enter_context(path.open("rb")), read_only=True, keep_links=False)
        stack.enter_context(reader.archive)
        _check(reader.archive)
        reader.read_manifest()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        package: Any = reader.package
        shared = package.find(SHARED_STRINGS)
        source = stack.enter_context(part(reader.archive, shared.PartName[1:])) if shared else None
        strings = Texts(source)
        stack.callback(strings.file.close)
        yield Book(reader, strings)


@contextmanager
def damage() -> Iterator[None]:
    """What a damaged package makes the libraries say, as FileRefused."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileRefused("gone") from error
    except DAMAGE as error:
        raise FileRefused("damaged_workbook") from error
    except OSError as error:
        if error.errno:  # the machine's, such as a full disk; openpyxl's own have no number
            raise
        raise FileRefused("damaged_workbook") from error


def _check(archive: zipfile.ZipFile) -> None:
    """Refuse a package that would fill the memory with what openpyxl reads as a whole."""
    if len(archive.infolist()) > MOST_PARTS:
        raise FileRefused("bomb", megabytes=MOST_SMALL // 1_000_000)
    for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"):
        with suppress(KeyError):
            _sized(archive.getinfo(name), MOST_SMALL)


def part(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A part of rows or texts, unpacked as it is read."""
    info = archive.getinfo(name.lstrip("/"))
    _sized(info, MOST_LARGE)
    return archive.open(info)


def _sized(info: zipfile.ZipInfo, most: int) -> None:
    even = info.file_size > SUSPICIOUS and info.file_size > MOST_SHRUNK * max(info.compress_size, 1)
    if even or info.file_size > most:
        raise FileRefused("bomb", megabytes=info.file_size // 1_000_000)
