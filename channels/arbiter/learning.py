"""From somebody's answers to how often and when she is best written to: pure functions."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

# So many messages unanswered over so long a time, and the windows of the limits grow to so many times their length.
STEPS = ((20, timedelta(days=90), 4), (8, timedelta(days=30), 2))
LONGEST = max(stretch for _number, _time, stretch in STEPS)
# What everybody does weighs as much as so many answers of her own.
SHRINKAGE = 10.0
# An answer at ten speaks for nine and eleven too.
BESIDE = 0.5


def stretch(unanswered: int, silent: timedelta) -> int:
    """1 for who answers, more for who has stopped: both many messages and a long time must have gone by."""
    return next((times for number, time, times in STEPS if unanswered >= number and silent >= time), 1)


def best_hour(own: Sequence[int], everybody: Sequence[int], allowed: Collection[int]) -> int | None:
    """Of the allowed hours the one in which an answer is most likely; the earlier of equals. None if none is allowed.

    `own` and `everybody` count answers by hour of the day. Few answers of her own say little, so hers are shrunk
    towards everybody's.
    """
    total = sum(everybody) or 1

    def score(hour: int) -> float:
        near = own[hour] + BESIDE * (own[hour - 1] + own[(hour + 1) % 24])
        return near + SHRINKAGE * everybody[hour] / total

    return max(sorted(allowed), key=score, default=None)


def next_hour(at: datetime, hour: int) -> datetime:
    """`at`, whose time of day is hers, if that hour is running, else the next time that it begins."""
    if at.hour == hour:
        return at
    begins = at.replace(hour=hour, minute=0, second=0, microsecond=0)
    return begins if begins > at else begins + timedelta(days=1)
