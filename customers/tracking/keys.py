"""Keys of the API: made, found by their secret, replaced with an overlap, revoked at once."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from customers import audit
from customers.models import ApiKey, User

OVERLAP = timedelta(days=7)
SCOPES = (
    "track",
    "products",
    "orders",
    "visits",
    "messages",
    "points_read",
    "points",
    "coupons",
    "issue_codes",
    "gift_cards",
    "leases",
    "access",
    "referrals",
    "till",
)
# Who a key is may be remembered for so long. Whether it still works is asked with every write (`inbox.keep`).
REMEMBERED = timedelta(seconds=5)
SHOWN = 12
RANDOM_BYTES = 32
PUBLIC_BYTES = 6  # of a browser key, so that `prefix` holds it whole

_remembered: dict[str, tuple[ApiKey, datetime]] = {}


def make(key: ApiKey, by: User, at: datetime) -> str:
    """Save a new key; returns its secret, which is shown once and kept nowhere. A browser key is no secret: it stands
    in the shop's pages, and so in `prefix`."""
    public = key.kind == ApiKey.Kind.BROWSER
    secret = f"{key.kind}_{secrets.token_urlsafe(PUBLIC_BYTES if public else RANDOM_BYTES)}"
    key.prefix, key.hash = secret if public else secret[:SHOWN], hashed(secret)
    key.created_by, key.created_at = by, at
    with transaction.atomic():
        key.save()
        audit.record(by, "api_key.added", key, at, kind=key.kind, source=key.source)
    return secret


def hashed(secret: str) -> str:
    """A secret is 256 random bits, and a browser key none: no slow hash is needed."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def public(key: ApiKey) -> str:
    """A browser key as its pages send it; empty for keys that are secret."""
    return key.prefix if key.kind == ApiKey.Kind.BROWSER and hashed(key.prefix) == key.hash else ""


def find(secret: str, at: datetime) -> ApiKey | None:
    """The key of this secret that works at this time."""
    mark = hashed(secret)
    known, until = _remembered.get(mark, (None, at))
    if known is None or until <= at:
        known = ApiKey.objects.select_related("store").filter(hash=mark).first()
        if known is None:
            return None
        if len(_remembered) > 1000:
            _remembered.clear()
        _remembered[mark] = (known, at + REMEMBERED)
    return known if works(known, at) else None


def works(key: ApiKey, at: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > at)


def replacement(key: ApiKey) -> ApiKey | None:
    """The key that has taken this one's place and works."""
    return ApiKey.objects.filter(replaces=key, revoked_at=None).first()


@transaction.atomic
def rotate(key: ApiKey, by: User, at: datetime) -> tuple[ApiKey, str]:
    """A key in the place of this one, which works on for a week; returns it with its secret. Of one that was replaced
    already the newer one, whose secret nobody has."""
    old = ApiKey.objects.select_for_update().get(pk=key.pk)
    if newer := replacement(old):
        return newer, ""
    new = ApiKey(
        name=old.name,
        kind=old.kind,
        source=old.source,
        scopes=old.scopes,
        origins=old.origins,
        store=old.store,
        replaces=old,
    )
    secret = make(new, by, at)
    old.expires_at = min(filter(None, (old.expires_at, at + OVERLAP)))
    old.save(update_fields=["expires_at"])
    audit.record(by, "api_key.replaced", old, at, by=new.pk)
    return new, secret


@transaction.atomic
def revoke(key: ApiKey, by: User, at: datetime) -> None:
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        audit.record(by, "api_key.revoked", key, at)
    _remembered.pop(key.hash, None)


def identity_secret(key: ApiKey) -> str:
    """What the shop's server signs with, so that pages with this browser key may say who somebody is."""
    return salted_hmac("customers.identify", f"{key.pk}:{key.hash}", secret=settings.SECRET_KEY).hexdigest()
