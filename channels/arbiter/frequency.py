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
    """A marketing message that she has, or may have."""

    cap_class: str
    at: datetime


class Rival(NamedTuple):
    """Another marketing message that waits for the same person."""

    id: int
    priority: int
    cap_class: str
    due_at: datetime


class Asked(NamedTuple):
    """The message in question. `id` None: it is not planned yet, and comes behind all equals that are."""

    id: int | None
    priority: int
    cap_class: str


class Decision(NamedTuple):
    """`verdict` None: there is room. `rivals`: those who took the last of it."""

    verdict: Verdict | None
    rivals: tuple[Rival, ...] = ()


ROOM = Decision(None)


def decide(
    asked: Asked,
    calls: Sequence[Call],
    rivals: Sequence[Rival],
    caps: Iterable[Cap],
    zone: ZoneInfo,
    at: datetime,
) -> Decision:
    """May she have one more now? What holds longest decides: a limit that is used up before a lost comparison."""
    mine = [cap for cap in caps if counts(cap, asked.cap_class)]
    full = [until for cap in mine if (until := full_until(cap, calls, zone, at))]
    if full:
        return Decision(wait(CAPPED, max(full)))
    before = [rival for rival in rivals if goes_before(rival, asked, at)]
    lost = {rival for cap in mine for rival in _in_the_way(cap, calls, before, zone, at)}
    if not lost:
        return ROOM
    first = min(rival.due_at for rival in lost)
    return Decision(wait(LOST, max(at, first) + AGAIN), tuple(sorted(lost)))


def counts(cap: Cap, cap_class: str) -> bool:
    return cap.cap_class in ("", cap_class)


def goes_before(rival: Rival, asked: Asked, at: datetime) -> bool:
    """Whoever is more important; of equals whoever is due and was planned first."""
    if rival.priority != asked.priority:
        return rival.priority < asked.priority
    return rival.due_at <= at and (asked.id is None or rival.id < asked.id)


def full_until(cap: Cap, calls: Iterable[Call], zone: ZoneInfo, at: datetime) -> datetime | None:
    """The start of the day on which the limit has room again; None when it has."""
    days = _used(cap, calls, zone, at)
    if len(days) < cap.most:
        return None
    return timing.start_of(days[len(days) - cap.most] + timedelta(days=cap.days), zone)


def _used(cap: Cap, calls: Iterable[Call], zone: ZoneInfo, at: datetime) -> list[date]:
    """Her days within the limit's window on which she got a message that counts, in order."""
    first = at.astimezone(zone).date() - timedelta(days=cap.days - 1)
    days = (call.at.astimezone(zone).date() for call in calls if counts(cap, call.cap_class))
    return sorted(day for day in days if day >= first)


def _in_the_way(
    cap: Cap, calls: Iterable[Call], before: Iterable[Rival], zone: ZoneInfo, at: datetime
) -> list[Rival]:
    """Those who need all the room that is left, on a day on which this message would still count."""
    last = at.astimezone(zone).date() + timedelta(days=cap.days - 1)
    found = [
        rival
        for rival in before
        if counts(cap, rival.cap_class) and rival.due_at.astimezone(zone).date() <= last
    ]
    return found if len(_used(cap, calls, zone, at)) + len(found) >= cap.most else []
