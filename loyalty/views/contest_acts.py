"""What is done with contests: each act asks or posts, and goes back to the contest's page."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.pages import confirm
from customers.models import User
from loyalty.contests import draws, running
from loyalty.contests.refusals import Refused
from loyalty.forms.contests import ReasonForm
from loyalty.models import Contest, ContestWinner
from loyalty.views.contests import CHANGE, DRAW, VIEW, reader


@login_required
@permission_required(CHANGE, raise_exception=True)
def contest_start(request: HttpRequest, contest_id: int) -> HttpResponse:
    """GET asks, POST does."""
    contest = get_object_or_404(Contest, pk=contest_id)
    if request.method == "POST":
        return _do(request, contest, running.start, _("It has started. Its rules stay as they are."))
    faults = running.faults(contest, timezone.now())
    return confirm.ask(
        request,
        _("Start “%(name)s”?") % {"name": contest.name},
        _(
            "From now on neither its rules nor its prizes can be changed. The seal of the draw is made and shown."
        ),
        _("Start the contest"),
        reverse("contest", args=[contest_id]),
        danger=False,
        fault=faults[0].sentence if faults else "",
    )


@login_required
@permission_required(CHANGE, raise_exception=True)
def contest_delete(request: HttpRequest, contest_id: int) -> HttpResponse:
    """GET asks, POST does."""
    contest = get_object_or_404(Contest, pk=contest_id)
    if request.method != "POST":
        question = _("The draft “%(name)s” is deleted with its prizes.") % {"name": contest.name}
        return confirm.ask(
            request, _("Delete this draft?"), question, _("Delete"), reverse("contest", args=[contest_id])
        )
    try:
        running.delete(contest_id, reader(request), timezone.now())
    except Refused as why:
        messages.error(request, why.sentence)
        return redirect("contest", contest_id)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": contest.name})
    return redirect("contest_list")


@login_required
@permission_required(CHANGE, raise_exception=True)
def contest_call_off(request: HttpRequest, contest_id: int) -> HttpResponse:
    """GET asks, POST does."""
    contest = get_object_or_404(Contest, pk=contest_id)
    if request.method == "POST":
        return _do(
            request, contest, running.call_off, _("It is called off. The codes of its prizes are free again.")
        )
    return confirm.ask(
        request,
        _("Call off “%(name)s”?") % {"name": contest.name},
        _("That can be done while nobody has taken part. Then nobody can any more."),
        _("Call it off"),
        reverse("contest", args=[contest_id]),
    )


@login_required
@permission_required(DRAW, raise_exception=True)
def contest_draw(request: HttpRequest, contest_id: int) -> HttpResponse:
    """GET asks, POST draws."""
    contest = get_object_or_404(Contest, pk=contest_id)
    if request.method == "POST":
        return _do(request, contest, draws.draw, _("The winners are drawn. Tell them."))
    closed = contest.state == Contest.State.CLOSED
    return confirm.ask(
        request,
        _("Draw the winners of “%(name)s”?") % {"name": contest.name},
        _(
            "It is drawn once and for all. The seed and the winners, without names, are shown to participants."
        ),
        _("Draw the winners"),
        reverse("contest", args=[contest_id]),
        danger=False,
        fault="" if closed else Refused("not_closed").sentence,
    )


@login_required
@permission_required(VIEW, raise_exception=True)
@require_POST
def contest_verify(request: HttpRequest, contest_id: int) -> HttpResponse:
    """Do the draw again, and say whether the same comes out."""
    contest = get_object_or_404(Contest, pk=contest_id, state=Contest.State.DRAWN)
    found = draws.verify(contest)
    if found.equal:
        messages.success(
            request, _("Equal: the same winners come out of %(n)s entries again.") % {"n": found.entries}
        )
    else:
        wrong = {
            _("the seed is not the one that was sealed"): found.seed_fits,
            _("the entries are not those that were drawn from"): found.entries_fit,
            _("the winners are not those that follow from seed and entries"): found.winners_fit,
        }
        reasons = ", ".join(words for words, fits in wrong.items() if not fits)
        messages.error(request, _("Not equal: %(reasons)s.") % {"reasons": reasons})
    return redirect("contest", contest_id)


@login_required
@permission_required(DRAW, raise_exception=True)
@require_POST
def winner_tell(request: HttpRequest, winner_id: int) -> HttpResponse:
    return _with_winner(request, winner_id, draws.tell, _("Noted: told."))


@login_required
@permission_required(DRAW, raise_exception=True)
@require_POST
def winner_claim(request: HttpRequest, winner_id: int) -> HttpResponse:
    return _with_winner(request, winner_id, draws.claim, _("Noted: the prize was claimed."))


@login_required
@permission_required(DRAW, raise_exception=True)
def winner_replace(request: HttpRequest, winner_id: int) -> HttpResponse:
    """GET asks for the reason, POST draws the next."""
    winner = _winner(winner_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]

        def act(number: int, by: User, at: datetime) -> Any:
            return draws.replace(number, reason, by, at)

        return _with_winner(request, winner_id, act, _("The next of the order has won this prize."))
    context = {
        "form": form,
        "title": _("Replace this winner?"),
        "back": reverse("contest", args=[winner.contest_id]),
        "where": winner.contest.name,
        "button": _("Draw the next"),
        "danger": True,
        "note": _("“%(prize)s” goes to the next of the order. A code that was given becomes void.")
        % {"prize": winner.prize},
    }
    return render(request, "channels/set_up_edit.html", context)


def _winner(winner_id: int) -> ContestWinner:
    return get_object_or_404(ContestWinner.objects.select_related("contest", "prize"), pk=winner_id)


def _with_winner(
    request: HttpRequest, winner_id: int, act: Callable[[int, User, datetime], Any], good: str
) -> HttpResponse:
    winner = _winner(winner_id)
    if winner.contest.state != Contest.State.DRAWN:
        raise Http404
    return _run(request, winner.contest_id, lambda by, at: act(winner_id, by, at), good)


def _do(
    request: HttpRequest, contest: Contest, act: Callable[[int, User, datetime], Any], good: str
) -> HttpResponse:
    return _run(request, contest.pk, lambda by, at: act(contest.pk, by, at), good)


def _run(
    request: HttpRequest, contest_id: int, act: Callable[[User, datetime], Any], good: str
) -> HttpResponse:
    try:
        act(reader(request), timezone.now())
    except Refused as why:
        messages.error(request, why.sentence)
    else:
        messages.success(request, good)
    return redirect("contest", contest_id)
