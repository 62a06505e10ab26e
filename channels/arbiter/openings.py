"""The opening for many people at the same moment: there are few places, so each is worked out once."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from channels.arbiter import learning, numbers, places, timing
from channels.arbiter.policy import OPEN, Policy
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Opening
from channels.models import Message
from config import clocks

BEST_TIME = "best_time"
Ask = Callable[[datetime], Opening]


class Openings:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[tuple[Whereabouts, datetime], Opening] = {}

    def of(self, where: Whereabouts, at: datetime) -> Opening:
        number = numbers.country(where.digits) if where.digits else ""
        key = (where._replace(digits=number) if number else where, at)  # fewer than there are first digits
        if key not in self._known:
            self._known[key] = self._of(where, number, at)
        return self._known[key]

    def _of(self, where: Whereabouts, number: str, at: datetime) -> Opening:
        """Where she lives, and where her number is at home if that is elsewhere."""
        home = self._home(where)
        window = self.policy.window_of(home, where.channel, where.days)
        here = partial(
            timing.opening, zones=places.zones(where.time_zone, home, self.policy.zone), window=window
        )
        elsewhere = number != where.country.upper() and bool(where.country or where.time_zone)
        law = self.policy.law(number, where.channel) if number and elsewhere else OPEN
        if law == OPEN:
            return here(at)
        clocks_there = places.zones("", number, self.policy.zone)
        return (
            _both(at, here, partial(timing.opening, zones=clocks_there, window=law))
            or _both(at, here, partial(timing.opening, zones=clocks_there[:1], window=law))
            or here(at)
        )

    def _home(self, where: Whereabouts) -> str:
        """Of whom no country is known lives where her number is."""
        return where.country or (numbers.country(where.digits) if where.digits else "")

    def clock(self, where: Whereabouts) -> ZoneInfo:
        """The zone she most likely lives by."""
        return places.zones(where.time_zone, self._home(where), self.policy.zone)[0]

    def planned(self, message: Message, where: Whereabouts, hour: int | None, at: datetime) -> Opening:
        """The first time from `at` on for that message to somebody there, whose best hour is `hour` (None: the one of
        most people)."""
        if message.any_time:
            return Opening(at, "")
        best = self._best(message, where, self.policy.best_hour if hour is None else hour, at)
        first = self.of(where, best)
        return first if first.reason or best == at else Opening(first.at, BEST_TIME)

    def _best(self, message: Message, where: Whereabouts, hour: int | None, at: datetime) -> datetime:
        """`at` itself where the message does not ask for the best time, none is known, or it would expire before."""
        if not message.best_time or hour is None:
            return at
        zone = self.clock(where)
        local = learning.next_hour(at.astimezone(zone).replace(tzinfo=None, fold=0), hour)
        best = max(at, clocks.instant(local, zone.key))
        expires_at = self.policy.expiry(message, at)
        return at if expires_at and self.of(where, best).at >= expires_at else best


def _both(at: datetime, here: Ask, there: Ask) -> Opening | None:
    """The first time at which both are open; None if they never are together."""
    moment, first = at, ""
    while moment <= at + timing.HORIZON:
        opened = there(moment)
        second = here(opened.at)
        first = first or opened.reason or second.reason
        if second.at == opened.at:
            return Opening(second.at, first)
        moment = second.at
    return None
