"""Redeeming a coupon: look what it takes off, then redeem, then perhaps undo."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from config import formats
from customers import access
from customers.models import Customer
from loyalty.coupons import quotes, redemptions
from loyalty.coupons.refusals import UNKNOWN, Refused
from loyalty.forms.till import RedeemForm
from loyalty.models import CouponCode, Redemption
from loyalty.models.redemption import LIVE
from loyalty.till import lookups, sales, stores
from loyalty.till.sales import Sale
from loyalty.views.till.place import Place, at_the_till
from loyalty.views.till.words import wait


@at_the_till
def till_redeem(request: HttpRequest, place: Place) -> HttpResponse:
    """GET code=, customer= fill the form. POST looks what it takes off; with act=redeem it is done."""
    data = request.POST if request.method == "POST" else None
    text = (data or request.GET).get("code", "")
    code, fault = _code(place, text)
    narrowed = sales.narrowed_to(code.coupon.offer) if code else []
    start = {"code": text[:60], "customer": request.GET.get("customer"), "reference": uuid4()}
    form = RedeemForm(data, currency=stores.currency(), narrowed=narrowed, initial=start)
    context: dict[str, Any] = {"title": _("Redeem a coupon"), "place": place, "form": form, "fault": fault}
    customer = _customer(place, (data or request.GET).get("customer", ""))
    if code and form.is_valid():
        answer = _do(request, place, code, form, customer)
        if isinstance(answer, HttpResponse):
            return answer
        context |= answer
    context |= {"code": code, "customer": customer}
    return render(
        request, "loyalty/till/redeem.html", context, status=422 if data and context["fault"] else 200
    )


def _code(place: Place, text: str) -> tuple[CouponCode | None, str]:
    """The code, or why there is none."""
    if not text.strip():
        return None, ""
    try:
        code = lookups.code_of(text, place.who, timezone.now())
    except lookups.TooMany as many:
        return None, wait(many)
    return code, "" if code else Refused(UNKNOWN).sentence + " " + _("Type it once more, or scan it.")


def _customer(place: Place, number: str) -> Customer | None:
    if not number.isdecimal() or len(number) > 18:
        return None
    return access.customers_for(place.user).filter(pk=int(number)).first()


def _do(
    request: HttpRequest, place: Place, code: CouponCode, form: RedeemForm, customer: Customer | None
) -> HttpResponse | dict[str, Any]:
    at, sale = timezone.now(), _sale(place, form, customer)
    wish = sales.wish(code, sale, place.user, at)
    # A hand scanner ends with Enter, which presses the button of what was shown for another code or sum.
    asked = f"{code.pk} {sale.amount} {sale.covered}"
    context: dict[str, Any] = {}
    if spent := sales.spent(code, wish):
        sale = replace(sale, reference=str(uuid4()))
        wish = sales.wish(code, sale, place.user, at)
        context = {"spent": spent, "undone": spent.state not in LIVE, "again": sale.reference}
    try:
        if not spent and request.POST.get("act") == "redeem" and request.POST.get("shown", asked) == asked:
            return redirect("till_done", redemptions.redeem(wish, at).pk)
        worth = formats.money(quotes.quote(wish, at).amount, wish.basket.currency)
        return context | {"takes_off": worth, "shown": asked}
    except redemptions.OtherRedemption:  # sent twice at the same moment
        return {"fault": _("This form was sent before with another code or sum. Begin anew.")}
    except Refused as refused:
        used = sales.used(code) if refused.code == "used" else None
        return context | {"fault": refused.sentence, "used": used}


def _sale(place: Place, form: RedeemForm, customer: Customer | None) -> Sale:
    said = form.cleaned_data
    return Sale(
        place.store,
        said["amount"],
        said.get("covered"),
        said["receipt"].strip(),
        str(said["reference"]),
        customer.pk if customer else None,
    )


@at_the_till
def till_done(request: HttpRequest, place: Place, redemption_id: int) -> HttpResponse:
    """What was taken off, for the cashier to key in, with undo for five minutes."""
    rows = Redemption.objects.select_related("coupon", "code", "customer")
    row = get_object_or_404(rows, pk=redemption_id, store=place.store)
    context = {
        "title": _("Redeemed"),
        "place": place,
        "row": row,
        "live": row.state in LIVE,
        "can_undo": timezone.now() <= row.at + sales.UNDO_FOR,
        "customer": _customer(place, str(row.customer_id or "")),
    }
    return render(request, "loyalty/till/done.html", context)
