"""The opening for many people at the same moment: there are few places, so each is worked out once."""

from datetime import datetime

from channels.arbiter import places, timing
from channels.arbiter.policy import Policy
from channels.arbiter.rows import Whereabouts
from channels.arbiter.timing import Opening
from channels.models import Message


class Openings:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._known: dict[tuple[Whereabouts, datetime], Opening] = {}

    def of(self, where: Whereabouts, at: datetime) -> Opening:
        key = (where, at)
        if key not in self._known:
            zones = places.zones(where.time_zone, where.country, self.policy.zone)
            window = self.policy.window_of(where.country, where.days)
            self._known[key] = timing.opening(at, zones, window)
        return self._known[key]

    def first(self, message: Message, time_zone: str, country: str, at: datetime) -> Opening:
        """From `at` on, for that message to somebody there."""
        if message.any_time:
            return Opening(at, "")
        days = None if message.allowed_days is None else tuple(message.allowed_days)
        return self.of(Whereabouts(time_zone, country, days), at)
