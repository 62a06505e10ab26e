"""The opening for many people at the same moment: there are few places, so each is worked out once."""

from datetime import datetime

from channels.arbiter import learning, places, timing
from channels.arbiter.policy import Policy
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Opening
from channels.models import Message
from config import clocks

BEST_TIME = "best_time"


class Openings:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[tuple[Whereabouts, datetime], Opening] = {}

    def of(self, where: Whereabouts, at: datetime) -> Opening:
        key = (where, at)
        if key not in self._known:
            zones = places.zones(where.time_zone, where.country, self.policy.zone)
            window = self.policy.window_of(where.country, where.channel, where.days)
            self._known[key] = timing.opening(at, zones, window)
        return self._known[key]

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
        zone = places.zones(where.time_zone, where.country, self.policy.zone)[0]
        local = learning.next_hour(at.astimezone(zone).replace(tzinfo=None, fold=0), hour)
        best = max(at, clocks.instant(local, zone.key))
        expires_at = self.policy.expiry(message, at)
        return at if expires_at and self.of(where, best).at >= expires_at else best
