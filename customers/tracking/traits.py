"""Traits of an `identify` become profile fields and attributes, each parsed as an import parses its cell. A trait that
cannot be read is left out and counted; the rest is taken."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from customers.imports import places, values
from customers.imports.faults import LineRefused
from customers.imports.kinds import people as cells
from customers.models.customer import WHOLE_NAME
from customers.tracking.fields import plain_text

ATTRIBUTE = "attribute:"
MOST_ATTRIBUTES = 100
LONGEST_KEY = 80
LONGEST_VALUE = 300
MOST_NUMBER = 10**15
# Our fields, and what Segment's libraries and shops call them.
NAMES = {
    "email": ("email", "emailAddress", "email_address"),
    "phone": ("phone", "phoneNumber", "phone_number", "mobile"),
    "first_name": ("firstName", "first_name", "firstname"),
    "last_name": ("lastName", "last_name", "lastname"),
    "title": ("title",),
    "salutation": ("salutation", "gender"),
    "birthday": ("birthday", "birthdate", "dateOfBirth", "date_of_birth"),
    "language": ("language", "locale"),
    "country": ("country", "countryCode", "country_code"),
    "postal_code": ("postalCode", "postal_code", "zip"),
    "city": ("city",),
    "time_zone": ("timezone", "timeZone", "time_zone"),
    "acquired_at": ("createdAt", "created_at"),
    "home_store": ("homeStore", "home_store"),
}
PLACE = ("country", "postal_code", "city")
RESERVED = {name for names in NAMES.values() for name in names} | {"address", "id", "userId", "anonymousId"}
# What a browser may say of somebody who has proven who she is: it can be made to say anything.
FROM_BROWSERS = frozenset({"language"})


@dataclass(frozen=True)
class Rules:
    """What the traits of a call are read by. `region` is where a phone number without a country code is meant."""

    region: str
    stores: Collection[str]
    at: datetime
    browser: bool


def read(traits: Mapping[str, Any], rules: Rules, faults: Counter[str]) -> dict[str, Any]:
    """{field: value}, where a field is one of `NAMES` or `attribute:<key>`."""
    stated, attributes = _stated(traits, faults), _attributes(traits, faults)
    if rules.browser:
        _withhold(stated, [field for field in stated if field not in FROM_BROWSERS], faults)
        _withhold(attributes, attributes.keys() & {ATTRIBUTE + key for key in WHOLE_NAME}, faults)
    parsers = _parsers(rules, plain_text(stated.get("country")))
    found: dict[str, Any] = {}
    for field, value in stated.items():
        try:
            parsed = parsers[field](_cell(field, value))
        except (LineRefused, OverflowError, OSError, ValueError):
            faults[f"bad_{field}"] += 1
        else:
            found |= {field: parsed} if parsed else {}
    return found | attributes


def _withhold(found: dict[str, Any], fields: Collection[str], faults: Counter[str]) -> None:
    faults["browser_trait"] += len(fields)
    for field in fields:
        del found[field]


def _stated(traits: Mapping[str, Any], faults: Counter[str]) -> dict[str, Any]:
    address = traits.get("address") or {}
    if not isinstance(address, dict):
        faults["bad_address"] += 1
        address = {}
    stated = {}
    for field, names in NAMES.items():
        places_to_look = (address, traits) if field in PLACE else (traits,)
        found = [
            there[name] for there in places_to_look for name in names if there.get(name) not in (None, "")
        ]
        if found:
            stated[field] = found[0]
    return stated


def _cell(field: str, value: Any) -> str:
    """As it would stand in a file. A number for a time counts seconds, or milliseconds, since 1970."""
    if field == "acquired_at" and isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if abs(value) > 10**11 else value
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    text = plain_text(value)
    if not text:
        raise LineRefused("missing", field)
    return text


def _parsers(rules: Rules, country: str) -> dict[str, Callable[[str], Any]]:
    lines = {name: partial(cells.line_of_text, name, longest) for name, longest in cells.LENGTHS.items()}
    return lines | {
        "email": cells.email,
        "phone": lambda cell: cells.phone(cell, places.country(country) or rules.region),
        "salutation": cells.salutation,
        "language": lambda cell: places.language(cell, "language"),
        "country": cells.country,
        "time_zone": cells.time_zone,
        "birthday": partial(cells.birthday, None, rules.at.date()),
        "acquired_at": values.moment("acquired_at", None, ZoneInfo("UTC"), rules.at),
        "home_store": partial(_store, rules.stores),
    }


def _store(stores: Collection[str], cell: str) -> str:
    if cell not in stores:
        raise LineRefused("store", "home_store", cell)
    return cell


def _attributes(traits: Mapping[str, Any], faults: Counter[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in traits.items():
        if key in RESERVED or value is None:
            continue
        if (
            len(found) < MOST_ATTRIBUTES
            and 0 < len(key) <= LONGEST_KEY
            and _is_plain(key)
            and _is_plain(value)
        ):
            found[ATTRIBUTE + key] = value
        else:
            faults["bad_attribute"] += 1
    return found


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_VALUE and "\0" not in value
    return isinstance(value, bool | int | float) and abs(value) < MOST_NUMBER
