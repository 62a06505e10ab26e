"""The countries of the world, named in the reader's language."""

from collections.abc import Mapping

from babel import Locale

from config import formats

NO_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"}  # regions and test values among the codes of CLDR


def name(code: str) -> str:
    """ "AT" -> "Österreich"; the code itself where nobody knows it."""
    return str(_named().get(code.upper(), code))


def choices() -> list[tuple[str, str]]:
    """Codes of ISO 3166-1 and names, by the reader's alphabet."""
    known = [(code, name) for code, name in _named().items() if is_country(code)]
    return sorted(known, key=lambda each: _sort_key(each[1]))


def is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES


def _named() -> Mapping[str, str]:
    return Locale(formats.language()).territories


def _sort_key(name: str) -> str:
    """Ä stands beside A."""
    return name.casefold().translate(str.maketrans("äöüéå", "aouea"))
