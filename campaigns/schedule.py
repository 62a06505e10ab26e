"""The time that a campaign is set to: kept as the clock on the wall shows it, told in words.

The database keeps a wall time as if it were UTC (`stored`), because it has no column for a naive one;
`config.clocks` knows the instant that it means.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from campaigns.models import Campaign
from channels.arbiter import holidays
from config import clocks, countries, formats
from config import zones as config_zones

# The zones offered first, with the words German has for them; any IANA zone may be chosen.
NAMED = {
    "Europe/Berlin": gettext_lazy("Berlin time"),
    "Europe/Vienna": gettext_lazy("Vienna time"),
    "Europe/Zurich": gettext_lazy("Zurich time"),
    "Europe/Amsterdam": gettext_lazy("Amsterdam time"),
    "Europe/Paris": gettext_lazy("Paris time"),
    "Europe/London": gettext_lazy("London time"),
    "America/New_York": gettext_lazy("New York time"),
    "UTC": gettext_lazy("UTC"),
}


def stored(wall: datetime) -> datetime:
    """The wall time as the database keeps it: the same figures, called UTC."""
    return wall.replace(tzinfo=UTC, fold=0)


def on_the_wall(at: datetime, zone: str) -> datetime:
    """What the clock shows in the zone at that instant, as the database keeps it."""
    return stored(at.astimezone(ZoneInfo(zone)))


def zones() -> list[tuple[str, str]]:
    """(IANA name, words) of every zone: the common ones first, the others by name."""
    common = [(name, str(words)) for name, words in NAMED.items()]
    return common + [zone for zone in config_zones.zones() if zone[0] not in NAMED]


def zone_words(zone: str) -> str:
    """ "Europe/Berlin" -> "Berlin time"."""
    if zone in NAMED:
        return str(NAMED[zone])
    return _("local time in %(city)s") % {"city": formats.zone_city(zone)}


def sentence(wall: datetime, zone: str) -> str:
    """ "Thursday, 24 Dec 2026, 18:00 Berlin time", in the reader's language."""
    pattern = {"de": "EEEE, dd.MM.yyyy, HH:mm", "en": "EEEE, d MMM yyyy, HH:mm"}[formats.language()]
    words = format_datetime(wall.replace(tzinfo=None), pattern, locale=formats.language())
    return pgettext("wall time", "%(time)s %(zone)s") % {"time": words, "zone": zone_words(zone)}


def warning(wall: datetime, zone: str) -> str:
    """What a clock change does to the wall time, in words; empty where it does nothing."""
    found = clocks.kind(wall, zone)
    if found == clocks.PLAIN:
        return ""
    moved = formats.moment(clocks.instant(wall, zone), zone)
    if found == clocks.SKIPPED:
        return _("The clocks go forward that night, so this time does not exist. It starts at %(time)s.") % {
            "time": moved
        }
    return _("The clocks go back that night, so this time happens twice. It starts once, the first time.")


def holiday(wall: datetime, country: str, skipped: bool) -> str:
    """That the day is a public holiday of the country, in words; empty where it is none. `skipped`: the delivery
    policy sends nothing on such days."""
    called = holidays.name(country, wall.date(), formats.language())
    if not called:
        return ""
    words = _("%(day)s is a public holiday in %(country)s: %(name)s.") % {
        "day": formats.day(wall.date()),
        "country": countries.name(country),
        "name": called,
    }
    if not skipped:
        return words
    return words + " " + _("Whoever is there gets the message on the next day on which messages may go out.")


def due(campaign: Campaign, at: datetime) -> datetime:
    """When it would begin, if it were launched at `at`."""
    if campaign.when == Campaign.When.NOW or campaign.wall_time is None:
        return at
    return max(at, clocks.instant(campaign.wall_time, campaign.time_zone))
