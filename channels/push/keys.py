"""The keys by which push services know us (VAPID, RFC 8292): made on first use, sealed at rest, replaced on demand."""

import logging
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef

from channels.models import PushSubscription, VapidKey
from channels.push import encryption
from config import vault
from customers import audit
from customers.models import User

log = logging.getLogger(__name__)

PURPOSE = "channels.push.keys"

# Services refuse a token that holds for more than 24 hours.
HOLDS, USED_FOR = timedelta(hours=12), timedelta(hours=6)


class Lost(ValueError):
    """A private key that cannot be read any more."""


def active(at: datetime, by: User | None = None) -> VapidKey:
    """The key that browsers subscribe with; the first call makes it."""
    return VapidKey.objects.filter(active=True).first() or _first(at, by)


def _first(at: datetime, by: User | None) -> VapidKey:
    try:
        with transaction.atomic():
            return _make(at, by)
    except IntegrityError:  # somebody else was quicker
        return VapidKey.objects.get(active=True)


def _make(at: datetime, by: User | None) -> VapidKey:
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return VapidKey.objects.create(
        public=text(encryption.raw(private.public_key())),
        sealed=vault.seal(PURPOSE, der),
        created_at=at,
        created_by=by,
    )


@transaction.atomic
def rotate(by: User, at: datetime) -> VapidKey:
    """A new active key. The former one signs on for the browsers that hold it, until they have come by."""
    list(VapidKey.objects.select_for_update().order_by("pk"))
    VapidKey.objects.filter(active=True).update(active=False, retired_at=at)
    made = _make(at, by)
    audit.record(by, "vapid_key.replaced", made, at)
    return made


def destroy_unused(at: datetime) -> int:
    """The private halves of retired keys that no browser holds any more."""
    held = PushSubscription.objects.filter(vapid_key=OuterRef("pk"), ended_at=None)
    unused = VapidKey.objects.filter(~Exists(held), active=False, retired_at__lt=at - timedelta(days=1))
    return unused.exclude(sealed="").update(sealed="")


class Signer:
    """A key, ready to sign. One process keeps it, with the tokens that it has made."""

    def __init__(self, key: VapidKey, contact: str) -> None:
        self.public, self.contact = key.public, contact
        self.private = opened(key)
        self.tokens: dict[str, tuple[str, datetime]] = {}

    def authorization(self, origin: str, at: datetime) -> str:
        """The header for a service, by its origin; made anew after hours."""
        header, until = self.tokens.get(origin, ("", at))
        if until <= at:
            claims = {"aud": origin, "exp": int((at + HOLDS).timestamp()), "sub": self.contact}
            header = f"vapid t={jwt.encode(claims, self.private, algorithm='ES256')}, k={self.public}"
            self.tokens[origin] = header, at + USED_FOR
        return header


def opened(key: VapidKey) -> ec.EllipticCurvePrivateKey:
    """Raises Lost when SECRET_KEY was changed without naming the old one among its fallbacks."""
    try:
        private = load_der_private_key(vault.opened(PURPOSE, key.sealed), password=None)
    except vault.Lost as error:
        raise Lost(
            f"Push key {key.pk} was sealed with another SECRET_KEY. Name it in SECRET_KEY_FALLBACKS."
        ) from error
    assert isinstance(private, ec.EllipticCurvePrivateKey)  # noqa: S101  (we sealed no other)
    return private


def text(data: bytes) -> str:
    """As browsers write keys: base64 for addresses, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(written: str) -> bytes:
    """Raises ValueError for what is no such base64."""
    data = urlsafe_b64decode(written + "=" * (-len(written) % 4))
    if text(data) != written.rstrip("="):
        raise ValueError("no base64")
    return data
