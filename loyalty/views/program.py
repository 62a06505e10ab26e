"""The points programme: its figures, rules, a box to try them, and all versions that were published."""

from datetime import date
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from config import clocks, formats
from config.pages.parts import Action, Empty, Figure
from customers import audit
from customers.models import Shop, User
from loyalty import programs, terms, trials
from loyalty.earning_rules.base import earning_rules
from loyalty.forms.programs import ProgramForm, TryForm
from loyalty.models import EarningRule, Program


@login_required
@permission_required("loyalty.view_program", raise_exception=True)
@require_safe
def program_page(request: HttpRequest) -> HttpResponse:
    program = programs.current()
    if program is None:
        return render(request, "loyalty/program_none.html", {"empty": _empty(request), "title": _("Loyalty")})
    at = timezone.now()
    today = clocks.local_day(at, program.time_zone)
    changes, fault = _unpublished(program)
    context = {
        "title": program.name,
        "program": program,
        "figures": _figures(program),
        "rules": [_card(rule, today) for rule in program.rules.filter(removed_at=None).order_by("pk")],
        "kinds": list(earning_rules),
        "changes": changes,
        "fault": fault,
        "history": programs.history(program),
        "form": TryForm(initial={"on": today}),
    }
    return render(request, "loyalty/program.html", context)


def _empty(request: HttpRequest) -> Empty:
    start = Action(_("Set up the programme"), reverse("program_create"), "plus")
    return Empty(
        _("No points yet"),
        _(
            "A programme says what points are called, what earns them, how long they wait for returns and when "
            "they end. It takes two minutes; nothing is given before its rules are published."
        ),
        "award",
        start if request.user.has_perm("loyalty.add_program") else None,
    )


def _figures(program: Program) -> list[Figure]:
    month = programs.month(program, timezone.now())
    return [
        Figure(_("Given this month"), formats.number(month.given), note=_("points")),
        Figure(_("Spent this month"), formats.number(month.spent), note=_("points")),
        Figure(_("Ended this month"), formats.number(month.ended), note=_("points")),
        Figure(_("Open"), formats.number(month.open), note=_("points"), url=reverse("liability")),
    ]


def _unpublished(program: Program) -> tuple[list[str], str]:
    """What waits to be published, or why it cannot be."""
    try:
        return programs.unpublished(program), ""
    except ValidationError as error:
        return [], " ".join(error.messages)


def _card(rule: EarningRule, today: date) -> dict[str, Any]:
    """A rule in words, with whether it counts today."""
    plugin = earning_rules[rule.key]
    form = plugin.Form(rule.params)
    fits = form.is_valid()
    shown = terms.Rule(rule.pk, plugin, form.cleaned_data, rule.starts_on, rule.ends_on) if fits else None
    state, tone = _state(rule, today)
    words = programs.words(shown) if shown else _("Its values are damaged. Open it and enter them again.")
    return {"rule": rule, "plugin": plugin, "words": words, "state": state, "tone": tone if fits else "bad"}


def _state(rule: EarningRule, today: date) -> tuple[str, str]:
    if not rule.active:
        return _("paused"), "calm"
    if rule.starts_on and today < rule.starts_on:
        return _("not yet"), "wait"
    if rule.ends_on and today > rule.ends_on:
        return _("over"), "calm"
    return _("counts"), "good"


# --- Settings ---


@login_required
@permission_required("loyalty.add_program", raise_exception=True)
def program_create(request: HttpRequest) -> HttpResponse:
    """The first one; a second is not begun here."""
    if programs.current() is not None:
        return redirect("program")
    return _edit(request, Program(name=_("Points")), _("Set up the programme"), "program.added")


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
def program_edit(request: HttpRequest) -> HttpResponse:
    program = programs.current()
    if program is None:
        return redirect("program")
    return _edit(request, program, _("Settings of the programme"), "program.changed")


def _edit(request: HttpRequest, program: Program, title: str, act: str) -> HttpResponse:
    user = cast(User, request.user)
    form = ProgramForm(request.POST or None, instance=program, by=user)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            at = timezone.now()
            if "second_person_above" in form.changed_data:
                form.instance.threshold_since = at  # what was booked before was right by the old one
            saved = form.save()
            audit.record(user, act, saved, at, fields=sorted(form.changed_data))
        messages.success(request, _("Saved. What changes for customers holds once it is published."))
        return redirect("program")
    context = {
        "form": form,
        "title": title,
        "back": reverse("program"),
        "where": _("Loyalty"),
        "note": _("Points that were given keep the return window and the end that they were given with."),
    }
    return render(request, "channels/set_up_edit.html", context)


@login_required
@permission_required("loyalty.change_program", raise_exception=True)
@require_POST
def program_publish(request: HttpRequest) -> HttpResponse:
    """Freeze all rules as the next version, which orders from now on earn by."""
    program = programs.current()
    if program is None:
        raise Http404
    user, at = cast(User, request.user), timezone.now()
    try:
        with transaction.atomic():
            made = terms.freeze(program, at, user)
            audit.record(user, "program.published", program, at, version=made.version)
    except ValidationError as error:
        messages.error(request, _("Nothing was published: %s") % " ".join(error.messages))
        return redirect("program")
    messages.success(
        request, _("Version %s is published: orders earn by it from now on.") % formats.number(made.version)
    )
    return redirect("program")


# --- Trying ---


@login_required
@permission_required("loyalty.view_program", raise_exception=True)
@require_safe
@vary_on_headers("HX-Request")
def program_try(request: HttpRequest) -> HttpResponse:
    """What an order, or a basket, earns by the rules as they stand on the page, and why."""
    program = programs.current()
    if program is None:
        return redirect("program")
    form = TryForm(request.GET or None, initial={"on": timezone.localdate()})
    context: dict[str, Any] = {
        "title": _("Try the rules"),
        "form": form,
        "trial": None,
        "fault": "",
        "currency": Shop.current().currency or "EUR",
    }
    if form.is_bound and form.is_valid():
        try:
            context["trial"] = trials.look(program, form.cleaned_data, form.basket)
        except ValidationError as error:
            context["fault"] = " ".join(error.messages)
        except trials.NoOrder:
            form.add_error("order", _("There is no order with this number."))
    name = "_tried" if request.headers.get("HX-Request") else "program_try"
    return render(request, f"loyalty/{name}.html", context)
