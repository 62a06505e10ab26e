"""A new customer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from config import client
from customers import access
from loyalty.forms.till import SignUpForm
from loyalty.till import lookups, sign_ups
from loyalty.till.sign_ups import Signed
from loyalty.views.till.place import Place, at_the_till
from loyalty.views.till.words import wait


@at_the_till
def till_sign_up(request: HttpRequest, place: Place) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    start = _start(request.GET.get("q", "")) | {"language": (get_language() or "de").split("-")[0]}
    form = SignUpForm(data, country=place.store.country, initial=start)
    context = {"title": pgettext("till", "Sign up"), "place": place, "form": form}
    if form.is_valid():
        try:
            return _answer(request, place, form)
        except lookups.TooMany as many:
            context["fault"] = wait(many)
    return render(request, "loyalty/till/sign_up.html", context)


def _start(text: str) -> dict[str, str]:
    """What was looked for in vain, in the field where it belongs."""
    plain = text.strip()[:120]
    if "@" in plain:
        return {"email": plain}
    if any(symbol.isdigit() for symbol in plain):
        return {"phone": plain}
    first, _blank, last = plain.rpartition(" ")
    return {"first_name": first, "last_name": last}


def _answer(request: HttpRequest, place: Place, form: SignUpForm) -> HttpResponse:
    at = timezone.now()
    lookups.check(place.who, at)
    evidence = {"form": request.path, "ip": client.address(request) or "unknown", "staff": place.user.pk}
    signed = sign_ups.sign_up(form.said(), place.store, place.user, evidence, at)
    if signed.refused:
        messages.warning(request, _("The recommendation does not count: %s") % signed.refused)
    seen = access.customers_for(place.user).filter(pk=signed.customer.pk).exists()
    if not seen:
        # Whether somebody is a customer elsewhere can be tried out here: it counts as a guess.
        lookups.note_unknown(place.who, at)
        messages.info(
            request, _("She is a customer of another store. Her coupons can be redeemed here by their codes.")
        )
        return redirect("till")
    messages.success(request, _sentence(signed, bool(form.cleaned_data["topic"])))
    return redirect(f"{reverse('till')}?customer={signed.customer.pk}")


def _sentence(signed: Signed, asked: bool) -> str:
    said = _("She is signed up.") if signed.made else _("She is a customer already: here is her card.")
    return f"{said} {_('The mail with the link is on its way.')}" if asked else said
