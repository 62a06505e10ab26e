"""When a campaign arrives in each time zone, as its dry run has it."""

from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns import schedule
from channels.delivery.dry_runs import Arrival, DryRun
from config import formats

MOST = 8


class Line(NamedTuple):
    zone: str
    when: str
    people: int


def foreseen(dry: DryRun, at: datetime) -> list[Line]:
    """The zones with the most people first, each by its own clock; those behind MOST together."""
    zones = sorted(dry.arrivals.items(), key=lambda each: -each[1].people)
    lines = [Line(schedule.zone_words(zone), _when(found, zone, at), found.people) for zone, found in zones]
    shown, others = lines[:MOST], lines[MOST:]
    if not others:
        return shown
    words = ngettext("%s more time zone", "%s more time zones", len(others)) % formats.number(len(others))
    return [*shown, Line(words, "", sum(line.people for line in others))]


def _when(found: Arrival, zone: str, at: datetime) -> str:
    """ "from 24 Dec 2026, 18:00"; what would begin by `at` begins with the launch."""
    first = _("at once, when it is launched")
    if found.first > at:
        first = _("from %s") % formats.moment(found.first, zone)
    if found.last == found.first:
        return first
    return _("%(first)s, the last from %(time)s") % {"first": first, "time": formats.moment(found.last, zone)}
