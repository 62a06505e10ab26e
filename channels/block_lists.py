"""Addresses that must not be written to, brought along from another system: hashes of them are kept, no more."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from channels import suppression, typed
from channels.models import Suppression
from channels.suppression import Entry
from channels.typed import Typed
from customers.imports.reading import detect_encoding

CHUNK = 10_000
BREAKS = re.compile(r"[,;\t]")
NO_HEADING = re.compile(r"@|\d{4}")
ABROAD = ("+", "00", "(+", "(00")

Find = Callable[[Sequence[str]], Typed | None]
Keys = tuple[tuple[str, str], ...]


class Reading(NamedTuple):
    """The addresses of a file, and the numbers of the lines in which nobody finds one."""

    addresses: list[Typed]
    faulty: list[int]


def read(data: bytes, find: Find) -> Reading:
    """One address a line, in whatever column. A first line without one is taken for a heading.

    Raises customers.imports.faults.FileRefused for a file that is no text.
    """
    text = data.decode(detect_encoding(data))
    addresses, faulty = [], []
    for number, line in enumerate(text.splitlines(), 1):
        found = find(_cells(line))
        if found:
            addresses.append(found)
        elif line.strip() and (number > 1 or NO_HEADING.search(line)):
            faulty.append(number)
    return Reading(addresses, faulty)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("\"'<>").strip() for cell in BREAKS.split(line.removeprefix("\ufeff"))]


def first_mail(cells: Sequence[str]) -> Typed | None:
    return next(filter(None, map(typed.mail, cells)), None)


def first_number(cells: Sequence[str], region: str) -> Typed | None:
    """What is dialled with + or 0 comes first: a customer number may look like a telephone number of the place."""
    dialled = sorted((cell for cell in cells if cell.startswith(typed.MARKED)), key=_is_at_home)
    return next(filter(None, (typed.number(cell, region) for cell in dialled or cells)), None)


def _is_at_home(cell: str) -> bool:
    return not cell.startswith(ABROAD)


def suppress(addresses: Iterable[Typed], reason: Suppression.Reason, source: str, at: datetime) -> int:
    """Suppress them; how many were not yet. In chunks of their own: again from the start does no harm."""
    keys = sorted({tuple(each.keys().items()) for each in addresses})
    chunks = (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
    return sum(_suppress(chunk, reason, source, at) for chunk in chunks)


def _suppress(chunk: Sequence[Keys], reason: Suppression.Reason, source: str, at: datetime) -> int:
    """A number is new when it is on one of its channels."""
    entries = [Entry(channel, key, reason, source) for keys in chunk for channel, key in keys]
    wanted = [entry.address_key for entry in entries]
    channels = {entry.channel for entry in entries}
    known = {key for channel in channels for key in suppression.load(channel, wanted)}
    suppression.suppress_entries(entries, at)
    return sum(any(key not in known for _channel, key in keys) for keys in chunk)
