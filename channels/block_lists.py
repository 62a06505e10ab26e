"""Addresses that must not be written to, brought along from another system: hashes of them are kept, no more."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from channels import suppression
from channels.formats.email import ADDRESS
from channels.models import Channel, Suppression
from customers.imports.reading import detect_encoding

CHUNK = 10_000
BREAKS = re.compile(r"[,;\t]")


class Reading(NamedTuple):
    """The addresses of a file, and the numbers of the lines in which nobody finds one."""

    addresses: list[str]
    faulty: list[int]


def read(data: bytes) -> Reading:
    """One address a line, in whatever column. A first line without one is taken for a heading.

    Raises customers.imports.faults.FileRefused for a file that is no text.
    """
    text = data.decode(detect_encoding(data))
    addresses, faulty = [], []
    for number, line in enumerate(text.splitlines(), 1):
        found = _address(line)
        if found:
            addresses.append(found)
        elif line.strip() and (number > 1 or "@" in line):
            faulty.append(number)
    return Reading(addresses, faulty)


def _address(line: str) -> str:
    cells = (cell.strip().strip("\"'<>").strip() for cell in BREAKS.split(line.removeprefix("\ufeff")))
    return next((cell for cell in cells if ADDRESS.fullmatch(cell)), "")


def suppress(addresses: Iterable[str], reason: Suppression.Reason, source: str, at: datetime) -> int:
    """Suppress them; how many were not yet. In chunks of their own: again from the start does no harm."""
    keys = sorted({suppression.address_key(Channel.EMAIL, address) for address in addresses})
    chunks = (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
    return sum(suppression.suppress_keys(Channel.EMAIL, chunk, reason, at, source) for chunk in chunks)
