"""Which of several rows wins, and who is held out: pure functions."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from channels.arbiter.rows import HOLDOUT, Row, Verdicts, withhold


class Place(NamedTuple):
    """An address within one run: only one person may be written to at it."""

    message_id: int
    occurrence: int
    channel: str
    address_key: str


def place(row: Row) -> Place:
    return Place(row.message_id, row.occurrence, row.channel, row.address_key)


def one_per_address(rows: Iterable[Row], taken: set[Place]) -> Verdicts:
    """Withhold from all but the first person at an address; `taken` holds the places in use already."""
    seen = set(taken)
    verdicts: Verdicts = {}
    for row in rows:
        if place(row) in seen:
            verdicts[row.id] = withhold("same_address")
        seen.add(place(row))
    return verdicts


def held_out(rows: Sequence[Row]) -> Verdicts:
    return {row.id: withhold(HOLDOUT) for row in rows if row.arm == HOLDOUT}
