"""Which channel, which of several people at an address, and who is held out: pure functions."""

from collections.abc import Collection, Iterable, Sequence, Set
from typing import NamedTuple

from channels.arbiter.rows import HOLDOUT, Row, Verdicts, withhold


class Likes(NamedTuple):
    """What somebody has asked for, and what she answers to ("" for nothing known)."""

    preferred: frozenset[str] = frozenset()
    answered: str = ""


def ranked(order: Sequence[str], likes: Likes) -> list[str]:
    """A message's channels for one person: what she prefers, then what she answers to, then the message's order."""
    place = {channel: number for number, channel in enumerate(order)}
    return sorted(place, key=lambda each: (each not in likes.preferred, each != likes.answered, place[each]))


def channel(order: Sequence[str], likes: Likes, usable: Collection[str]) -> str:
    """The first one on which she can be reached; without any the first at all, where the gates say why not."""
    wanted = ranked(order, likes)
    return next((each for each in wanted if each in usable), wanted[0])


def why(order: Sequence[str], likes: Likes, chosen: str) -> str:
    """What led to this channel: "preferred", "answered", "first" of the order, or "next" after others without her."""
    if chosen in likes.preferred:
        return "preferred"
    if chosen == likes.answered:
        return "answered"
    return "first" if chosen == order[0] else "next"


# An address within one run, at which only one person may be written to: message, occurrence, channel, key of the
# address. A plain tuple: a dry run keeps a million, and the garbage collector would look at named ones over and over.
Place = tuple[int, int, str, str]


def place(row: Row) -> Place:
    return row.message_id, row.occurrence, row.channel, row.address_key


def one_per_address(rows: Iterable[Row], taken: Set[Place]) -> Verdicts:
    """Withhold from all but the first person at an address; `taken` holds the places in use already."""
    seen = set[Place]()
    verdicts: Verdicts = {}
    for row in rows:
        here = place(row)
        if here in taken or here in seen:
            verdicts[row.id] = withhold("same_address")
        seen.add(here)
    return verdicts


def held_out(rows: Sequence[Row]) -> Verdicts:
    return {row.id: withhold(HOLDOUT) for row in rows if row.arm == HOLDOUT}
