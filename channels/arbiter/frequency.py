"""How often: the limits of the policy, what she has asked for herself, and who comes first where there is not room for
all. Pure functions."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channels.arbiter import timing
from channels.arbiter.policy import Cap
from channels.arbiter.rows import Verdict, wait

CAPPED, SLOWED, WISHED, LOST = "capped", "slowed", "customer_frequency", "lost_priority"
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
    """The message in question. `id` None: it is not planned yet, and comes behind all equals that are.
    `stretch`: the shop's windows are so many times as long for her, who does not answer. `wish`: the limit that she has
    chosen, which stays as she said it."""

    id: int | None
    priority: int
    cap_class: str
    stretch: int = 1
    wish: Cap | None = None


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
    asked: Asked, calls: Sequence[Call], rivals: Sequence[Rival], caps: Sequence[Cap], now: Now
) -> Decision:
    """May she have one more now? What holds longest decides: a limit that is used up before a lost comparison."""
    mine = [_Use(cap, _used(cap, calls, now)) for cap in _limits(asked, caps)]
    full = [use for use in mine if use.is_full]
    if full:
        longest = max(full, key=lambda use: _free_again(use, now))
        reason = WISHED if longest.cap is asked.wish else _why(asked, calls, caps, now)
        return Decision(wait(reason, _free_again(longest, now)))
    before = [rival for rival in rivals if goes_before(rival, asked, now.at)]
    lost = {rival for use in mine for rival in _in_the_way(use, before, now)}
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


class _Use(NamedTuple):
    """A limit, and her days within its window on which she got a message that counts, once for each."""

    cap: Cap
    days: list[date]

    @property
    def is_full(self) -> bool:
        return len(self.days) >= self.cap.most


def _limits(asked: Asked, caps: Iterable[Cap]) -> list[Cap]:
    """The shop's, then her own."""
    return [*_stretched(asked, caps), *([asked.wish] if asked.wish else [])]


def _stretched(asked: Asked, caps: Iterable[Cap]) -> list[Cap]:
    """The limits that concern this message, with the windows that hold for her."""
    mine = (cap for cap in caps if counts(cap, asked.cap_class))
    return [cap._replace(days=cap.days * asked.stretch) if asked.stretch > 1 else cap for cap in mine]


def _why(asked: Asked, calls: Sequence[Call], caps: Sequence[Cap], now: Now) -> str:
    """Is it the limit of everybody, or only hers?"""
    usual = _stretched(asked._replace(stretch=1), caps)
    return CAPPED if any(_Use(cap, _used(cap, calls, now)).is_full for cap in usual) else SLOWED


def _used(cap: Cap, calls: Iterable[Call], now: Now) -> list[date]:
    before = now.today - timedelta(days=cap.days)
    return [call.day for call in calls if call.day > before and counts(cap, call.cap_class)]


def _free_again(use: _Use, now: Now) -> datetime:
    """The start of the day on which so many of them count no more that there is room for one."""
    last = sorted(use.days)[len(use.days) - use.cap.most]
    return timing.start_of(last + timedelta(days=use.cap.days), now.zone)


def _in_the_way(use: _Use, before: Iterable[Rival], now: Now) -> list[Rival]:
    """Those who need all the room that is left, on a day on which this message would still count."""
    after = now.today + timedelta(days=use.cap.days)
    found = [rival for rival in before if rival.day < after and counts(use.cap, rival.cap_class)]
    return found if len(use.days) + len(found) >= use.cap.most else []
