"""Contests for staff: the list, the builder, and a contest's own page."""

from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.forms import KEY_ERRORS
from config.pages import csv
from config.pages.columns import BadgeColumn, DayColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.signals import list_exported
from config.pages.tables import ListTable
from customers import form_drafts
from customers.models import Shop, User
from loyalty import play_links
from loyalty.contests import entries, running
from loyalty.contests.refusals import Refused
from loyalty.forms.contests import ContestForm
from loyalty.models import Contest, ContestEntry, ContestWinner

VIEW, ADD, CHANGE, DRAW = (f"loyalty.{act}_contest" for act in ("view", "add", "change", "draw"))
TONES: dict[str, Tone] = {"draft": "calm", "open": "good", "closed": "wait", "drawn": "info", "off": "calm"}
WON: dict[str, Tone] = {"drawn": "wait", "told": "info", "claimed": "good", "replaced": "calm"}


def reader(request: HttpRequest) -> User:
    return cast(User, request.user)


class ContestTable(ListTable):
    name = tables.Column(verbose_name=gettext_lazy("Name"))
    state = BadgeColumn(verbose_name=gettext_lazy("State"), tones=TONES)
    starts_on = DayColumn(verbose_name=gettext_lazy("From"))
    ends_on = DayColumn(verbose_name=gettext_lazy("Until"))
    number = NumberColumn(verbose_name=gettext_lazy("Entries"), accessor="number")

    class Meta:
        model = Contest
        fields = ["name", "state", "starts_on", "ends_on", "number"]
        order_by = "-starts_on"


class ContestFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Contest.State.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = Contest
        fields = ["state"]


class ContestList(ListPage):
    key = "contests"
    title = gettext_lazy("Contests")
    permission = VIEW
    section = "loyalty"
    table_class = ContestTable
    filter_class = ContestFilter
    search_help = gettext_lazy("Name or key")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No contest yet"),
            gettext_lazy("In a contest customers win prizes, by a draw that everybody can repeat."),
            "trophy",
            self.primary(),
        )

    def rows(self) -> QuerySet[Contest]:
        return Contest.objects.annotate(number=Count("entries"))

    def search(self, rows: QuerySet[Contest], text: str) -> QuerySet[Contest]:
        return rows.filter(Q(name__icontains=text) | Q(key__icontains=text))

    def row_url(self, record: Contest) -> str:
        return reverse("contest", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm(ADD):
            return None
        return Action(gettext_lazy("New contest"), reverse("contest_create"), "plus")


# --- The builder ---


@login_required
@permission_required(ADD, raise_exception=True)
@form_drafts.keeps_draft
def contest_create(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    shop = Shop.current()
    return _edit(request, Contest(starts_on=today, ends_on=today, time_zone=shop.time_zone))


@login_required
@permission_required(CHANGE, raise_exception=True)
@form_drafts.keeps_draft
def contest_edit(request: HttpRequest, contest_id: int) -> HttpResponse:
    contest = get_object_or_404(Contest, pk=contest_id)
    if contest.state != Contest.State.DRAFT:
        messages.error(request, Refused("started").sentence)
        return redirect("contest", contest_id)
    return _edit(request, contest)


def _edit(request: HttpRequest, contest: Contest) -> HttpResponse:
    form = ContestForm(request.POST or None, instance=contest)
    if request.method == "POST" and form.is_valid():
        try:
            saved = form_drafts.save(
                request,
                contest,
                lambda: running.save(form.filled(), form.prizes(), reader(request), timezone.now()),
            )
        except Refused as why:
            messages.error(request, why.sentence)
            return redirect("contest", contest.pk)
        except IntegrityError:  # somebody took the key at this very moment
            form.add_error("key", KEY_ERRORS["unique"])
            saved = None
        if saved is not None:
            messages.success(request, _("Saved as a draft. It starts when somebody starts it."))
            return redirect("contest", saved.pk)
    back = reverse("contest", args=[contest.pk]) if contest.pk else reverse("contest_list")
    title = _("Change contest") if contest.pk else _("New contest")
    draft = form_drafts.shown(request, contest)
    context = {"form": form, "title": title, "back": back, "draft": draft}
    return render(request, "loyalty/contest_edit.html", context)


# --- Its page ---


@login_required
@permission_required(VIEW, raise_exception=True)
def contest_page(request: HttpRequest, contest_id: int) -> HttpResponse:
    contest = get_object_or_404(Contest.objects.select_related("segment", "program"), pk=contest_id)
    at = timezone.now()
    series = entries.by_day(contest, at) if contest.state != Contest.State.DRAFT else []
    winners = list(_winners(contest))
    context = {
        "contest": contest,
        "title": contest.name,
        "tone": TONES[contest.state],
        "figures": _figures(contest, winners),
        "prizes": contest.prizes.select_related("coupon"),
        "texts": [(code, texts) for code, texts in contest.texts.items() if any(texts.values())],
        "faults": running.faults(contest, at) if contest.state == Contest.State.DRAFT else [],
        "days": [on for on, _count in series],
        "series": {_("Entries"): [count for _on, count in series]},
        "sources": _sources(contest),
        "excluded": _excluded(contest),
        "winners": [(winner, WON[winner.state]) for winner in winners],
        "link": play_links.contest_page(contest.pk),
        "can_call_off": _can_call_off(contest, reader(request)),
        "rule": _rule(contest),
        "personal": request.user.has_perm("customers.view_personal_data"),
    }
    return render(request, "loyalty/contest.html", context)


def _can_call_off(contest: Contest, by: User) -> bool:
    going = contest.state in (Contest.State.OPEN, Contest.State.CLOSED)
    return going and by.has_perm(CHANGE) and not ContestEntry.objects.filter(contest=contest).exists()


def _winners(contest: Contest) -> QuerySet[ContestWinner]:
    return contest.winners.select_related("prize", "customer", "entry", "code").order_by("place")


def _figures(contest: Contest, winners: list[ContestWinner]) -> list[Figure]:
    if contest.state == Contest.State.DRAFT:
        return []
    rows = ContestEntry.objects.filter(contest=contest)
    people = rows.aggregate(people=Count("customer", distinct=True), all=Count("pk"))
    figures = [
        Figure(_("Entries"), formats.number(people["all"])),
        Figure(_("Customers"), formats.number(people["people"])),
    ]
    if contest.state == Contest.State.DRAWN:
        open_ones = sum(winner.state in ("drawn", "told") for winner in winners)
        claimed = sum(winner.state == "claimed" for winner in winners)
        figures += [
            Figure(_("Prizes claimed"), formats.number(claimed)),
            Figure(_("Prizes waiting"), formats.number(open_ones), tone="wait" if open_ones else "calm"),
        ]
    return figures


def _sources(contest: Contest) -> list[tuple[str, int]]:
    words = {
        "event": _("Something they did"),
        "order": _("Purchases"),
        "points": _("Points"),
        "form": _("Free, on the page"),
    }
    found = ContestEntry.objects.filter(contest=contest).order_by("source").values_list("source")
    return [(words.get(source, source), number) for source, number in found.annotate(Count("pk"))]


def _excluded(contest: Contest) -> list[tuple[str, int]]:
    rows = ContestEntry.objects.filter(contest=contest).exclude(excluded="").order_by("excluded")
    labels = dict(ContestEntry.Excluded.choices)
    return [(str(labels[why]), n) for why, n in rows.values_list("excluded").annotate(Count("pk"))]


def _rule(contest: Contest) -> str:
    """How one takes part, in a sentence."""
    if contest.way == Contest.Way.POINTS:
        return _("For %(points)s points an entry") % {"points": formats.number(contest.points or 0)}
    if contest.way == Contest.Way.PURCHASE and contest.least_value:
        amount = formats.money(contest.least_value, Shop.current().currency or "EUR")
        return _("By each purchase of %(amount)s and more") % {"amount": amount}
    if contest.way == Contest.Way.EVENT:
        name = f" “{contest.event_name}”" if contest.event_name else ""
        return f"{contest.get_event_kind_display()}{name}"
    return str(contest.get_way_display())


@login_required
@permission_required(VIEW, raise_exception=True)
@permission_required("customers.view_personal_data", raise_exception=True)
def contest_winners_export(request: HttpRequest, contest_id: int) -> HttpResponseBase:
    """The winners as a file, to hand over the prizes. It is written down who took it."""
    contest = get_object_or_404(Contest, pk=contest_id)
    list_exported.send(
        ContestList, user=request.user, page="contest_winners", filters=[contest.key], at=timezone.now()
    )
    head = [
        _("Place"),
        _("Prize"),
        _("First name"),
        _("Last name"),
        _("E-mail"),
        _("Code"),
        _("State"),
        _("Entry"),
    ]
    rows: list[list[Any]] = [head]
    for each in _winners(contest):
        person = each.customer
        who = [person.first_name, person.last_name, person.email] if person else ["", "", ""]
        code = each.code.label if each.code else ""
        rows.append([each.place, each.prize.name, *who, code, each.get_state_display(), each.entry_id])
    return csv.respond(f"{contest.key}-winners", rows)
