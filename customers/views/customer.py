"""The page of one customer: who she is, what the apps show of her, and her timeline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.vary import vary_on_headers

from config import formats
from config.pages.parts import Action, Figure
from customers import access, merging, notes, panels, timeline
from customers.forms.notes import NoteForm
from customers.models import Customer, Shop, User
from customers.timeline import About, Entry, Kind, Place


@dataclass(frozen=True)
class Choice:
    """A kind as a chip: chosen or not, and the address that changes that."""

    kind: Kind
    chosen: bool
    query: str


@dataclass(frozen=True)
class Line:
    """An entry, and its day where the entry above has another one."""

    kind: Kind
    entry: Entry
    day: date | None

    @property
    def outside(self) -> bool:
        return self.entry.url.startswith("http")


@login_required
@permission_required("customers.view_customer", raise_exception=True)
@vary_on_headers("HX-Request")
def customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """GET kind= (several) narrows the timeline, before= goes on behind a place; HTMX gets the timeline alone."""
    leads_to = merging.follow(customer_id)
    if leads_to != customer_id:
        return redirect("customer", leads_to)
    person = seen_by(request, customer_id)
    if request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request"):
        name = "_entries" if "before" in request.GET else "_timeline"
        return render(request, f"customers/timeline/{name}.html", _timeline(request, person))
    return page(request, person, NoteForm())


def seen_by(request: HttpRequest, customer_id: int) -> Customer:
    """The customer, if this reader may see her; else there is no such page."""
    seen = access.customers_for(cast(User, request.user)).select_related("home_store", "stats")
    return get_object_or_404(seen, pk=customer_id)


def page(request: HttpRequest, person: Customer, form: NoteForm, status: int = 200) -> HttpResponse:
    """The whole page, with a note that is being written."""
    reader = cast(User, request.user)
    context = {
        "title": access.name_for(reader, person),
        "figures": _figures(person),
        "menu": _menu(person, reader),
        "panels": panels.shown(person, reader, timezone.now()),
        "pinned": notes.pinned(person, reader) if reader.has_perm("customers.view_note") else [],
        "note_form": form if reader.has_perm("customers.add_note") else None,
    }
    return render(request, "customers/customer.html", context | _timeline(request, person), status=status)


def _menu(person: Customer, reader: User) -> list[Action]:
    merge = Action(_("Merge with another customer"), reverse("customer_merge", args=[person.pk]), "users")
    return [merge] if reader.has_perm("customers.merge_customer") else []


def _timeline(request: HttpRequest, person: Customer) -> dict[str, Any]:
    about = About(person, cast(User, request.user), Shop.current())
    allowed = timeline.allowed(about.reader)
    chosen = [kind for kind in allowed if kind.key in request.GET.getlist("kind")]
    behind = timeline.place(request.GET.get("before", ""))
    found = timeline.page(about, chosen or allowed, behind)
    return {
        "customer": person,
        "choices": [_choice(kind, chosen) for kind in allowed],
        "narrowed": bool(chosen),
        "lines": list(_lines(found, behind)),
        "behind": behind,
        "older": _query(chosen, str(found.older)) if found.older else "",
    }


def _lines(found: timeline.Page, behind: Place | None) -> Iterator[Line]:
    """The entries; the first of each day of the shop says so, unless the page before has."""
    told = timezone.localdate(behind.at) if behind else None
    for kind, entry in found.lines:
        day = timezone.localdate(entry.at)
        yield Line(kind, entry, None if day == told else day)
        told = day


def _choice(kind: Kind, chosen: list[Kind]) -> Choice:
    """A click takes a chosen kind away, and adds another one to those chosen."""
    others = [one for one in chosen if one is not kind]
    return Choice(kind, kind in chosen, _query(others if kind in chosen else [*chosen, kind]))


def _query(chosen: list[Kind], before: str = "") -> str:
    query = QueryDict(mutable=True)
    query.setlist("kind", [kind.key for kind in chosen])
    if before:
        query["before"] = before
    return query.urlencode()


def _figures(person: Customer) -> list[Figure]:
    stats = getattr(person, "stats", None)
    if stats is None:
        return []
    currency = Shop.current().currency or "EUR"
    gap = (
        _("every %(days)s days") % {"days": formats.number(stats.average_gap / 86_400, 0)}
        if stats.average_gap
        else "–"
    )
    return [
        Figure(_("Revenue"), formats.money(stats.revenue, currency), note=_("refunds taken off")),
        Figure(_("Orders"), formats.number(stats.orders)),
        Figure(_("Orders on average"), gap),
        Figure(
            _("Last order"),
            formats.day(stats.last_order_at) if stats.last_order_at else "–",
        ),
    ]
