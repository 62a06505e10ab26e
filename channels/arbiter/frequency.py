"""How often: the limits of the policy, and who comes first where there is not room for all. Pure functions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channels.arbiter import timing
from channels.arbiter.policy import Cap
from channels.arbiter.rows import Verdict, wait

CAPPED, LOST = "capped", "lost_priority"
# So long after a more important message is due its fate is known, and the other one is asked again.
AGAIN = timedelta(minutes=5)


class Call(NamedTuple):
    """A marketing message that she has, or may have, on that day of hers."""

    cap_class: str
    day: date


class Rival(NamedTuple):
    """Another marketing message that waits for the same person; `day` is the one of hers on which it is due."""

    id: int
    priority: int
    cap_class: str
    due_at: datetime
    day: date


class Asked(NamedTuple):
    """The message in question. `id` None: it is not planned yet, and comes behind all equals that are."""

    id: int | None
    priority: int
    cap_class: str


class Now(NamedTuple):
    """The moment, and which day it is where she lives."""

    at: datetime
    today: date
    zone: ZoneInfo


class Decision(NamedTuple):
    """`verdict` None: there is room. `rivals`: those who took the last of it."""

    verdict: Verdict | None
    rivals: tuple[Rival, ...] = ()


ROOM = Decision(None)


def decide(
    asked: Asked, calls: Sequence[Call], rivals: Sequence[Rival], caps: Iterable[Cap], now: Now
) -> Decision:
    """May she have one more now? What holds longest decides: a limit that is used up before a lost comparison."""
    mine = [(cap, _used(cap, calls, now)) for cap in caps if counts(cap, asked.cap_class)]
    full = [_free_again(cap, used, now) for cap, used in mine if len(used) >= cap.most]
    if full:
        return Decision(wait(CAPPED, max(full)))
    before = [rival for rival in rivals if goes_before(rival, asked, now.at)]
    lost = {rival for cap, used in mine for rival in _in_the_way(cap, used, before, now)}
    if not lost:
        return ROOM
    first = min(rival.due_at for rival in lost)
    return Decision(wait(LOST, max(now.at, first) + AGAIN), tuple(sorted(lost)))


def counts(cap: Cap, cap_class: str) -> bool:
    return cap.cap_class in ("", cap_class)


def goes_before(rival: Rival, asked: Asked, at: datetime) -> bool:
    """Whoever is more important; of equals whoever is due and was planned first."""
    if rival.priority != asked.priority:
        return rival.priority < asked.priority
    return rival.due_at <= at and (asked.id is None or rival.id < asked.id)


def _used(cap: Cap, calls: Iterable[Call], now: Now) -> list[date]:
    """Her days within the limit's window on which she got a message that counts, once for each."""
    before = now.today - timedelta(days=cap.days)
    return [call.day for call in calls if call.day > before and counts(cap, call.cap_class)]


def _free_again(cap: Cap, used: Sequence[date], now: Now) -> datetime:
    """The start of the day on which so many of them count no more that there is room for one."""
    last = sorted(used)[len(used) - cap.most]
    return timing.start_of(last + timedelta(days=cap.days), now.zone)


def _in_the_way(cap: Cap, used: Sequence[date], before: Iterable[Rival], now: Now) -> list[Rival]:
    """Those who need all the room that is left, on a day on which this message would still count."""
    after = now.today + timedelta(days=cap.days)
    found = [rival for rival in before if rival.day < after and counts(cap, rival.cap_class)]
    return found if len(used) + len(found) >= cap.most else []
