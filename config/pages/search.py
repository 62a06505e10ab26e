"""The search box: every app adds what can be found in it, one file each in its folder `searches`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.registry import Registry

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise

MOST = 8  # hits of a kind


@dataclass(frozen=True)
class Hit:
    """One line of the result: what it is called, something to tell it from others, where it is."""

    label: str
    detail: str
    url: str


class Search:
    """A kind of thing that can be found. `find` gets two characters or more and gives `limit` hits at most."""

    key: str
    label: "StrPromise"
    icon: str
    permission: str

    def find(self, text: str, request: HttpRequest, limit: int) -> list[Hit]:
        raise NotImplementedError


searches: Registry[Search] = Registry("searches")


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """GET q=: hits by kind, of the kinds that the reader may see."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    allowed = [kind for kind in searches if request.user.has_perm(kind.permission)]
    found = [(kind, kind.find(text, request, MOST)) for kind in allowed] if len(text) > 1 else []
    context = {"text": text, "groups": [(kind, hits) for kind, hits in found if hits], "kinds": allowed}
    return render(request, "search.html", context)
