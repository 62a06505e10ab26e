"""Rows as CSV for a spreadsheet: streamed, in the reader's notation, and never taken for a formula."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime
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


def stream(rows: Iterable[Iterable[Any]], language: str) -> Iterator[str]:
    """The lines of the file, written in `language`."""
    separator, decimal = SEPARATORS.get(language.split("-")[0], OTHERWISE)
    writer = csv.writer(_Echo(), delimiter=separator)
    yield BYTE_ORDER_MARK
    for row in _in_language(rows, language):
        yield writer.writerow([cell(value, decimal) for value in row])


def respond(name: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """A download `name.csv` of the rows (the first is the header), a few lines in memory at a time."""
    lines = stream(rows, translation.get_language() or "de")
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _in_language(rows: Iterable[Iterable[Any]], language: str) -> Iterator[list[Any]]:
    """Each row computed in the reader's language: it streams after the request's own language is gone."""
    source = iter(rows)
    while True:
        with translation.override(language):
            row = next(source, None)
            if row is None:
                return
            values = list(row)
        yield values
