"""Names of countries and languages in German and English, and their ISO codes."""

from functools import cache

from babel import Locale
from babel.core import get_global

from customers.imports.faults import LineRefused

NAMED_IN = ("en", "de", "fr", "nl")
# What people write and no standard knows. The Channel Islands have no code of their own: Jersey stands for them.
ALIASES = {
    "eire": "IE",
    "rsa": "ZA",
    "channel islands": "JE",
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "great britain": "GB",
    "großbritannien": "GB",
    "usa": "US",
    "brd": "DE",
    "holland": "NL",
    "czech republic": "CZ",
    "tschechische republik": "CZ",
    "hong kong": "HK",
    "hongkong": "HK",
    "macau": "MO",
    "korea": "KR",
    "south korea": "KR",
    "russia": "RU",
    "turkey": "TR",
    "republic of ireland": "IE",
    "united arab emirates": "AE",
}
NOWHERE = {"unspecified", "european community", "unknown", "n/a", "-", "unbekannt", "europa", "europe"}


@cache
def _countries() -> dict[str, str]:
    names = {
        name.casefold(): code
        for language in reversed(NAMED_IN)
        for code, name in Locale(language).territories.items()
        if _is_code(code)
    }
    codes = {code.casefold(): code for code in map(str, Locale("en").territories) if _is_code(code)}
    return names | codes | ALIASES


def _is_code(code: str) -> bool:
    return len(code) == 2 and code.isalpha()


def country(text: str) -> str | None:
    """The ISO 3166-1 code; empty for words that name no country, None for what is not known."""
    name = " ".join(text.split()).casefold()
    if not name or name in NOWHERE:
        return ""
    known = _countries().get(name)
    if known is None and len(name) == 3:
        known = (get_global("territory_aliases").get(name.upper()) or [None])[0]
    return None if known in ("ZZ", "EU", "UN", "EZ", "XA", "XB") else known


@cache
def _languages() -> dict[str, str]:
    names = {
        name.casefold(): code
        for language in (*NAMED_IN, "it", "es")
        for code, name in Locale(language).languages.items()
        if len(code) == 2
    }
    own = {code: Locale(code).get_display_name(code) for code in ("de", "en", "fr", "nl", "it", "es", "pl")}
    return names | {str(name).casefold(): code for code, name in own.items()}


def language(text: str, column: str) -> str:
    """The ISO 639-1 code, from a code, a locale such as `de-AT` or a name."""
    name = text.strip().casefold().replace("_", "-")
    if not name:
        return ""
    code = name.split("-")[0]
    if len(code) == 2 and code in set(_languages().values()):
        return code
    if name not in _languages():
        raise LineRefused("language", column, text)
    return _languages()[name]
