"""Public holidays of whole countries. Those of single regions are not among them: of whom would we know the region?"""

from datetime import date
from functools import cache

from holidays import country_holidays, list_supported_countries


@cache
def of(country: str, year: int) -> frozenset[date]:
    """Empty for a country that nobody has a list of."""
    if country.upper() not in _known():
        return frozenset()
    return frozenset(country_holidays(country.upper(), years=year))


def name(country: str, day: date, language: str) -> str:
    """What the day is called, in the language ("de") or else in the country's own; empty on a working day."""
    if day not in of(country, day.year):
        return ""
    offered = country_holidays(country.upper(), years=day.year)
    spoken = sorted(each for each in offered.supported_languages if each.split("_")[0] == language)
    called = spoken[0] if spoken else offered.default_language
    return str(country_holidays(country.upper(), years=day.year, language=called)[day])


@cache
def _known() -> frozenset[str]:
    return frozenset(list_supported_countries())
