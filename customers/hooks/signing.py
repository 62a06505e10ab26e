"""Secrets of webhooks and the signatures made with them, after Standard Webhooks (standardwebhooks.com)."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from config import vault
from customers.models import Hook

PREFIX = "whsec_"
PURPOSE = "customers.hooks"
RANDOM_BYTES = 32
# So long a secret that was replaced signs as well.
OVERLAP = timedelta(days=1)


def made() -> str:
    """A new secret, as receivers keep it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(RANDOM_BYTES)).decode()


def sealed(secret: str) -> str:
    return vault.seal(PURPOSE, secret.encode())


def keys(hook: Hook, at: datetime) -> list[bytes]:
    """What this hook is signed with now, the newest first. Raises vault.Lost where the newest cannot be read."""
    found = [_key(hook.secret)]
    if hook.former_until is not None and hook.former_until > at:
        try:
            found.append(_key(hook.former_secret))
        except vault.Lost:
            return found
    return found


def headers(event: UUID, body: bytes, keys: Sequence[bytes], at: datetime) -> dict[str, str]:
    """The id stays the same however often a call is made; time and signatures are of this attempt."""
    stamp = str(int(at.timestamp()))
    signed = b".".join([str(event).encode(), stamp.encode(), body])
    signatures = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return {
        "webhook-id": str(event),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def _key(sealed: str) -> bytes:
    return base64.b64decode(vault.opened(PURPOSE, sealed).decode().removeprefix(PREFIX))
