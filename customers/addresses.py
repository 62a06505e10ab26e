"""Addresses as keyed hashes: what may be kept of an address when the address itself may not."""

import unicodedata

from django.conf import settings
from django.utils.crypto import salted_hmac

EMAIL = "email"


def normalise(channel: str, address: str) -> str:
    """The one form of an address: lower case, composed characters, the domain as DNS writes it."""
    text = unicodedata.normalize("NFC", address).strip().lower()
    local, at, domain = text.rpartition("@")
    if channel != EMAIL or not at:
        return text
    return f"{local}@{_ascii(domain.rstrip('.'))}"


def _ascii(domain: str) -> str:
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def address_key(channel: str, address: str) -> str:
    """64 hex digits of HMAC-SHA256 over the normalised address; "" for an empty one."""
    text = normalise(channel, address)
    if not text:
        return ""
    secret = settings.SUPPRESSION_KEY or settings.SECRET_KEY
    return salted_hmac(f"channels.suppression.{channel}", text, secret=secret, algorithm="sha256").hexdigest()
