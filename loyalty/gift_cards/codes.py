"""What the code of a gift card looks like, and what is kept of it.

GK, 12 random symbols and one that checks the others. Whoever reads the database cannot use a card: only a keyed hash is
kept. Codes of coupons stand there readable, because messages print them, so both cannot lie under one unique key.
Instead no code of a coupon may have this form (a constraint of CouponCode), and no card has another.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

from loyalty.coupons import codes
from loyalty.coupons.codes import GIFT_CARD as PREFIX
from loyalty.coupons.codes import GIFT_CARD_LENGTH

RANDOM = GIFT_CARD_LENGTH - len(PREFIX) - 1


def draw() -> str:
    return codes.draw(RANDOM, PREFIX)


def shown(text: str) -> str:
    """As it is printed: GK-XXXX-XXXX-XXXX-X."""
    return f"{PREFIX}-{codes.in_fours(text[len(PREFIX) :])}"


def hashed(text: str) -> str:
    """What a new card keeps of its normalised code."""
    return _hash(text, settings.SECRET_KEY)


def hashes(text: str) -> list[str]:
    """What a card may have kept of this code, whichever of the installation's keys it was made with."""
    return [_hash(text, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash(text: str, secret: str) -> str:
    return salted_hmac("loyalty.gift_card", text, secret=secret, algorithm="sha256").hexdigest()
