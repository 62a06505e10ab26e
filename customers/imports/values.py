"""Cells become values, or LineRefused. Parsers remember what they parsed: files repeat themselves."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from customers.imports.faults import LineRefused

V = TypeVar("V")
MOST_REMEMBERED = 50_000
INTEGERS = range(-(2**31), 2**31)

DATE = re.compile(
    r"(?:(?P<y>\d{4})(?P<s>[-/.]?)(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<t>[./-])(?P<b>\d{1,2})(?P=t)(?P<c>\d{4}|\d{2}))"
    r"(?:[T ,]+(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
    r"\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?\Z"
)
GROUPS = {
    "": re.compile(r"[+-]?\d+\Z"),
    ".": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[,'’   ]\d{3})+)(?:\.\d+)?\Z"),
    ",": re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[.'’   ]\d{3})+)(?:,\d+)?\Z"),
}
MONEY_MARKS = re.compile(r"^(?:EUR|GBP|USD|CHF|[€£$])\s*|\s*(?:EUR|GBP|USD|CHF|[€£$])$")


class Remembered(dict[str, V], Generic[V]):
    """`parser[text]` is the value of a cell; the memory is bounded."""

    def __init__(self, parse: Callable[[str], V]) -> None:
        super().__init__()
        self.parse = parse

    def __missing__(self, text: str) -> V:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        value = self[text] = self.parse(text)
        return value


def text(column: str, longest: int) -> Callable[[str], str]:
    """Text without outer blanks, refused when it is longer than its place: nothing is cut off in silence."""

    def parse(cell: str) -> str:
        stripped = cell.strip()
        if len(stripped) > longest:
            raise LineRefused("too_long", column, cell)
        return stripped

    return parse


def number(column: str, decimal: str) -> Callable[[str], Decimal]:
    """A decimal number with at most four places, in the notation with this decimal sign; where none is
    told, only whole numbers."""

    def parse(cell: str) -> Decimal:
        stripped = MONEY_MARKS.sub("", cell.strip())
        if not GROUPS[decimal].match(stripped):
            raise LineRefused("number" if stripped else "missing", column, cell)
        value = plain(stripped, decimal)
        if value != value.quantize(Decimal("0.0001")) or abs(value) >= 10**10:
            raise LineRefused("number_size", column, cell)
        return value

    return parse


def plain(text: str, decimal: str) -> Decimal:
    before, _sign, places = text.partition(decimal or ".")
    digits = re.sub(r"[^\d+-]", "", before)
    return Decimal(f"{digits}.{places}" if places else digits)


def integer(column: str, decimal: str) -> Callable[[str], int]:
    """A whole number; `6,0` is one, `1,5` is not."""
    parse_number = number(column, decimal)

    def parse(cell: str) -> int:
        value = parse_number(cell)
        if value != value.to_integral_value():
            raise LineRefused("not_whole", column, cell)
        if int(value) not in INTEGERS:
            raise LineRefused("number_size", column, cell)
        return int(value)

    return parse


def day(column: str, day_first: bool | None) -> Callable[[str], date]:
    """A date. `day_first` decides `03/04/2011`; None refuses what only it could decide."""

    def parse(cell: str) -> date:
        return _date(_match(column, cell), column, cell, day_first)

    return parse


def moment(
    column: str, day_first: bool | None, zone: ZoneInfo, latest: datetime
) -> Callable[[str], datetime]:
    """An aware time. A naive one is meant in `zone`: of an hour that is there twice the first, and a time
    that was skipped counts by the clock before the change."""

    def parse(cell: str) -> datetime:
        match = _match(column, cell)
        value = datetime.combine(_date(match, column, cell, day_first), datetime.min.time())
        try:
            at = _zoned(value + _time_of_day(match), match["zone"], zone)
        except (
            ValueError,
            OverflowError,
        ) as error:  # the last and first hours of the calendar have no place in UTC
            raise LineRefused("date", column, cell) from error
        if at > latest:
            raise LineRefused("future", column, cell)
        return at

    return parse


def _match(column: str, cell: str) -> re.Match[str]:
    match = DATE.match(cell.strip())
    if match is None:
        raise LineRefused("date" if cell.strip() else "missing", column, cell)
    return match


def _date(match: re.Match[str], column: str, cell: str, day_first: bool | None) -> date:
    try:
        if match["y"]:
            found = date(int(match["y"]), int(match["m"]), int(match["d"]))
        else:
            if day_first is None and match["t"] != ".":
                raise ValueError
            first_is_day = match["t"] == "." or day_first
            days, months = (match["a"], match["b"]) if first_is_day else (match["b"], match["a"])
            found = date(_year(match["c"]), int(months), int(days))
    except ValueError as error:
        raise LineRefused("date", column, cell) from error
    if found.year < 1900:
        raise LineRefused("date", column, cell)
    return found


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return year + (2000 if year < 70 else 1900)


def _time_of_day(match: re.Match[str]) -> timedelta:
    hour, minute, second = (int(match[part] or 0) for part in "HMS")
    if half := (match["half"] or "").lower():
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError
    return timedelta(
        hours=hour, minutes=minute, seconds=second, microseconds=int((match["f"] or "0")[:6].ljust(6, "0"))
    )


def _zoned(value: datetime, offset: str | None, zone: ZoneInfo) -> datetime:
    if not offset:
        return value.replace(tzinfo=zone).astimezone(UTC)
    if offset in ("Z", "UTC"):
        return value.replace(tzinfo=UTC)
    sign = -1 if offset[0] == "-" else 1
    shift = timedelta(hours=int(offset[1:3]), minutes=int(offset[-2:]))
    return value.replace(tzinfo=UTC) - sign * shift
