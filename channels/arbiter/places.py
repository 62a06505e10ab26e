"""Which clocks somebody lives by, as far as we know."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

# Two zones whose clocks agree in these two months are one for us.
WINTER, SUMMER = (2026, 1, 1), (2026, 7, 1)


@cache
def zones(time_zone: str, country: str, otherwise: str) -> tuple[ZoneInfo, ...]:
    """Her own zone; else those of her country, the one with the most people first; else the shop's, `otherwise`.

    Of somebody in a country with several zones nobody knows which one is hers, so what depends on the clock has
    to hold in all of them.
    """
    if time_zone in _known():
        return (ZoneInfo(time_zone),)
    return _of_countries().get(country.upper()) or (ZoneInfo(otherwise),)


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _of_countries() -> dict[str, tuple[ZoneInfo, ...]]:
    """By ISO code, from the table that the zone database brings along, in its order."""
    found: dict[str, dict[object, ZoneInfo]] = {}
    for line in files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _place, name = line.split("\t")[:3]
            zone = ZoneInfo(name)
            found.setdefault(country, {}).setdefault(_offsets(zone), zone)
    return {country: tuple(each.values()) for country, each in found.items()}


def _offsets(zone: ZoneInfo) -> object:
    return tuple(datetime(*day, tzinfo=zone).utcoffset() for day in (WINTER, SUMMER))
