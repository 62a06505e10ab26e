"""The customer's own page of her points, behind the token of her wishes: it shows them, and the code by which she
recommends us."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from channels import preferences, speech
from channels.doors import page, public
from config import formats
from loyalty import ledger, programs, statements, tiers
from loyalty.models import Program
from loyalty.referrals import codes, rules


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
            "rank": _rank(program, person.pk, language, at),
            "endings": statements.endings(program, person.pk, at),
            "entries": [
                (formats.day(entry.at.astimezone(zone).date()), statements.own_words(entry), entry.points)
                for entry in statements.newest(program, person.pk)
            ],
            "invitation": _invitation(person.pk, at),
            "back": reverse("preferences", args=[token]),
        }
    return page(request, "loyalty/own_points.html", language, context)


def _rank(program: Program, customer_id: int, language: str, at: datetime) -> dict[str, Any] | None:
    """Her tier with its last day and what it brings, and the way to the next; None where there are no tiers for her."""
    now = tiers.standing(program, [customer_id], at).get(customer_id)
    if now is None or not (now.tier or now.next):
        return None
    zone = ZoneInfo(program.time_zone)
    return {
        "tier": now.tier,
        "benefits": now.tier.benefits_in(language) if now.tier else "",
        "last_day": (now.until - datetime.resolution).astimezone(zone).date() if now.until else None,
        "to_keep": now.to_keep,
        "next": now.next,
        "missing": max(now.missing or 0, 0),
    }


def _invitation(customer_id: int, at: datetime) -> dict[str, Any] | None:
    """Her code, her link and what both get; None while nobody can be recommended."""
    terms = rules.running(at)
    code = codes.of([customer_id], at).get(customer_id) if terms else None
    if terms is None or code is None:
        return None
    return {
        "code": code.label,
        "link": codes.link(code),
        "giver": rules.present(terms.giver_points, terms.giver_coupon),
        "welcome": rules.present(terms.welcome_points, terms.welcome_coupon),
        "least": rules.least(terms),
    }
