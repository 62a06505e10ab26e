"""Making and changing a coupon, with what it says in words beside it."""

from functools import partial
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customers import form_drafts
from customers.models import User
from customers.segments import phrases
from loyalty.coupons import setting_up, words
from loyalty.coupons.refusals import Refused
from loyalty.forms.coupons import CouponForm, blank
from loyalty.models import Coupon


@login_required
@permission_required("loyalty.add_coupon", raise_exception=True)
@form_drafts.keeps_draft
def coupon_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, blank(), _("New coupon"))


@login_required
@permission_required("loyalty.change_coupon", raise_exception=True)
@form_drafts.keeps_draft
def coupon_edit(request: HttpRequest, coupon_id: int) -> HttpResponse:
    coupon = get_object_or_404(Coupon.objects.select_related("offer"), pk=coupon_id)
    return _edit(request, coupon, coupon.name)


def _edit(request: HttpRequest, coupon: Coupon, title: str) -> HttpResponse:
    form = CouponForm(request.POST if request.method == "POST" else None, coupon)
    save = partial(_saved, form, cast(User, request.user))
    if request.method == "POST" and form.is_valid() and form_drafts.save(request, coupon, save):
        messages.success(request, _("Coupon “%s” saved.") % coupon.name)
        if unknown := [word for box in form.boxes for word in box.unknown()]:
            messages.warning(
                request,
                _("There is nothing here called %s, so the coupon does not apply to it: check the spelling.")
                % phrases.both([f"“{word}”" for word in unknown[:5]]),
            )
        return redirect("coupon", coupon.pk)
    context = {
        "form": form,
        "coupon": coupon,
        "title": title,
        "offer": words.coupon(coupon) if coupon.pk else "",
        "draft": form_drafts.shown(request, coupon),
    }
    return render(request, "loyalty/coupon_edit.html", context)


def _saved(form: CouponForm, by: User) -> Coupon | None:
    """As it was stored; a code that somebody else published a moment before is a fault at its field, and codes that
    went out a moment before are one of the form."""
    code = form.cleaned_data.get("code", "")
    try:
        return setting_up.save(form.filled(), code, by, timezone.now(), form.changed_data)
    except Refused:
        form.coupon.pk = None
        form.add_error(
            "code", _("There is a code like this already, maybe of another coupon. Enter another one.")
        )
        return None
    except setting_up.Frozen:
        form.add_error(
            None,
            _(
                "Somebody redeemed or leased a code meanwhile, so what it promises does not change any more. Open this "
                "page anew to change its name, days, total limit or cost centre."
            ),
        )
        return None


@login_required
@permission_required("loyalty.add_coupon", raise_exception=True)
@require_POST
def coupon_words(request: HttpRequest) -> HttpResponse:
    """The coupon as it is being filled in, in words, beside the builder."""
    number = request.POST.get("coupon", "")
    known = (
        Coupon.objects.select_related("offer").filter(pk=number)
        if number.isdecimal() and len(number) < 19
        else ()
    )
    form = CouponForm(request.POST, next(iter(known), None) or blank())
    said = words.coupon(form.filled()) if form.is_valid() else ""
    return render(request, "loyalty/_coupon_words.html", {"offer": said, "faults": not said})
