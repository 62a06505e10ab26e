"""The shop's delivery policy as plain values, read once for many rows."""

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from channels.arbiter.timing import Window
from channels.models import Message
from channels.models.policy import EXPIRES_AFTER
from customers.models import Shop

OPEN = Window(None, frozenset(range(7)))


class Cap(NamedTuple):
    """At most so many messages of that class ("": of all) within so many of her days, today among them."""

    cap_class: str
    days: int
    most: int


class Policy(NamedTuple):
    """`window` without a country; `best_hour` is that of most people; `zone` and `country` are the shop's, for people
    of whom we know nothing."""

    window: Window
    skip_holidays: bool
    caps: tuple[Cap, ...]
    expires_after: timedelta
    slow_down: bool
    best_hour: int | None
    zone: str
    country: str

    def window_of(self, country: str, days: tuple[int, ...] | None) -> Window:
        """What holds for somebody there, for a message with days of its own (None: the shop's)."""
        closed = (country or self.country) if self.skip_holidays else ""
        return Window(self.window.quiet, self.window.days if days is None else frozenset(days), closed)

    def expiry(self, message: Message, due_at: datetime) -> datetime | None:
        """When it is too late for the message. Service messages expire only where theirs says so."""
        if message.purpose == Message.Purpose.SERVICE and message.expires_after is None:
            return None
        return due_at + (message.expires_after or self.expires_after)


# Asked by two gates for each slice: one small statement instead of two rows of the ORM.
LOAD = """
    SELECT s.time_zone, s.country, p.expires_after, p.quiet_from, p.quiet_until, p.allowed_days, p.skip_holidays,
           p.caps::text, p.slow_down, p.best_hour
    FROM (SELECT) AS one LEFT JOIN channels_deliverypolicy p ON p.id = 1 LEFT JOIN customers_shop s ON s.id = 1
"""


def load() -> Policy:
    """As it stands. The migrations write the usual one; where there is none, nothing is forbidden."""
    with connection.cursor() as cursor:
        cursor.execute(LOAD)
        zone, country, expires_after, *rule = cursor.fetchone()
    zone, country = zone or Shop().time_zone, country or Shop().country
    if expires_after is None:
        return Policy(OPEN, False, (), EXPIRES_AFTER, False, None, zone, country)
    start, end, days, skip_holidays, caps, slow_down, best_hour = rule
    window = Window((start, end) if start and end else None, frozenset(days))
    limits = tuple(Cap(**cap) for cap in json.loads(caps))
    return Policy(window, skip_holidays, limits, expires_after, slow_down, best_hour, zone, country)
