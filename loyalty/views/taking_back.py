"""A redemption is taken back, after asking."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import formats
from customers.models import User
from loyalty.coupons import taking_back
from loyalty.coupons.refusals import Refused
from loyalty.forms.coupons import TakeBackForm
from loyalty.models import Redemption


@login_required
@permission_required("loyalty.change_coupon", raise_exception=True)
def redemption_take_back(request: HttpRequest, redemption_id: int) -> HttpResponse:
    row = get_object_or_404(Redemption.objects.select_related("coupon", "code"), pk=redemption_id)
    back = reverse("coupon", args=[row.coupon_id])
    form = TakeBackForm(request.POST or None)
    if row.state != Redemption.State.REDEEMED:
        reserved = row.state == Redemption.State.RESERVED
        messages.info(request, Refused("reserved" if reserved else "taken_back").sentence)
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        return _take_back(request, row, form, back)
    context = {
        "form": form,
        "title": _("Take back this redemption?"),
        "note": _note(row),
        "where": row.coupon.name,
        "back": back,
        "button": _("Take this back"),
    }
    return render(request, "loyalty/form.html", context)


def _take_back(request: HttpRequest, row: Redemption, form: TakeBackForm, back: str) -> HttpResponse:
    try:
        taking_back.take_back(row, cast(User, request.user), form.cleaned_data["reason"], timezone.now())
        messages.success(request, _done(row))
    except Refused as refused:  # somebody was quicker
        messages.info(request, refused.sentence)
    return redirect(back)


def _why_not_again(row: Redemption) -> str:
    try:
        taking_back.check_again(row, timezone.now())
    except Refused as refused:
        return refused.sentence
    return ""


def _done(row: Redemption) -> str:
    if why := _why_not_again(row):
        return _("Taken back. %(code)s cannot be used again: %(why)s") % {"code": row.code.label, "why": why}
    return _("Taken back: %s can be used again.") % row.code.label


def _note(row: Redemption) -> str:
    about = {"sum": formats.money(row.amount, row.currency), "order": row.order_key, "code": row.code.label}
    took = _("%(code)s has taken %(sum)s off the order “%(order)s”.") % about
    if why := _why_not_again(row):
        then = _(
            "Taken back, limit and budget get back what it took; it cannot be used again: %s "
            "What the customer has paid does not change by that: settle it with her."
        )
        return f"{took} {then % why}"
    then = _(
        "Taken back, it can be used again, and limit and budget get back what it took. "
        "What the customer has paid does not change by that: settle it with her."
    )
    return f"{took} {then}"
