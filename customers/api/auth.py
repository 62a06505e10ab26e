"""Which key a call carries: HTTP basic with the key as user name, a bearer token, or, from browsers, in the body."""

import base64
import binascii

from django.http import HttpRequest
from django.utils import timezone

from customers.models import ApiKey
from customers.tracking import keys


def secret_of(request: HttpRequest) -> str:
    """The secret in the Authorization header; empty without one."""
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def server_key(request: HttpRequest) -> ApiKey | None:
    """For the endpoints of shops and tills: a key that is no browser's."""
    key = keys.find(secret_of(request), timezone.now())
    return key if key is not None and key.kind != ApiKey.Kind.BROWSER else None
