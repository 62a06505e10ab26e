"""Goodwill coupons: given, confirmed by a second person, shown to the customer."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import segno
from django.contrib.auth import authenticate
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from customers import access
from customers.models import User
from loyalty.coupons import windows
from loyalty.forms.till import ColleagueForm, GoodwillForm
from loyalty.models import GoodwillIssue, GoodwillReason, GoodwillRequest, Redemption, TillSettings
from loyalty.models.redemption import LIVE
from loyalty.till import allowances, goodwill, stores
from loyalty.till.goodwill import Wish
from loyalty.till.refusals import NotGiven
from loyalty.views.till.place import Place, at_the_till

SOURCE = "till"


@at_the_till
def till_goodwill(request: HttpRequest, place: Place, customer_id: int) -> HttpResponse:
    customer, at = place.customer(customer_id), timezone.now()
    data = request.POST if request.method == "POST" else None
    form = GoodwillForm(data, currency=stores.currency(), initial={"reference": uuid4()})
    context: dict[str, Any] = {
        "title": _("Goodwill coupon"),
        "place": place,
        "customer": customer,
        "form": form,
    }
    if form.is_valid():
        said = form.cleaned_data
        about = (
            said["reason"],
            said["note"].replace("\0", ""),
            said["amount"],
            SOURCE,
            str(said["reference"]),
        )
        try:
            given = goodwill.give(Wish(customer, place.store, *about), place.user, at)
        except NotGiven as why:
            context["fault"] = why.sentence
        else:
            waits = isinstance(given, GoodwillRequest)
            return redirect("till_request" if waits else "till_given", given.pk)
    context |= {
        "standing": allowances.standing(place.user, place.store, at),
        "threshold": TillSettings.current().second_person_above,
        "no_reasons": not GoodwillReason.objects.filter(active=True).exists(),
    }
    return render(request, "loyalty/till/goodwill.html", context, status=422 if "fault" in context else 200)


@at_the_till
def till_given(request: HttpRequest, place: Place, issue_id: int) -> HttpResponse:
    """The code as letters and as a picture that the customer photographs, with undo for five minutes."""
    rows = GoodwillIssue.objects.select_related("code__coupon", "customer", "reason", "approver")
    issue = get_object_or_404(rows, pk=issue_id, store=place.store)
    seen = access.customers_for(place.user).filter(pk=issue.customer_id).exists()
    undone = hasattr(issue, "returned")
    used = Redemption.objects.filter(code=issue.code_id, state__in=LIVE).exists()
    context = {
        "title": _("Goodwill coupon"),
        "place": place,
        "issue": issue,
        "customer": issue.customer if seen else None,
        "last_day": windows.last_day(issue.code),
        "undone": undone,
        "used": used,
        "picture": picture(issue.code.text),
        "can_undo": not undone and not used and timezone.now() <= issue.at + goodwill.UNDO_FOR,
    }
    return render(request, "loyalty/till/given.html", context)


def picture(text: str) -> str:
    """The code as QR, black on white whatever the theme: cameras want it so."""
    svg = segno.make_qr(text, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True
    )
    return mark_safe(svg)


@at_the_till
def till_request(request: HttpRequest, place: Place, request_id: int) -> HttpResponse:
    """What waits for a second person. She confirms it at this device with her password, or at her own."""
    waiting = _request(place, request_id)
    own = waiting.maker_id == place.user.pk
    act = request.POST.get("act", "")
    form = ColleagueForm(request.POST if act == "confirm" and own else None)
    context: dict[str, Any] = {
        "title": _("Second person"),
        "place": place,
        "wish": waiting,
        "own": own,
        "form": form,
    }
    if request.method == "POST":
        try:
            fault = _decide(request, place, waiting, form, timezone.now())
        except NotGiven as why:
            fault = why.sentence
        if not fault:
            return redirect("till_request", waiting.pk)
        context |= {"fault": fault, "wish": _request(place, request_id)}
    issue = GoodwillIssue.objects.filter(request=waiting).first()
    seen = access.customers_for(place.user).filter(pk=waiting.customer_id).exists()
    context |= {"issue": issue, "customer": waiting.customer if seen else None}
    return render(request, "loyalty/till/request.html", context, status=422 if "fault" in context else 200)


def _request(place: Place, request_id: int) -> GoodwillRequest:
    rows = GoodwillRequest.objects.select_related("maker", "checker", "customer", "reason", "store")
    return get_object_or_404(rows, pk=request_id, store=place.store)


def _decide(
    request: HttpRequest, place: Place, waiting: GoodwillRequest, form: ColleagueForm, at: datetime
) -> str:
    """Do what was pressed; empty, or why not."""
    act, own = request.POST.get("act"), waiting.maker_id == place.user.pk
    if act == "withdraw":
        goodwill.withdraw(waiting.pk, place.user, at)
    elif act in ("confirm", "refuse") and not own:
        goodwill.decide(waiting.pk, place.user, act == "confirm", at)
    elif act == "confirm":
        colleague = _colleague(request, form)
        if colleague is None:
            return _("E-mail and password do not fit together. Please check both.")
        goodwill.decide(waiting.pk, colleague, True, at)
    else:
        raise Http404
    return ""


def _colleague(request: HttpRequest, form: ColleagueForm) -> User | None:
    """Who this is by her password; wrong ones are counted and stopped as at the sign-in."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    return authenticate(request, username=said["email"].strip(), password=said["password"])
