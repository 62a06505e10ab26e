"""Leading back to the page that sent the reader here, by `next`."""

from urllib.parse import urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme


def local(request: HttpRequest, target: str) -> str:
    """`target` if it is a path of a page of ours, else empty: an address from outside must not lead elsewhere."""
    if not target.startswith("/") or not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        return ""
    try:
        resolve(urlsplit(target).path)
    except Resolver404:
        return ""
    return target


def extended(path: str, **query: object) -> str:
    """The path with these query parameters in the place of those of the same name."""
    parts = urlsplit(path)
    kept = QueryDict(parts.query, mutable=True)
    for name, value in query.items():
        kept[name] = str(value)
    return f"{parts.path}?{kept.urlencode()}"
