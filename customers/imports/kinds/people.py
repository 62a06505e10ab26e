"""Customers: profiles, known by their number in the source."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from customers import people, phones
from customers.imports import columns, places, values
from customers.imports.faults import FileRefused, LineRefused
from customers.imports.kinds.base import ORIGIN, Applied, Item, Reader
from customers.imports.kinds.orders import customer_number
from customers.imports.kinds.plugins import parsed, write
from customers.models import Customer, Shop, Store

WORDS = {
    Customer.Salutation.MS: "ms mrs miss frau f w female weiblich madame mevrouw",
    Customer.Salutation.MR: "mr herr m male männlich monsieur meneer",
    Customer.Salutation.NEUTRAL: "mx neutral divers d x nonbinary",
}
SALUTATIONS = {word: str(value) for value, words in WORDS.items() for word in words.split()}
LENGTHS = {
    "title": 40,
    "first_name": 120,
    "last_name": 120,
    "postal_code": 12,
    "city": 120,
    "acquisition_source": 80,
}


class Row(NamedTuple):
    person: people.Person
    added: dict[str, Any]


class CustomerReader(Reader):
    """One customer per record. An empty cell leaves what is known."""

    kind = columns.Kind.CUSTOMERS

    def prepare(self) -> None:
        options = self.options
        if {"acquired_at", *columns.moments(self.kind)} & set(options.mapping) and not options.zone:
            raise FileRefused("told", name="zone")
        zone = ZoneInfo(options.zone or "UTC")
        self.number = customer_number("number")
        self.birthdays = values.Remembered(partial(birthday, options.day_first, self.latest.date()))
        self.moments = values.Remembered(values.moment("acquired_at", options.day_first, zone, self.latest))
        self.region = Shop.current().country
        self.stores = set(Store.objects.values_list("number", flat=True))
        self.parsers: dict[str, Callable[[str], str]] = {
            name: partial(line_of_text, name, longest) for name, longest in LENGTHS.items()
        } | {
            "email": email,
            "salutation": salutation,
            "language": lambda cell: places.language(cell, "language"),
            "country": country,
            "time_zone": time_zone,
        }
        self.added = columns.added(self.kind)
        self.attributes = {
            key: key.removeprefix(columns.ATTRIBUTE) for key in self.places if columns.ATTRIBUTE in key
        }

    def row(self, cells: list[str], line: int) -> Row:
        number = self.number(cells[self.places["number"]])
        if not number:
            raise LineRefused("missing", "number")
        stated = {key: cells[place].strip() for key, place in self.places.items() if cells[place].strip()}
        return Row(self.person(number, stated), parsed(self.added, stated, self.options))

    def person(
        self, number: str, stated: dict[str, str], attributes: dict[str, str] | None = None
    ) -> people.Person:
        """What the cells with something in them state. Raises LineRefused."""
        texts = {key: parse(stated[key]) for key, parse in self.parsers.items() if key in stated}
        if "phone" in stated:
            texts["phone"] = phone(stated["phone"], texts.get("country") or self.region)
        return people.Person(
            number,
            {key: value for key, value in texts.items() if value},
            self.birthdays[stated["birthday"]] if "birthday" in stated else None,
            self.moments[stated["acquired_at"]] if "acquired_at" in stated else None,
            self._store(stated.get("home_store")),
            (attributes or {})
            | {name: stated[key] for key, name in self.attributes.items() if key in stated},
        )

    def _store(self, number: str | None) -> str | None:
        if number is not None and number not in self.stores:
            raise LineRefused("store", "home_store", number)
        return number

    def apply(self, items: Sequence[Item], at: datetime, corrections: set[int]) -> Applied:
        outcomes = people.record([item.row.person for item in items], at, ORIGIN, self.job.source)
        found = {item.line: outcomes[item.row.person.number] for item in items}
        what = Counter(outcome.what for outcome in outcomes.values())
        refused = {line: ("erased", "number") for line, outcome in found.items() if outcome.what == "erased"}
        alive = [item for item in items if item.line not in refused]
        ids = {item.line: [found[item.line].customer_id] for item in alive}
        notices = Counter(customers_made=what["made"], customers_changed=what["changed"])
        notices.update(write(self.added, alive, ids, at, self.job))
        same = sum(found[item.line].what == "same" and not item.row.added for item in alive)
        return Applied(refused, Counter(same=same), notices)


def line_of_text(column: str, longest: int, cell: str) -> str:
    return values.text(column, longest)(" ".join(cell.split()))


def email(cell: str) -> str:
    try:
        validate_email(cell)
    except ValidationError as error:
        raise LineRefused("email", "email", cell) from error
    return values.text("email", 254)(cell)


def phone(cell: str, region: str) -> str:
    """The number in E.164; one without a country code is meant in `region`."""
    number = phones.e164(cell, region)
    if not number:
        raise LineRefused("phone", "phone", cell)
    return number


def salutation(cell: str) -> str:
    """Only what is stated: never guessed from a name."""
    found = SALUTATIONS.get(cell.casefold().rstrip("."))
    if found is None:
        raise LineRefused("salutation", "salutation", cell)
    return found


def country(cell: str) -> str:
    found = places.country(cell)
    if found is None:
        raise LineRefused("country", "country", cell)
    return found


def time_zone(cell: str) -> str:
    if cell not in available_timezones():
        raise LineRefused("zone", "time_zone", cell)
    return cell


def birthday(day_first: bool | None, latest: date, cell: str) -> date:
    """A day in the past; of a year in two digits, the last one that is past."""
    found = values.day("birthday", day_first)(cell)
    if found > latest and str(found.year) not in cell and found.year >= 2000:
        found = found.replace(year=found.year - 100)
    if found > latest:
        raise LineRefused("future", "birthday", cell)
    return found
