"""Whether Twilio sent this: HMAC-SHA1 with the auth token over the address and the fields, in the header."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

FORM = "application/x-www-form-urlencoded"


class Forged(PermissionDenied):
    """Answered with 403."""


def made(token: str, url: str, fields: Iterable[tuple[str, str]]) -> str:
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    digest = hmac.new(token.encode(), text.encode(errors="surrogatepass"), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def is_right(request: HttpRequest, token: str) -> bool:
    """The address is the public one, whatever a proxy made of it; Twilio writes it with or without its port."""
    given = request.headers.get("X-Twilio-Signature", "")
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    url = settings.PUBLIC_URL + request.get_full_path()
    return any(constant_time_compare(given, made(token, each, fields)) for each in _ways(url))


def _ways(url: str) -> list[str]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    return [parts._replace(netloc=each).geturl() for each in (host, f"{host}:{port}")]


def is_form(request: HttpRequest) -> bool:
    return request.content_type == FORM
