"""How many parts an SMS has: 160 characters of the GSM alphabet or 70 of any other, a few less if several."""

from typing import NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = frozenset("\f^{}\\[~]|€")  # each takes the place of two
SINGLE_GSM, SEVERAL_GSM = 160, 153
SINGLE_OTHER, SEVERAL_OTHER = 70, 67


class Size(NamedTuple):
    """`other`: the first character that is not of the GSM alphabet, which makes every part shorter."""

    units: int
    parts: int
    other: str = ""


def size(text: str) -> Size:
    other = next((each for each in text if each not in BASIC and each not in DOUBLE), "")
    if other:
        units, single, several = len(text.encode("utf-16-le")) // 2, SINGLE_OTHER, SEVERAL_OTHER
    else:
        units, single, several = len(text) + sum(each in DOUBLE for each in text), SINGLE_GSM, SEVERAL_GSM
    return Size(units, 1 if units <= single else -(-units // several), other)
