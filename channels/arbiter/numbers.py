"""In which country a telephone number is at home, by its first digits alone."""

from functools import lru_cache

import phonenumbers

# Country codes have three digits at most; that of North America is shared by many countries, told apart by three more.
FIRST = 5
SHARED = "+1"
SAMPLE = "2345678"
ON_NUMBERS = frozenset({"sms", "whatsapp"})


def first_digits(channel: str, address: str) -> str:
    """What decides about the country, so that many people need few look-ups; "" where a channel goes by no number."""
    return address[:FIRST] if channel in ON_NUMBERS and address.startswith("+") else ""


@lru_cache(maxsize=20_000)
def country(first: str) -> str:
    """Its ISO code; "" where nobody can tell. Of countries that share a code elsewhere it is the main one."""
    if first.startswith(SHARED):
        return _north_america(first)
    for length in (2, 3, 4):
        digits = first[1:length]
        if (
            digits.isascii()
            and digits.isdigit()
            and (regions := phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(digits)))
        ):
            return regions[0] if regions[0].isalpha() else ""
    return ""


def _north_america(first: str) -> str:
    if len(first) < FIRST or not (first[1:].isascii() and first[1:].isdigit()):
        return ""
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(first[2:] + SAMPLE))
    return phonenumbers.region_code_for_number(number) or ""
