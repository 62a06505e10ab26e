"""When is it allowed by the recipient's clock: pure functions over zones, hours and days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channels.arbiter import holidays
from config import clocks

QUIET, DAY, HOLIDAY = "quiet", "day", "holiday"
# Nothing that a policy may forbid is longer than this.
HORIZON = timedelta(days=60)
ONE_DAY = timedelta(days=1)


Span = tuple[time, time]


class Window(NamedTuple):
    """`quiet`: each from and until, by the clock; `days` from Monday, 0; `country` whose holidays close, or ""."""

    quiet: tuple[Span, ...]
    days: frozenset[int]
    country: str = ""


class Opening(NamedTuple):
    """The first allowed instant, and what forbade it before; "" when nothing did."""

    at: datetime
    reason: str


def opening(at: datetime, zones: Sequence[ZoneInfo], window: Window) -> Opening:
    """From `at` on. Of several zones all have to be open, or the first where they never are together."""
    return _search(at, zones, window) or _search(at, zones[:1], window) or Opening(at + HORIZON, DAY)


def ever_opens(window: Window) -> bool:
    """Whether it leaves any hour open, holidays aside: such an hour begins where quiet ones end."""
    ends = [end for _start, end in window.quiet]
    return bool(window.days) and (not ends or any(quiet_span(end, window) is None for end in ends))


def obstacle(at: datetime, zone: ZoneInfo, window: Window) -> str:
    """Why it is closed at this instant; "" when it is open."""
    local = at.astimezone(zone)
    if local.weekday() not in window.days:
        return DAY
    if window.country and local.date() in holidays.of(window.country, local.year):
        return HOLIDAY
    return QUIET if quiet_span(local.time(), window) else ""


def quiet_span(clock: time, window: Window) -> Span | None:
    """The quiet hours, of those that hold there, in which that time of day lies."""
    return next((span for span in window.quiet if _is_quiet(clock, *span)), None)


@lru_cache(maxsize=4096)
def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the day there."""
    return clocks.instant(datetime.combine(day, time()), zone.key)


def _is_quiet(clock: time, start: time, end: time) -> bool:
    return start <= clock < end if start < end else clock >= start or clock < end


def _search(at: datetime, zones: Sequence[ZoneInfo], window: Window) -> Opening | None:
    moment, first = at, ""
    while moment <= at + HORIZON:
        closed = next(((zone, why) for zone in zones if (why := obstacle(moment, zone, window))), None)
        if closed is None:
            return Opening(moment, first)
        first = first or closed[1]
        moment = _end(moment, *closed, window)
    return None


def _end(moment: datetime, zone: ZoneInfo, why: str, window: Window) -> datetime:
    """When that obstacle ends: at the next midnight, or with the quiet hours."""
    local = moment.astimezone(zone)
    span = quiet_span(local.time(), window) if why == QUIET else None
    if span is None:
        return start_of(local.date() + ONE_DAY, zone)
    start, end = span
    over_midnight = start > end and local.time() >= start
    return _next(datetime.combine(local.date() + ONE_DAY * over_midnight, end), zone, moment)


def _next(wall: datetime, zone: ZoneInfo, moment: datetime) -> datetime:
    """The wall time after `moment`: in the night in which an hour comes twice it may be the second one."""
    first = clocks.instant(wall, zone.key)
    return first if first > moment else wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
