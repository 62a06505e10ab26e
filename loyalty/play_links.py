"""Sealed tokens of the links to contests and private sales: they name rows, tell a reader nothing, cannot be guessed.

AES-SIV (RFC 5297) with the purpose as associated data, as in channels/links.py: a token opens one door only, and the
same link for the same person is always the same token. Nothing in the database opens a door, so there is no hash to
keep either: whoever reads all tables still cannot make a link.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

CONTEST, SALE = b"contest", b"sale"
NOBODY = 0  # instead of a customer: a link for everybody, which only shows
LENGTH = 43  # of a token: 16 bytes of proof and two numbers of 8, in base64


@cache
def _cipher(secret: str) -> AESSIV:
    return AESSIV(salted_hmac("loyalty.play_links", "", secret=secret, algorithm="sha512").digest())


def token(purpose: bytes, row_id: int, customer_id: int = NOBODY) -> str:
    sealed = _cipher(settings.SECRET_KEY).encrypt(struct.pack(">2Q", row_id, customer_id), [purpose])
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read(purpose: bytes, said: object) -> tuple[int, int] | None:
    """(row id, customer id or NOBODY); None for whatever is not a token of ours for this purpose."""
    if not isinstance(said, str) or len(said) != LENGTH or not said.isascii():
        return None
    try:
        sealed = urlsafe_b64decode(said + "=")
    except ValueError:
        return None
    if urlsafe_b64encode(sealed).rstrip(b"=").decode() != said:  # one spelling counts
        return None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            row_id, customer_id = struct.unpack(">2Q", _cipher(secret).decrypt(sealed, [purpose]))
        except InvalidTag:
            continue
        return row_id, customer_id
    return None


def contest_page(contest_id: int, customer_id: int = NOBODY) -> str:
    """The whole address of a contest's page for participants."""
    return str(settings.PUBLIC_URL) + reverse("contest_play", args=[token(CONTEST, contest_id, customer_id)])


def sale_page(sale_id: int, customer_id: int) -> str:
    return str(settings.PUBLIC_URL) + reverse("sale_enter", args=[token(SALE, sale_id, customer_id)])
