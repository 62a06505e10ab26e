"""Opaque signed tokens for links in messages: they name rows, tell a reader nothing, and never grow old.

AES-SIV (RFC 5297) encrypts and authenticates the row ids with the purpose as associated data, so a token
opens one door only; the same link for the same delivery is always the same token. 32 to 43 characters.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac

CLICK, ANONYMOUS, OPT_OUT, OPT_IN = b"click", b"anonymous", b"opt_out", b"opt_in"
PREFERENCES, DATA, SOCIAL, CART = b"preferences", b"data", b"social", b"cart"
LONGEST = 60


class BadToken(ValueError):
    """Not a token of ours for this purpose; why is nobody's business."""


@cache
def _cipher(secret: str) -> AESSIV:
    return AESSIV(salted_hmac("channels.links", "", secret=secret, algorithm="sha512").digest())


def click_token(link_id: int, delivery_id: int) -> str:
    return _sign(CLICK, link_id, delivery_id)


def anonymous_token(link_id: int) -> str:
    """For people without tracking consent: the same for all of them, so it names nobody."""
    return _sign(ANONYMOUS, link_id)


def opt_out_token(delivery_id: int) -> str:
    return _sign(OPT_OUT, delivery_id)


def opt_in_token(opt_in_id: int) -> str:
    return _sign(OPT_IN, opt_in_id)


def preferences_token(delivery_id: int) -> str:
    return _sign(PREFERENCES, delivery_id)


def data_token(request_id: int) -> str:
    return _sign(DATA, request_id)


def social_token(post_id: int) -> str:
    """For the link of a post on a social network: the same for all who read it, so it names nobody."""
    return _sign(SOCIAL, post_id)


def cart_token(cart_id: int) -> str:
    """Stands in a link beside its own token, and leads to this cart in the shop."""
    return _sign(CART, cart_id)


def read_click(token: str) -> tuple[int, int | None]:
    """(link id, delivery id), the latter None for an anonymous link. Raises BadToken."""
    ids = _read(token, CLICK, ANONYMOUS)
    return ids[0], ids[1] if len(ids) == 2 else None


def read_opt_out(token: str) -> int:
    """The delivery's id. Raises BadToken."""
    return _read(token, OPT_OUT)[0]


def read_opt_in(token: str) -> int:
    """The opt-in's id. Raises BadToken."""
    return _read(token, OPT_IN)[0]


def read_preferences(token: str) -> int:
    """The delivery's id. Raises BadToken."""
    return _read(token, PREFERENCES)[0]


def read_data(token: str) -> int:
    """The id of the request for one's data. Raises BadToken."""
    return _read(token, DATA)[0]


def read_social(token: str) -> int:
    """The post's id. Raises BadToken."""
    return _read(token, SOCIAL)[0]


def read_cart(token: str) -> int:
    """The cart's id. Raises BadToken."""
    return _read(token, CART)[0]


def _sign(purpose: bytes, *ids: int) -> str:
    sealed = _cipher(settings.SECRET_KEY).encrypt(struct.pack(f">{len(ids)}Q", *ids), [purpose])
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _read(token: str, *purposes: bytes) -> tuple[int, ...]:
    sealed = _decode(token)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        for purpose in purposes:
            try:
                opened = _cipher(secret).decrypt(sealed, [purpose])
            except InvalidTag:
                continue
            return struct.unpack(f">{len(opened) // 8}Q", opened)
    raise BadToken


def _decode(token: str) -> bytes:
    """Base64 has several spellings of the same bytes; only the one that we write counts."""
    if len(token) > LONGEST or not token.isascii():
        raise BadToken
    try:
        sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise BadToken from None
    if len(sealed) <= 16 or urlsafe_b64encode(sealed).rstrip(b"=").decode() != token:
        raise BadToken
    return sealed
