"""What a file probably means, from its first lines. What cannot be told is asked, never assumed."""

import io
import re
from collections.abc import Iterable
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from customers.imports import carried, columns, files, reading, sheets, values
from customers.imports.options import Options
from customers.models import ImportJob, Shop

Kind = ImportJob.Kind
MOST_ROWS = 60_000
MOST_SHEET_ROWS = 5_000
MONEY = {
    Kind.ORDERS: ("unit_price", "cost"),
    Kind.PRODUCTS: ("price", "cost"),
    Kind.EVENTS: ("unit_price", "value"),
    Kind.CARTS: ("unit_price",),
    Kind.CUSTOMERS: (),
    Kind.CONTACTS: (),
}
COUNTED = (Kind.ORDERS, Kind.EVENTS, Kind.CARTS)
TIMES = {
    Kind.ORDERS: ("placed_at",),
    Kind.PRODUCTS: (),
    Kind.EVENTS: ("at",),
    Kind.CARTS: ("last_activity",),
    Kind.CUSTOMERS: ("acquired_at",),
    Kind.CONTACTS: ("acquired_at",),
}

# The set "Online Retail" of the UCI repository is known by its headers, and with it what its files do not say.
ONLINE_RETAIL = {"stockcode", "quantity", "invoicedate", "description", "country"}
ONLINE_RETAIL_OPTIONS = {
    "zone": "Europe/London",
    "currency": "GBP",
    "language": "en",
    "refund_prefix": "C",
    "adjustment_prefix": "A",
    "service_codes": "POST, DOT, M, D, S, B, C2, BANK CHARGES, AMAZONFEE, CRUK, gift_0001_*",
}
SERVICE_CODES = "VERSAND*, PORTO*, SHIPPING*, POSTAGE*, DELIVERY*, RABATT*, DISCOUNT*, GEBÜHR*, FEE*"
SIGNS = {"€": "EUR", "£": "GBP", "EUR": "EUR", "GBP": "GBP", "CHF": "CHF", "USD": "USD", "$": "USD"}
GERMAN = {"bestellnummer", "artikelnummer", "menge", "preis", "einzelpreis", "kundennummer", "bezeichnung"}


class Question(NamedTuple):
    """Something only a person can tell: the option, and a code of `reasons.QUESTIONS`."""

    option: str
    code: str


class Head(NamedTuple):
    """The first lines: header and rows, without the columns that a file of rejected lines carries in front; `first` is
    the first row with them."""

    header: list[str]
    rows: list[list[str]]
    form: reading.Format
    carried: bool
    first: list[str]


def head(path: Path, form: reading.Format = reading.UNTOLD) -> Head:
    """Read the first lines of a file, in this format; what it leaves empty is detected. Raises FileRefused."""
    if files.is_workbook(path):
        form, (header, *rows) = sheets.head(path, form, MOST_SHEET_ROWS)
        return _head(reading.named(header), [row for row in rows if len(row) == len(header)], form)
    sample = reading.sample(path)
    form = reading.detect(sample, form)
    text = sample.decode(form.encoding, errors="replace")
    records = reading.Records(io.StringIO(text, newline=""), form.delimiter)
    rows = [record.cells for record in islice(records, MOST_ROWS) if not record.fault]
    return _head(records.header, rows, form)


def _head(header: list[str], rows: list[list[str]], form: reading.Format) -> Head:
    behind = carried.width(header)
    first = rows[0] if rows else []
    return Head(carried.original(header), [row[behind:] for row in rows], form, bool(behind), first)


def _numbers(kind: str) -> tuple[str, ...]:
    return (*MONEY[Kind(kind)], "quantity") if kind in COUNTED else MONEY[Kind(kind)]


def _moments(kind: str) -> list[str]:
    return [*TIMES[Kind(kind)], *columns.moments(kind)]


def _dates(kind: str) -> list[str]:
    return [*_moments(kind), "birthday"]


def options(kind: str, head: Head) -> Options:
    """The best guess. What stays open is left empty, see `questions`."""
    mapping = columns.guess(kind, head.header)
    plain = {columns.plain_name(name) for name in head.header}
    known = ONLINE_RETAIL_OPTIONS if plain >= ONLINE_RETAIL else {}
    shop = Shop.current()
    guessed: dict[str, Any] = {
        "zone": shop.time_zone,
        "currency": currency(_cells(head, mapping, MONEY[Kind(kind)])) or _stated_currency(head, mapping),
        "language": "de" if plain & GERMAN else "en",
        "service_codes": SERVICE_CODES,
    } | known
    return Options(
        decimal=decimal(_cells(head, mapping, _numbers(kind))),
        day_first=day_first(_cells(head, mapping, _dates(kind))),
        mapping=mapping,
        **guessed,
    ).but(**asdict(head.form), currency=guessed["currency"] or shop.currency)


def questions(kind: str, head: Head, options: Options) -> list[Question]:
    """What has to be told before these options can be used on this file."""
    asked = []
    if not options.decimal and any(
        ("," in c or "." in c) and not isinstance(c, sheets.Number)
        for c in _cells(head, options.mapping, _numbers(kind))
    ):
        asked.append(Question("decimal", "decimal"))
    if options.day_first is None and any(map(_needs_order, _cells(head, options.mapping, _dates(kind)))):
        asked.append(Question("day_first", "day_first"))
    if not options.zone and any(key in options.mapping for key in _moments(kind)):
        asked.append(Question("zone", "zone"))
    if not options.currency and any(key in options.mapping for key in MONEY[Kind(kind)]):
        asked.append(Question("currency", "currency"))
    return asked


def decimal(cells: Iterable[str]) -> str:
    """The decimal sign: `.`, `,`, or empty where the numbers do not tell, such as `1,234`."""
    votes = {".": 0, ",": 0}
    undecided = False
    for cell in cells:
        if isinstance(cell, sheets.Number):
            continue
        sign = _decimal_sign(cell)
        if sign:
            votes[sign] += 1
        undecided = undecided or (sign == "" and bool(re.search(r"\d[.,]\d", cell)))
    if votes["."] == votes[","]:
        return "" if undecided or votes["."] else "."
    return max(votes, key=lambda sign: votes[sign])


def _decimal_sign(cell: str) -> str:
    signs = re.findall(r"[.,]", cell)
    if not signs:
        return ""
    if len(set(signs)) == 2:
        return str(signs[-1])
    if len(signs) > 1:
        return "," if signs[0] == "." else "."
    before, after = re.split(r"[.,]", re.sub(r"[^\d.,]", "", cell))
    return str(signs[0]) if len(after) != 3 or before in ("", "0") or len(before) > 3 else ""


def day_first(cells: Iterable[str]) -> bool | None:
    """Whether `03/04/2011` is in April; None where the dates do not tell, or contradict each other."""
    first = second = False
    for cell in cells:
        match = values.DATE.match(cell.strip())
        if match and match["a"] and match["t"] != ".":
            first = first or int(match["a"]) > 12
            second = second or int(match["b"]) > 12
    return None if first == second else first


def _needs_order(cell: str) -> bool:
    match = values.DATE.match(cell.strip())
    return bool(match and match["a"] and match["t"] != ".")


def currency(cells: Iterable[str]) -> str:
    """The currency whose sign stands beside the numbers, where it is one and the same."""
    found = {
        next((code for sign, code in SIGNS.items() if sign in cell), "")
        for cell, _ in zip(cells, range(1000), strict=False)
    }
    return found.pop() if len(found) == 1 else ""


def _stated_currency(head: Head, mapping: dict[str, str]) -> str:
    found = {cell.strip().upper() for cell in _cells(head, mapping, ("currency",)) if cell.strip()}
    return found.pop() if len(found) == 1 else ""


def _cells(head: Head, mapping: dict[str, str], keys: Iterable[str]) -> list[str]:
    places = [head.header.index(mapping[key]) for key in keys if mapping.get(key) in head.header]
    return [row[place] for row in head.rows for place in places if row[place].strip()]


def preview(head: Head, count: int = 5) -> list[list[str]]:
    return head.rows[:count]
