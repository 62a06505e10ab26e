"""Open points: how many, what they are worth, what became of those before, and what will end."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from config import formats
from config.pages import csv
from config.pages.parts import Bar, Figure
from customers.models import Shop
from loyalty import liability, liability_reports, programs, tasks
from loyalty.liability import Cohort
from loyalty.liability_reports import Report
from loyalty.models import Program

PARTS = ("months", "grants", "endings")


class Piece(NamedTuple):
    """A part of a bar that is 100 wide."""

    css: str
    x: float
    width: float


class Line(NamedTuple):
    cohort: Cohort
    pieces: list[Piece]
    older: bool


@login_required
@permission_required("loyalty.view_program", raise_exception=True)
@require_safe
def liability_page(request: HttpRequest) -> HttpResponse:
    program = programs.current()
    if program is None:
        return redirect("program")
    at = timezone.now()
    report = liability_reports.for_reader(program, at)
    if request.headers.get("HX-Request"):  # a page that waits asks whether it may be drawn anew
        ready = report is not None and not report.awaited
        return HttpResponse(status=204, headers={"HX-Refresh": "true"} if ready else {})
    if report is None:
        _ask(request, program, at)
        return render(request, "loyalty/liability.html", {"title": _("Open points"), "waiting": True})
    flows, cohorts = report.flows, report.cohorts
    context = {
        "title": _("Open points"),
        "program": program,
        "report": report,
        "figures": _figures(program, report.open),
        "answer": _answer(report.open, cohorts),
        "flows": flows,
        "months": [flow.month for flow in flows],
        "series": {
            _("earned"): [flow.earned for flow in flows],
            _("spent"): [flow.spent for flow in flows],
            _("ended unspent"): [flow.ended for flow in flows],
            _("returned"): [flow.returned for flow in flows],
        },
        "lines": [_line(each, number == liability.MONTHS) for number, each in enumerate(cohorts)],
        "endings": [
            Bar(f"{each.month:%m/%Y}", each.points, _with_worth(program, each.points))
            for each in report.endings
        ],
    }
    return render(request, "loyalty/liability.html", context)


@login_required
@permission_required("loyalty.view_program", raise_exception=True)
@require_POST
def liability_count(request: HttpRequest) -> HttpResponse:
    """Have a large ledger counted anew."""
    program = programs.current()
    if program and liability_reports.is_kept(program):
        _ask(request, program, timezone.now())
    return redirect("liability")


def _ask(request: HttpRequest, program: Program, at: datetime) -> None:
    if not liability_reports.ask(program, at):
        return
    try:
        tasks.count_open_points.apply_async((program.pk,), retry=False)
    except OperationalError:
        liability_reports.told_nobody(program)
        messages.error(request, _("It could not be begun, because the queue is away. Try again in a minute."))


def _figures(program: Program, now: liability.Open) -> list[Figure]:
    worth = liability.worth(program, now.points)
    money = formats.money(worth, _currency()) if worth is not None else "–"
    note = "" if worth is not None else _("Say in the settings what 100 points are worth.")
    link = "" if worth is not None else reverse("program_edit")
    return [
        Figure(_("Open points"), formats.number(now.points)),
        Figure(_("In money"), money, note=note, url=link),
        Figure(_("Cannot be spent yet"), formats.number(now.waiting), note=_("return window")),
        Figure(_("Owed by customers"), formats.number(now.owed), note=_("returned after spending")),
    ]


def _answer(now: liability.Open, cohorts: list[Cohort]) -> str:
    about = {"points": formats.number(now.points)}
    share = liability.breakage(cohorts).share
    if share is None:
        return (
            _("%(points)s points are open. How many end unspent shows once the first month is over for good.")
            % about
        )
    shown = about | {"share": formats.percent(share, 0)}
    return (
        _("%(points)s points are open. Of those from months that are over for good, %(share)s ended unspent.")
        % shown
    )


def _with_worth(program: Program, points: int) -> str:
    worth = liability.worth(program, points)
    shown = formats.number(points)
    return shown if worth is None else f"{shown} ({formats.money(worth, _currency())})"


def _currency() -> str:
    return Shop.current().currency or "EUR"


def _line(cohort: Cohort, older: bool) -> Line:
    """Spent, ended, returned and open as parts of one bar."""
    pieces, x = [], 0.0
    whole = max(cohort.granted, 1)
    parts = [
        ("spent", cohort.spent),
        ("ended", cohort.ended),
        ("taken", cohort.returned),
        ("open", cohort.open),
    ]
    for css, points in parts:
        width = round(100 * points / whole, 2)
        pieces.append(Piece(css, round(x, 2), width))
        x += width
    return Line(cohort, pieces, older)


@login_required
@permission_required("loyalty.view_program", raise_exception=True)
@require_safe
def liability_export(request: HttpRequest, part: str) -> HttpResponseBase:
    """One of PARTS as CSV, with plain figures."""
    program = programs.current()
    if part not in PARTS or program is None:
        raise Http404
    report = liability_reports.for_reader(program, timezone.now())
    if report is None:
        return redirect("liability")
    return csv.respond(f"points-{part}-{report.counted_at:%Y-%m-%d}", _rows(program, report, part))


def _rows(program: Program, report: Report, part: str) -> Iterator[list[Any]]:
    if part == "months":
        yield [_("Month"), _("earned"), _("spent"), _("ended unspent"), _("returned"), _("corrected")]
        yield from (list(flow) for flow in report.flows)
    elif part == "grants":
        yield [_("Month"), _("points given"), _("spent"), _("ended unspent"), _("returned"), _("open")]
        yield from (list(each) for each in report.cohorts)
    else:
        yield [_("Month"), _("points"), _("worth in minor units")]
        for each in report.endings:
            yield [each.month, each.points, liability.worth(program, each.points)]
