"""Rows as CSV for a spreadsheet: streamed, in the reader's notation, and never taken for a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel reads the file as the local code page
SEPARATORS = {"de": (";", ",")}  # between cells, before decimals: what a German spreadsheet expects
OTHERWISE = (",", ".")


class _Echo:
    """A file that gives back what is written, so that csv.writer can be streamed."""

    def write(self, text: str) -> str:
        return text


def safe(text: str) -> str:
    """The text with a quote before it where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def cell(value: Any, decimal: str) -> str:
    """A value as a spreadsheet reads it. Numbers stay numbers, also negative ones; other text is made safe."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(int(value))
    if isinstance(value, int | float | Decimal):
        return str(value).replace(".", decimal)
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return value.isoformat() if isinstance(value, date) else safe(str(value))


def separators(language: str) -> tuple[str, str]:
    """What stands between cells, and before decimals, in a spreadsheet of this language."""
    return SEPARATORS.get(language.split("-")[0], OTHERWISE)


def stream(rows: Iterable[Iterable[Any]], language: str) -> Iterator[str]:
    """The lines of the file, written in `language`, its times in the zone that is active now."""
    return _lines(rows, language, timezone.get_current_timezone())


def _lines(rows: Iterable[Iterable[Any]], language: str, zone: tzinfo) -> Iterator[str]:
    separator, decimal = separators(language)
    writer = csv.writer(_Echo(), delimiter=separator)
    yield BYTE_ORDER_MARK
    for row in _as_read(rows, language, zone, decimal):
        yield writer.writerow(row)


def respond(name: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download `name.csv` of the rows (the first is the header), a few lines in memory at a time."""
    lines = stream(rows, translation.get_language() or "de")
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _as_read(rows: Iterable[Iterable[Any]], language: str, zone: tzinfo, decimal: str) -> Iterator[list[str]]:
    """The cells of each row in the reader's language and zone: they stream after those of the request are gone."""
    source = iter(rows)
    while True:
        with translation.override(language), timezone.override(zone):
            row = next(source, None)
            if row is None:
                return
            cells = [cell(value, decimal) for value in row]
        yield cells
