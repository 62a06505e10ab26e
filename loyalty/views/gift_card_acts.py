"""What staff do with gift cards: issue, top up, pay back, block, make void."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from config import formats
from config.pages import confirm
from customers import audit
from customers.models import User
from loyalty.forms.gift_cards import BookingForm, IssueForm, ReasonForm
from loyalty.gift_cards import bookings, codes
from loyalty.gift_cards.bookings import Issue, Order, OtherBooking
from loyalty.gift_cards.refusals import Refused
from loyalty.models import GiftCard, GiftEntry
from loyalty.views.gift_cards import ADD, BOOK, about

SOURCE = "staff"


@login_required
@permission_required(ADD, raise_exception=True)
@never_cache
def gift_card_issue(request: HttpRequest) -> HttpResponse:
    """The answer to the POST shows the code, this once."""
    form = IssueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        card, text = _issue(form, cast(User, request.user))
        if not text:
            messages.warning(request, _("This card was issued already; its code is shown only once."))
            return redirect("gift_card", card.pk)
        return render(request, "loyalty/gift_card.html", about(request, card, codes.shown(text)))
    note = _(
        "Its code is shown once, when it is issued. It is good for three years from the end of this year."
    )
    return _form(request, form, _("Issue a gift card"), reverse("gift_card_list"), _("Issue"), note)


def _issue(form: IssueForm, by: User) -> tuple[GiftCard, str]:
    said, at = form.cleaned_data, timezone.now()
    order = _order(form, form.currency, by, store_id=said["store"].pk if said["store"] else None)
    accepted = [store.pk for store in said["accepted_in"]]
    card, text = bookings.issue(Issue(order, said["vat"], accepted, said["customer"]), at)
    if text:
        audit.record(by, "gift_card.issued", card, at, amount=order.amount, currency=order.currency)
    return card, text


@login_required
@permission_required(BOOK, raise_exception=True)
def gift_card_top_up(request: HttpRequest, card_id: int) -> HttpResponse:
    card = get_object_or_404(GiftCard, pk=card_id)
    form = BookingForm(request.POST or None, currency=card.currency)

    def book() -> None:
        order = _order(form, card.currency, cast(User, request.user))
        bookings.top_up(card.pk, order, timezone.now())

    return _book(
        request, form, card, book, _("Top up"), _("The money is put on the card; its last day stays.")
    )


@login_required
@permission_required(BOOK, raise_exception=True)
def gift_card_refund(request: HttpRequest, entry_id: int) -> HttpResponse:
    """A payment, or a part of it, comes back to the card."""
    paid = get_object_or_404(
        GiftEntry.objects.select_related("card"), pk=entry_id, kind=GiftEntry.Kind.CHARGE
    )
    card, left = paid.card, bookings.left_of(paid)
    digits = formats.major(left, card.currency)
    form = BookingForm(request.POST or None, currency=card.currency, initial={"amount": digits})

    def book() -> None:
        order = _order(form, card.currency, cast(User, request.user), order_key=paid.order_key)
        bookings.refund(paid.pk, order, timezone.now())

    note = _("%(left)s of this payment can come back to the card. That cannot be taken back; is it right?")
    said = note % {"left": formats.money(left, card.currency)}
    return _book(request, form, card, book, _("Pay back to the card"), said)


@login_required
@permission_required(BOOK, raise_exception=True)
def gift_card_void(request: HttpRequest, card_id: int) -> HttpResponse:
    card = get_object_or_404(GiftCard, pk=card_id)
    form = ReasonForm(request.POST or None)

    def book() -> None:
        said = form.cleaned_data
        by = cast(User, request.user)
        bookings.void(card.pk, by, said["reason"], SOURCE, str(said["key"]), timezone.now())

    note = _("The %(balance)s on it are gone, and it can never be used again. That cannot be taken back.")
    said = note % {"balance": formats.money(card.balance, card.currency)}
    return _book(request, form, card, book, _("Make void"), said, danger=True)


@login_required
@permission_required(BOOK, raise_exception=True)
def gift_card_block(request: HttpRequest, card_id: int) -> HttpResponse:
    """GET asks, POST does."""
    text = _("Nothing is paid with it until somebody unblocks it. The money stays on it.")
    return _switch(request, card_id, bookings.block, _("Block this gift card?"), text, _("Block"))


@login_required
@permission_required(BOOK, raise_exception=True)
def gift_card_unblock(request: HttpRequest, card_id: int) -> HttpResponse:
    text = _("Whoever has its code can pay with it again.")
    return _switch(request, card_id, bookings.unblock, _("Unblock this gift card?"), text, _("Unblock"))


# --- Inside ---


def _order(form: BookingForm, currency: str, by: User, **more: Any) -> Order:
    said = form.cleaned_data
    return Order(
        said["amount"], SOURCE, str(said["key"]), currency, actor_id=by.pk, reason=said["reason"], **more
    )


def _book(
    request: HttpRequest,
    form: forms.Form,
    card: GiftCard,
    book: Callable[[], None],
    button: str,
    note: str,
    *,
    danger: bool = False,
) -> HttpResponse:
    back = reverse("gift_card", args=[card.pk])
    if request.method == "POST" and form.is_valid():
        try:
            book()
        except Refused as why:
            form.add_error(None, why.sentence)
        except OtherBooking:
            form.add_error(None, _("This was booked already: go back to the card and look."))
        else:
            messages.success(request, _("Booked."))
            return redirect(back)
    return _form(request, form, f"{button}: … {card.last4}", back, button, note, danger=danger)


def _form(
    request: HttpRequest,
    form: forms.Form,
    title: str,
    back: str,
    button: str,
    note: str,
    *,
    danger: bool = False,
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "button": button, "note": note, "danger": danger}
    return render(request, "loyalty/gift_card_form.html", context)


def _switch(
    request: HttpRequest,
    card_id: int,
    act: Callable[[int, User, Any], bool],
    title: str,
    text: str,
    button: str,
) -> HttpResponse:
    card = get_object_or_404(GiftCard, pk=card_id)
    back = reverse("gift_card", args=[card.pk])
    if request.method == "POST":
        act(card.pk, cast(User, request.user), timezone.now())
        return redirect(back)
    return confirm.ask(request, title, text, button, back, danger=act is bookings.block)
