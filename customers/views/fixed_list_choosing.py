"""Bulk action of lists of customers: put those who were chosen, or all that were found, on a fixed list."""

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from config.pages.listing import BulkAction, chosen
from config.pages.paging import Matches
from customers import fixed_lists
from customers.fixed_lists import Refused, adding
from customers.forms.fixed_lists import ChooseForm
from customers.models import Customer, FixedList, User


def add_to_list(request: HttpRequest, rows: QuerySet[Customer]) -> HttpResponse | None:
    """Ask which list, then add."""
    form = ChooseForm(request.POST if "asked" in request.POST else None)
    if form.is_valid() and _is_added(request, form, rows):
        return None
    matches = Matches(rows)
    if not matches.keys:
        messages.warning(request, _("Nobody is chosen. Tick the box of at least one row."))
        return None
    context: dict[str, Any] = {
        "form": form,
        "title": ADD_TO_LIST.label,
        "people": matches.number,
        "hidden": [(name, value) for name, values in chosen(request).items() for value in values],
    }
    return render(request, "customers/fixed_lists/choose.html", context)


def _is_added(request: HttpRequest, form: ChooseForm, rows: QuerySet[Customer]) -> bool:
    """False where the form says why not; then no list has been made."""
    user, at = cast(User, request.user), timezone.now()
    try:
        with transaction.atomic():
            onto = form.cleaned_data["fixed_list"] or fixed_lists.create(form.cleaned_data["name"], user, at)
            found, added = adding.add_found(onto, rows, user, at)
    except Refused as refused:
        form.add_error("fixed_list" if form.cleaned_data["fixed_list"] else "name", refused.sentence)
        return False
    messages.success(request, _told(onto, found, added))
    return True


def _told(onto: FixedList, found: int, added: int) -> str:
    sentence = ngettext(
        "%(n)s person added to the list “%(name)s”.", "%(n)s people added to the list “%(name)s”.", added
    )
    told = sentence % {"n": formats.number(added), "name": onto.name}
    if found == added:
        return told
    already = ngettext("%(n)s was on it before.", "%(n)s were on it before.", found - added)
    return f"{told} {already % {'n': formats.number(found - added)}}"


ADD_TO_LIST = BulkAction(
    "add_to_list",
    gettext_lazy("Add to a fixed list"),
    add_to_list,
    "list",
    permission="customers.change_segment",
)
