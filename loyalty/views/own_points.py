"""The customer's own page of her points, behind the token of her wishes. It shows and changes nothing."""

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from channels import preferences, speech
from channels.doors import page, public
from config import formats
from loyalty import ledger, programs, statements


@public
@require_safe
def own_points(request: HttpRequest, token: str) -> HttpResponse:
    door, program = preferences.open_door(token), programs.current()
    if door is None or program is None:
        raise Http404
    person, at = door.customer, timezone.now()
    language = speech.for_page(request, person.language, door.delivery.language)
    zone = ZoneInfo(program.time_zone)
    with translation.override(language):
        context = {
            "program": program,
            "standing": ledger.standing(program, [person.pk], at)[person.pk],
            "endings": statements.endings(program, person.pk, at),
            "entries": [
                (formats.day(entry.at.astimezone(zone).date()), statements.own_words(entry), entry.points)
                for entry in statements.newest(program, person.pk)
            ],
            "back": reverse("preferences", args=[token]),
        }
    return page(request, "loyalty/own_points.html", language, context)
