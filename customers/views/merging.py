"""Merging two customers: choose the other one, see what stays and what goes, and do it once."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from config.pages import asked
from customers import access, alike, merging, privacy, twins
from customers.models import Customer, User
from customers.views.customer import seen_by

MOST = 8


@login_required
@permission_required("customers.merge_customer", raise_exception=True)
def customer_merge(request: HttpRequest, customer_id: int) -> HttpResponse:
    """GET q= searches, with= shows the two beside each other, keep= says who of them stays; POST merges them."""
    asked = request.POST if request.method == "POST" else request.GET
    first, other = merging.follow(customer_id), _number(asked.get("with", ""))
    person = seen_by(request, first)
    if other is None:
        return _choose(request, person)
    if merging.follow(other) == first:  # a second click, or an old link: they are one already
        return redirect("customer", first)
    second = seen_by(request, other)
    stays_second = _number(asked.get("keep", "")) == second.pk
    loser, winner = (person, second) if stays_second else (second, person)
    if request.method == "POST":
        return _merge(request, loser, winner)
    return _compare(request, person, loser, winner)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _choose(request: HttpRequest, person: Customer) -> HttpResponse:
    reader = cast(User, request.user)
    text = asked.text(request)
    seen = access.customers_for(reader).exclude(pk=person.pk)
    found = alike.closest(seen, text, MOST) if text else twins.of(person, seen)
    context = {
        "title": _("Merge with another customer"),
        "customer": person,
        "name": access.name_for(reader, person),
        "text": text,
        "found": [(each, access.name_for(reader, each)) for each in found],
    }
    return render(request, "customers/merge_choose.html", context)


def _compare(request: HttpRequest, person: Customer, loser: Customer, winner: Customer) -> HttpResponse:
    reader = cast(User, request.user)
    context = {
        "title": _("Merge two customers"),
        "customer": person,
        "name": access.name_for(reader, person),
        "other": loser if winner.pk == person.pk else winner,
        "winner": winner,
        "loser": loser,
        "winner_name": access.name_for(reader, winner),
        "loser_name": access.name_for(reader, loser),
        "fields": list(merging.fields(loser, winner)),
        "counts": list(privacy.counts(loser)),
    }
    return render(request, "customers/merge_compare.html", context)


def _merge(request: HttpRequest, loser: Customer, winner: Customer) -> HttpResponse:
    try:
        merging.merge(loser.pk, winner.pk, cast(User, request.user), timezone.now())
    except merging.Refused as refused:
        messages.error(request, str(refused))
        return redirect("customer", winner.pk)
    messages.success(request, _("The two are one customer now."))
    return redirect("customer", winner.pk)
