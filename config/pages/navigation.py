"""The navigation on the left. An entry appears when its page exists and the reader may open it."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import _StrPromise as StrPromise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    url_name: str
    label: StrPromise
    icon: str
    permission: str | None = None


ENTRIES: list[Entry] = [Entry("today", _("Today"), "home")]


def context(request: HttpRequest) -> dict[str, list[Entry]]:
    """The entries for this reader, as the template variable `navigation`."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"navigation": []}
    return {"navigation": [e for e in ENTRIES if e.permission is None or user.has_perm(e.permission)]}
