"""How winners follow from the seed and the entries: plain functions, so that anybody can do the same by hand.

1. The score of an entry is the SHA-256 of "SEED:NUMBER" (the seed's 64 hexadecimal digits, a colon, the number of the
   entry in decimal), written in hexadecimal.
2. The entries are put in the order of their scores, the smallest first.
3. From the front, entries that are excluded and all but the first of each person are left out.
4. The first of those who remain win the first prize, as many as there are of it; the next the second; and so on. Who
   replaces somebody is the next who has not won.
"""

from collections.abc import Iterable
from hashlib import sha256
from secrets import token_hex
from typing import NamedTuple


class Lot(NamedTuple):
    """An entry as it is published: its number, who (a code), and why it cannot win ("" where it can)."""

    number: int
    person: str
    excluded: str = ""


def new_seed() -> str:
    return token_hex(32)


def commitment(seed: str) -> str:
    """What is published at the start: the SHA-256 of the seed's 64 hexadecimal digits."""
    return sha256(seed.encode()).hexdigest()


def score(seed: str, number: int) -> str:
    return sha256(f"{seed}:{number}".encode()).hexdigest()


def order(seed: str, lots: Iterable[Lot]) -> list[Lot]:
    """Those who can win, a lot for each person, the first first."""
    ranked, met = [], set()
    for _score, lot in sorted((score(seed, lot.number), lot) for lot in lots):
        if not lot.excluded and lot.person not in met:
            met.add(lot.person)
            ranked.append(lot)
    return ranked


def line(lot: Lot) -> str:
    return f"{lot.number},{lot.person},{lot.excluded}\n"


def digest(lots: Iterable[Lot]) -> str:
    """The SHA-256 of the published list: a line "number,person,excluded" for each entry, by number."""
    summed = sha256()
    for lot in lots:
        summed.update(line(lot).encode())
    return summed.hexdigest()
