"""Who has the same draft open at this moment: kept for minutes, in the cache that all processes share."""

import logging
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

# An open page tells every half a minute that it is there; browsers let hidden ones do so once a minute.
GONE = timedelta(minutes=2, seconds=30)
log = logging.getLogger(__name__)


class Editor(NamedTuple):
    name: str
    since: datetime
    seen: datetime


def others(draft: str, user: Any, at: datetime) -> list[Editor]:
    """Writes down that `user` has it open; who else has, the first one first. Nobody while the cache is away: two who
    save are kept apart all the same."""
    key = f"open:{draft}"
    try:
        known: dict[int, Editor] = caches["limits"].get(key, {})
        here = {pk: each for pk, each in known.items() if each.seen > at - GONE}
        since = here[user.pk].since if user.pk in here else at
        here[user.pk] = Editor(str(user), since, at)
        caches["limits"].set(key, here, GONE.total_seconds())
    except Exception as error:
        log.warning("Who has a draft open is not known: %s", type(error).__name__)
        return []
    return sorted((each for pk, each in here.items() if pk != user.pk), key=lambda each: each.since)


def respond(request: HttpRequest, draft: str) -> HttpResponse:
    """The fragment that an open page asks for, with which it tells that it is open."""
    found = {"editors": others(draft, request.user, timezone.now())}
    return HttpResponse(render_to_string("components/_editing_too.html", found, request).strip())
