"""What staff choose from when they say when messages go out."""

from datetime import timedelta
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

# How long a marketing message may wait before it is no use any more, in hours.
EXPIRIES = (
    (6, _("6 hours")),
    (12, _("12 hours")),
    (24, _("1 day")),
    (48, _("2 days")),
    (72, _("3 days")),
    (120, _("5 days")),
    (168, _("1 week")),
    (336, _("2 weeks")),
)

# How long people have to read a message before it goes to them on the next channel, in hours.
UNREAD = (
    (1, _("1 hour")),
    (2, _("2 hours")),
    (4, _("4 hours")),
    (6, _("6 hours")),
    (12, _("12 hours")),
    (24, _("1 day")),
    (48, _("2 days")),
    (72, _("3 days")),
)


def weekdays() -> list[tuple[int, Any]]:
    return list(WEEKDAYS.items())


def expiries(now: timedelta | None) -> list[tuple[int, Any]]:
    return with_stored(EXPIRIES, now)


def with_stored(offered: tuple[tuple[int, Any], ...], now: timedelta | None) -> list[tuple[int, Any]]:
    """The choices, with what is stored among them."""
    hours = int(now.total_seconds() // 3600) if now else 0
    stored = [] if not hours or hours in dict(offered) else [(hours, _("%(hours)s hours") % {"hours": hours})]
    return sorted([*offered, *stored], key=lambda choice: choice[0])
