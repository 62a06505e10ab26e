"""The till's own page: find somebody, see her card, go on with one of three actions."""

from datetime import datetime
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config.pages import asked, returning
from customers import access
from customers.models import User
from loyalty.models import GoodwillRequest
from loyalty.till import cards, lookups, stores
from loyalty.views.till.place import KEPT, Place, at_the_till, choose
from loyalty.views.till.words import wait


@at_the_till
def till(request: HttpRequest, place: Place) -> HttpResponse:
    """GET q= finds, customer= shows her card."""
    at, text = timezone.now(), asked.text(request)
    context: dict[str, Any] = {"title": _("Till"), "place": place, "text": text, "waiting": _waiting(place)}
    chosen = request.GET.get("customer", "")
    if chosen.isdecimal() and len(chosen) < 19:
        context["card"] = cards.of(place.customer(int(chosen)), at)
    elif text:
        context |= _found(place, text, at)
    return render(request, "loyalty/till/till.html", context)


def _found(place: Place, text: str, at: datetime) -> dict[str, Any]:
    people = access.customers_for(place.user)
    try:
        found = lookups.find(text, people, place.who, at)
    except lookups.TooMany as many:
        return {"fault": wait(many)}
    if found.code is not None:
        holder = people.filter(pk=found.code.customer_id).first() if found.code.customer_id else None
        return {"code": found.code, "card": cards.of(holder, at) if holder else None}
    if len(found.customers) == 1:
        return {"card": cards.of(found.customers[0], at)}
    return {"people": found.customers, "alike": found.alike, "more": found.more, "nobody": not found}


def _waiting(place: Place) -> list[GoodwillRequest]:
    """What waits in this store: for her, or of hers for somebody else."""
    waiting = GoodwillRequest.objects.filter(store=place.store, state=GoodwillRequest.State.WAITING)
    return list(waiting.select_related("maker").order_by("pk")[:5])


@login_required
@permission_required(stores.USE, raise_exception=True)
def till_store(request: HttpRequest) -> HttpResponse:
    """Choose the store, which is kept until she signs out."""
    back = returning.local(request, request.POST.get("next", "") or request.GET.get("next", ""))
    if request.method != "POST":
        return choose(request, back)
    number = request.POST.get("store", "")
    own = stores.of(cast(User, request.user))
    found = get_object_or_404(own, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    request.session[KEPT] = found.pk
    return redirect(back or reverse("till"))
