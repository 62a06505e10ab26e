"""How a file is to be read and what it means: everything that a run needs beside the file."""

from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.core import get_global

from customers.imports import columns, reading
from customers.imports.faults import FileRefused
from customers.imports.reading import Format

MOST_RATE, MOST_PLACES = 10**6, 12
LATER = ("proven", "sheet", "header_row", "earn_points")


@dataclass(frozen=True)
class Options:
    """`mapping` is column key to header. Empty `decimal`, `zone`, `currency` and None in `day_first` mean: not
    told; a run that needs them refuses. `rate` turns `currency` into the shop's. An invoice number that begins
    with `refund_prefix` is a refund, with `adjustment_prefix` bookkeeping that is no sale. `proven` says that somebody
    has looked at the proofs of consent. A workbook has a `sheet` and its `header_row`, no encoding and divider. With
    `earn_points` imported orders earn points as live ones do."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = ""
    day_first: bool | None = None
    zone: str = ""
    currency: str = ""
    rate: str = ""
    language: str = ""
    refund_prefix: str = ""
    adjustment_prefix: str = ""
    service_codes: str = ""
    mapping: dict[str, str] = field(default_factory=dict)
    proven: bool = False
    sheet: str = ""
    header_row: int = 0
    earn_points: bool = False

    @classmethod
    def load(cls, stored: dict[str, Any]) -> "Options":
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def dump(self) -> dict[str, Any]:
        """As it is stored. What came later and says nothing is left out: options of former runs stay equal."""
        later = {name: value for name in LATER if (value := getattr(self, name))}
        return {name: value for name, value in asdict(self).items() if name not in LATER} | later

    def but(self, **changes: Any) -> "Options":
        return replace(self, **changes)

    @property
    def format(self) -> Format:
        return Format(self.encoding, self.delimiter, self.sheet, self.header_row)

    @property
    def exchange(self) -> Decimal | None:
        return Decimal(self.rate) if self.rate else None

    def is_service(self, sku: str) -> bool:
        """Whether this article number is postage, a fee, a discount or a correction."""
        folded = sku.casefold()
        codes = (code.strip().casefold() for code in self.service_codes.split(","))
        return any(fnmatchcase(folded, code) for code in codes if code)


def check(options: Options, kind: str, header: list[str]) -> None:
    """Raise FileRefused for options that no run could use."""
    if lacking := columns.missing(kind, options.mapping):
        raise FileRefused("columns", names=[column.key for column in lacking], header=header, kind=kind)
    if unknown := [name for name in options.mapping.values() if name not in header]:
        raise FileRefused("header", names=unknown, header=header)
    twice = {name for name in options.mapping.values() if list(options.mapping.values()).count(name) > 1}
    if twice:
        raise FileRefused("twice", names=sorted(twice))
    known = {column.key for column in columns.of(kind)}
    strange = [key for key in options.mapping if key not in known and not _free(key, kind)]
    if strange:
        raise FileRefused("keys", names=strange)
    if columns.PROOF in options.mapping:
        _check_proof(options)
    _check_values(options)


def _free(key: str, kind: str) -> bool:
    prefix = columns.FREE.get(columns.Kind(kind), "")
    return bool(prefix) and key.startswith(prefix) and len(key) > len(prefix)


def _check_proof(options: Options) -> None:
    if columns.GIVEN_AT not in options.mapping:
        raise FileRefused("undated")
    if not options.proven:
        raise FileRefused("unproven")


def _check_values(options: Options) -> None:
    reading.check(options.format)
    if options.decimal not in ("", ".", ","):
        raise FileRefused("option", name="decimal", value=options.decimal)
    if options.zone and options.zone not in available_timezones():
        raise FileRefused("option", name="zone", value=options.zone)
    if options.currency and options.currency not in get_global("all_currencies"):
        raise FileRefused("option", name="currency", value=options.currency)
    if options.rate:
        _check_rate(options.rate)


def _check_rate(rate: str) -> None:
    try:
        usable = 0 < Decimal(rate) <= MOST_RATE and _places(Decimal(rate)) <= MOST_PLACES
    except InvalidOperation:  # no number, or NaN, which has no order
        usable = False
    if not usable:
        raise FileRefused("rate_size", value=rate[:40])


def _places(number: Decimal) -> int:
    return -int(number.as_tuple().exponent)


def zone(options: Options) -> ZoneInfo:
    return ZoneInfo(options.zone)
