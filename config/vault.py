"""Secrets of our own that must be read again: sealed in the database with keys made of SECRET_KEY."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class Lost(ValueError):
    """It was sealed with another SECRET_KEY, which is not among SECRET_KEY_FALLBACKS either."""


def seal(purpose: str, secret: bytes) -> str:
    """As text for a column. What was sealed for one purpose cannot be opened for another."""
    return _keys(purpose).encrypt(secret).decode()


def opened(purpose: str, sealed: str) -> bytes:
    """Raises Lost."""
    try:
        return _keys(purpose).decrypt(sealed.encode())
    except InvalidToken as error:
        raise Lost from error


def _keys(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (salted_hmac(purpose, "", secret=each, algorithm="sha256").digest() for each in secrets)
    return MultiFernet([Fernet(urlsafe_b64encode(digest)) for digest in digests])
