"""A customer asks staff for her data, or to be forgotten: by letter, at the till, on the phone."""

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from config.pages import confirm
from customers import access, audit, handing_out, privacy
from customers.models import Customer, Erasure, User
from customers.privacy import Asked

PERMISSION = "customers.handle_privacy"


@login_required
@permission_required(PERMISSION, raise_exception=True)
@transaction.atomic
def customer_data(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Everything that is kept about her, as a ZIP file."""
    reader = cast(User, request.user)
    person = get_object_or_404(access.customers_for(reader), pk=customer_id)
    at = timezone.now()
    audit.record(reader, "customer.handed_out", person, at)
    return HttpResponse(
        handing_out.archive(person.pk, person.language or get_language() or "en", at),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="customer-{person.pk}.zip"',
            "Cache-Control": "no-store",
        },
    )


@login_required
@permission_required(PERMISSION, raise_exception=True)
def customer_erase(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Asks twice: what is erased cannot be brought back."""
    reader = cast(User, request.user)
    person = get_object_or_404(access.customers_for(reader), pk=customer_id)
    sure = request.POST.get("sure")
    if request.method == "POST" and sure == "yes":
        return _erase(request, person, reader)
    return _ask_again(request, person, reader) if request.method == "POST" else _ask(request, person, reader)


def _erase(request: HttpRequest, person: Customer, reader: User) -> HttpResponse:
    at = timezone.now()
    privacy.erase(person.pk, Asked(Erasure.By.STAFF, at, reader), at)
    messages.success(
        request, _("Number %s is erased. The journal keeps when, by whom and how much.") % person.pk
    )
    return redirect("customer_list")


def _ask(request: HttpRequest, person: Customer, reader: User) -> HttpResponse:
    text = _(
        "Name, addresses, behaviour, carts and the evidence of consent are deleted, and nothing more is sent. "
        "Orders stay in the books without a name. A suppression of her address stays as a hash."
    )
    title = _("Erase %s") % access.name_for(reader, person)
    back = reverse("customer", args=[person.pk])
    return confirm.ask(request, title, text, _("Go on"), back, fields={"sure": ["ask"]})


def _ask_again(request: HttpRequest, person: Customer, reader: User) -> HttpResponse:
    text = _("Orders that lose their customer: %(orders)s. Nobody can take this back.") % {
        "orders": person.orders.count()
    }
    title = _("Really erase %s for good?") % access.name_for(reader, person)
    back = reverse("customer", args=[person.pk])
    return confirm.ask(request, title, text, _("Erase for good"), back, fields={"sure": ["yes"]})
