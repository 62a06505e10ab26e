"""The shop's delivery policy as plain values, read once for many rows."""

from datetime import datetime, timedelta
from typing import NamedTuple

from channels.arbiter.timing import Window
from channels.models import DeliveryPolicy, Message
from channels.models.policy import EXPIRES_AFTER
from customers.models import Shop

OPEN = Window(None, frozenset(range(7)))


class Cap(NamedTuple):
    """At most so many messages of that class ("": of all) within so many of her days, today among them."""

    cap_class: str
    days: int
    most: int


class Policy(NamedTuple):
    """`window` without a country; `zone` and `country` are the shop's, for people of whom we know nothing."""

    window: Window
    skip_holidays: bool
    caps: tuple[Cap, ...]
    expires_after: timedelta
    slow_down: bool
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


def load() -> Policy:
    """As it stands. The migrations write the usual one; where there is none, nothing is forbidden."""
    row = DeliveryPolicy.objects.filter(pk=1).first()
    shop = Shop.objects.filter(pk=1).only("time_zone", "country").first() or Shop()
    if row is None:
        return Policy(OPEN, False, (), EXPIRES_AFTER, False, shop.time_zone, shop.country)
    quiet = (row.quiet_from, row.quiet_until) if row.quiet_from and row.quiet_until else None
    return Policy(
        Window(quiet, frozenset(row.allowed_days)),
        row.skip_holidays,
        tuple(Cap(**cap) for cap in row.caps),
        row.expires_after,
        row.slow_down,
        shop.time_zone,
        shop.country,
    )
