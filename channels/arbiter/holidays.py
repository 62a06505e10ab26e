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


@cache
def _known() -> frozenset[str]:
    return frozenset(list_supported_countries())
