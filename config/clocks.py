"""From what the clock on a wall shows in a zone to the instant that is meant, and back to the day there.

A wall time that a clock change skips moves to the next instant that exists; one that happens twice means the first.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

Day = TypeVar("Day", bound=date)
SKIPPED, DOUBLED, PLAIN = "skipped", "doubled", "plain"


def instant(wall: datetime, zone: str) -> datetime:
    """The instant (UTC) at which the wall time is due in the zone; a tzinfo on `wall` does not matter."""
    first = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    if kind(wall, zone) == SKIPPED:
        return _change(first.replace(fold=1).astimezone(UTC), first.astimezone(UTC), ZoneInfo(zone))
    return first.astimezone(UTC)


def local_day(at: datetime, zone: str) -> date:
    """The day that the calendar of the zone shows at this instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def midnight(on: date, zone: str) -> datetime:
    """The instant (UTC) at which the day begins in the zone."""
    return instant(datetime.combine(on, time()), zone)


def latest(wall: time, at: datetime, zone: ZoneInfo) -> datetime:
    """The last moment until `at` at which the clock of the zone showed `wall`."""
    local = at.astimezone(zone)
    today = datetime.combine(local.date(), wall, zone)
    return today if today <= local else today - timedelta(days=1)


def months_later(on: Day, months: int) -> Day:
    """The same day, and time, so many months later, or the last day of a month that is shorter."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return on.replace(year=year, month=month + 1, day=min(on.day, monthrange(year, month + 1)[1]))


def kind(wall: datetime, zone: str) -> str:
    """SKIPPED, DOUBLED or PLAIN: what the clock of the zone makes of the wall time."""
    where, naive = ZoneInfo(zone), wall.replace(tzinfo=None, fold=0)
    first, second = (naive.replace(tzinfo=where, fold=fold).utcoffset() for fold in (0, 1))
    if first == second:
        return PLAIN
    back = naive.replace(tzinfo=where).astimezone(UTC).astimezone(where).replace(tzinfo=None, fold=0)
    return DOUBLED if back == naive else SKIPPED


def _change(before: datetime, after: datetime, where: ZoneInfo) -> datetime:
    """The first second after `before` at which the zone's clock runs by another offset."""
    low, high = before, after
    old = before.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(where).utcoffset() == old:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
