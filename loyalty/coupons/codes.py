"""What a code looks like, and what a hurried cashier makes of it.

31 symbols: digits and letters without those that are mistaken for others (I and L for 1, O for 0, S for 5, U for V).
Whoever types them all the same is understood. The last symbol of a made code checks the others: with a prime number of
symbols and a weight of its own for each place it shows every wrong symbol and every swap of two.
"""

import secrets
import unicodedata

SYMBOLS = "0123456789ABCDEFGHJKMNPQRTVWXYZ"
MISTAKEN = str.maketrans("ILOSU", "1105V")
LONGEST = 32
GIFT_CARD, GIFT_CARD_LENGTH = "GK", 15  # how codes of gift cards begin, and how long they are
PLACE = {symbol: place for place, symbol in enumerate(SYMBOLS)}


def normalise(text: str) -> str:
    """As codes are stored and compared: upper case, letters and digits alone, those that look alike as one. May be
    empty."""
    plain = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).upper()
    return "".join(filter(str.isalnum, plain)).translate(MISTAKEN)[:LONGEST]


def check_symbol(body: str) -> str:
    """The symbol that belongs behind `body`, which is of SYMBOLS and shorter than there are symbols."""
    return SYMBOLS[-sum(weight * PLACE[symbol] for weight, symbol in enumerate(body, 2)) % len(SYMBOLS)]


def draw(length: int, prefix: str = "") -> str:
    """A secret code: so many random symbols behind the prefix, and the one that checks them."""
    body = prefix + "".join(secrets.choice(SYMBOLS) for _place in range(length))
    return body + check_symbol(body)


def in_fours(text: str) -> str:
    """For reading out and typing: XXXX-XXXX-XXX."""
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def is_well_formed(text: str) -> bool:
    """Whether a normalised made code can be right: for a hint while somebody types, never for an answer."""
    body = text[:-1]
    return bool(body) and all(symbol in PLACE for symbol in text) and check_symbol(body) == text[-1]


def is_gift_card(text: str) -> bool:
    """Whether a normalised code has the form that gift cards alone have."""
    return len(text) == GIFT_CARD_LENGTH and text.startswith(GIFT_CARD)
