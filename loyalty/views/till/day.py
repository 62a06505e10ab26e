"""What happened today in the store, and undoing what happened in the last five minutes."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import formats
from config.pages import confirm
from config.pages.parts import Tone
from customers import access
from loyalty.models import GoodwillIssue, Redemption
from loyalty.till import day, goodwill, sales
from loyalty.till.refusals import NotGiven
from loyalty.views.till.place import Place, at_the_till

MOST = 100


@dataclass(frozen=True)
class Line:
    """One thing that happened. `undo` is the address that takes it back; empty: too late or undone."""

    at: datetime
    icon: str
    what: str
    about: str
    who: str
    url: str = ""
    undo: str = ""
    badge: str = ""
    tone: Tone = "calm"


@at_the_till
def till_day(request: HttpRequest, place: Place) -> HttpResponse:
    now = timezone.now()
    since = day.begin(place.store, now)
    lines = [*_redemptions(place, since, now), *_issues(place, since, now), *_sign_ups(place, since)]
    lines.sort(key=lambda line: line.at, reverse=True)
    context = {
        "title": _("Today at the till"),
        "place": place,
        "lines": lines[:MOST],
        "cut": len(lines) > MOST,
    }
    return render(request, "loyalty/till/day.html", context)


def _redemptions(place: Place, since: datetime, now: datetime) -> list[Line]:
    return [
        Line(
            row.at,
            "ticket",
            _("%(sum)s off") % {"sum": formats.money(row.amount, row.currency)},
            row.coupon.name,
            str(row.actor or ""),
            reverse("till_done", args=[row.pk]),
            _undo("redemption", row, now),
            "" if row.state == Redemption.State.REDEEMED else row.get_state_display(),
        )
        for row in day.redemptions(place.store, since)[: MOST + 1]
    ]


def _issues(place: Place, since: datetime, now: datetime) -> list[Line]:
    return [
        Line(
            row.at,
            "mood-sad",
            _("Goodwill %(sum)s") % {"sum": formats.money(row.amount, row.currency)},
            row.reason.name,
            str(row.allowance.user),
            reverse("till_given", args=[row.pk]),
            _undo("goodwill", row, now),
            row.returned.get_why_display() if hasattr(row, "returned") else "",
        )
        for row in day.issues(place.store, since)[: MOST + 1]
    ]


def _sign_ups(place: Place, since: datetime) -> list[Line]:
    found = list(day.sign_ups(place.store, since)[: MOST + 1])
    people = access.customers_for(place.user).filter(pk__in=day.customer_ids(found))
    seen = {str(each.pk): each for each in people}
    return [
        Line(
            row.at,
            "user-plus",
            _("Signed up"),
            str(seen.get(row.subject_id, "")),
            str(row.user or ""),
            f"{reverse('till')}?customer={row.subject_id}" if row.subject_id in seen else "",
        )
        for row in found
    ]


def _undo(kind: str, row: Redemption | GoodwillIssue, now: datetime) -> str:
    return reverse("till_undo", args=[kind, row.pk]) if day.undo_until(row, now) else ""


@at_the_till
def till_undo(request: HttpRequest, place: Place, kind: str, pk: int) -> HttpResponse:
    """GET asks, POST undoes. `kind` is redemption or goodwill."""
    if kind == "redemption":
        row = get_object_or_404(Redemption, pk=pk, store=place.store)
        text = _("The coupon can be used again. Whatever was taken off at the till has to be put back there.")
    elif kind == "goodwill":
        issue = get_object_or_404(GoodwillIssue, pk=pk, store=place.store)
        text = _("The code becomes void, and its amount goes back to the allowance.")
    else:
        raise Http404
    if request.method != "POST":
        back = reverse("till_day")
        return confirm.ask(request, _("Undo this?"), text, _("Undo"), back)
    try:
        if kind == "redemption":
            sales.undo(row, place.user, timezone.now())
        else:
            goodwill.undo(issue, place.user, timezone.now())
        messages.success(request, _("Undone."))
    except NotGiven as why:
        messages.error(request, why.sentence)
    return redirect("till_day")
