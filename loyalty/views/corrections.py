"""Corrections of points: those booked, those that wait for a second person, a new one, undoing one."""

from typing import Any, ClassVar, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages import confirm
from config.pages.columns import MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import access
from customers.models import Customer, User
from loyalty import corrections, programs, reversals
from loyalty.bookings import OtherBooking
from loyalty.corrections import Correction, NotAllowed
from loyalty.forms.corrections import CorrectionForm
from loyalty.models import AdjustmentRequest, Entry, Program
from loyalty.views import finding

REFUSED_SHOWN = 5


class CorrectionTable(ListTable):
    customer = tables.Column(gettext_lazy("Customer"), accessor="account__customer", orderable=False)
    points = NumberColumn(orderable=False)
    reason = tables.Column(orderable=False)
    actor = tables.Column(gettext_lazy("Booked by"), orderable=False)
    at = MomentColumn(order_by=("at", "pk"))
    back = tables.Column(gettext_lazy("Taken back"), empty_values=(), orderable=False)

    class Meta:
        model = Entry
        fields = ["customer", "points", "reason", "actor", "at", "back"]
        order_by = "-at"

    def render_customer(self, value: Customer) -> str:
        return access.name_for(cast(User, self.request.user), value)

    value_customer = render_customer

    def render_points(self, value: int) -> str:
        return f"{'+' if value > 0 else ''}{formats.number(value)}"

    def render_back(self, record: Any) -> str:
        if record.back:
            return _("yes")
        user = self.request.user
        if not (
            user.has_perm("loyalty.add_adjustmentrequest") or user.has_perm("loyalty.approve_adjustment")
        ):
            return "–"
        url = reverse("correction_reverse", args=[record.pk])
        return format_html('<a href="{}" data-dialog>{}</a>', url, _("Take back"))

    def value_back(self, record: Any) -> int:
        return record.back or 0


class CorrectionFilter(filters.FilterSet):  # type: ignore[misc]
    points = filters.ChoiceFilter(
        label=gettext_lazy("Direction"),
        choices=[("give", gettext_lazy("given")), ("take", gettext_lazy("taken"))],
        empty_label=gettext_lazy("any"),
        method="by_direction",
    )

    class Meta:
        model = Entry
        fields = ["points"]

    def by_direction(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        return rows.filter(points__gt=0) if value == "give" else rows.filter(points__lt=0)


class CorrectionList(ListPage):
    key = "corrections"
    title = gettext_lazy("Corrections")
    permission = "loyalty.view_adjustmentrequest"
    table_class = CorrectionTable
    filter_class = CorrectionFilter
    section: ClassVar[str] = "loyalty"
    template = "loyalty/corrections.html"

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "Points by hand, with a reason: for a parcel that was lost, or an order that was not counted."
        )
        return Empty(gettext_lazy("No corrections yet"), text, "scale", self.primary())

    def rows(self) -> QuerySet[Entry]:
        rows = Entry.objects.filter(kind=Entry.Kind.ADJUST, actor__isnull=False, program=programs.current())
        return rows.select_related("account__customer", "actor").annotate(back=Sum("reversals__points"))

    def row_url(self, record: Entry) -> str:
        may_see = self.request.user.has_perm("loyalty.view_entry")
        return reverse("points_statement", args=[record.account.customer_id]) if may_see else ""

    def primary(self) -> Action | None:
        may = self.request.user.has_perm("loyalty.add_adjustmentrequest") and programs.current()
        return Action(gettext_lazy("New correction"), reverse("correction_create"), "plus") if may else None

    def context(self) -> dict[str, Any]:
        asked = AdjustmentRequest.objects.select_related("account__customer", "maker", "checker")
        user = cast(User, self.request.user)
        waiting = asked.filter(state=AdjustmentRequest.State.WAITING).order_by("asked_at")
        refused = asked.filter(state=AdjustmentRequest.State.REFUSED).order_by("-decided_at")[:REFUSED_SHOWN]
        return super().context() | {
            "waiting": [_asked(each, user) for each in waiting],
            "refused": [_asked(each, user) for each in refused],
        }


def _asked(request: AdjustmentRequest, reader: User) -> dict[str, Any]:
    may = reader.has_perm("loyalty.approve_adjustment")
    return {
        "request": request,
        "name": access.name_for(reader, request.account.customer),
        "may_decide": may and request.maker_id != reader.pk,
        "is_own": request.maker_id == reader.pk,
    }


@login_required
@permission_required("loyalty.add_adjustmentrequest", raise_exception=True)
def correction_create(request: HttpRequest) -> HttpResponse:
    """First whose points, then what happens to them."""
    program, user = programs.current(), cast(User, request.user)
    if program is None:
        return redirect("program")
    person = finding.chosen(request, "customer")
    if person is None:
        return finding.ask(
            request, "customer", _("New correction"), reverse("correction_list"), _("Corrections")
        )
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        cleaned = form.cleaned_data
        wish = Correction(
            person.pk, form.signed(), cleaned["reason"], form.caller(), cleaned["counts_for_tier"]
        )
        try:
            return _book(request, program, wish, user)
        except NotAllowed as refusal:
            form.add_error("points", SAID[refusal.code])
    context = {
        "form": form,
        "title": _("New correction"),
        "back": reverse("correction_list"),
        "where": _("Corrections"),
        "button": _("Book the correction"),
        "note": finding.standing(program, person, user)
        + " "
        + _("Above %s points a second person has to confirm it.")
        % formats.number(program.second_person_above),
    }
    return render(request, "channels/set_up_edit.html", context)


def _book(request: HttpRequest, program: Program, wish: Correction, by: User) -> HttpResponse:
    try:
        made = corrections.adjust(program, wish, by, timezone.now())
    except OtherBooking:
        messages.error(request, finding.SENT_BEFORE)
        return redirect("points_statement", wish.customer_id)
    if isinstance(made, AdjustmentRequest):
        messages.warning(request, _("It waits until somebody else has confirmed it."))
        return redirect("correction_list")
    messages.success(request, _("The correction is booked."))
    return redirect("points_statement", wish.customer_id)


@login_required
@permission_required("loyalty.approve_adjustment", raise_exception=True)
def correction_decide(request: HttpRequest, request_id: int) -> HttpResponse:
    """GET asks, POST decides: verdict=book books it, everything else refuses it."""
    asked = get_object_or_404(
        AdjustmentRequest.objects.select_related("account__customer", "maker"), pk=request_id
    )
    user = cast(User, request.user)
    books_it = request.GET.get("verdict") == "book"
    if request.method != "POST":
        return _ask_to_decide(request, asked, user, books_it)
    try:
        corrections.decide(asked.pk, user, books_it, timezone.now())
    except NotAllowed as refusal:
        messages.error(request, SAID[refusal.code])
        return redirect("correction_list")
    if books_it:
        messages.success(request, _("The correction is booked."))
    else:
        messages.success(request, _("The correction is refused. Nothing was booked."))
    return redirect("correction_list")


def _ask_to_decide(
    request: HttpRequest, asked: AdjustmentRequest, user: User, books_it: bool
) -> HttpResponse:
    about = {
        "points": formats.number(asked.points),
        "name": access.name_for(user, asked.account.customer),
        "maker": asked.maker,
        "reason": asked.reason,
    }
    fault = SAID["maker"] if asked.maker_id == user.pk else ""
    if asked.state != AdjustmentRequest.State.WAITING:
        fault = SAID["decided"]
    return confirm.ask(
        request,
        _("Book this correction?") if books_it else _("Refuse this correction?"),
        _("%(points)s points for %(name)s, asked for by %(maker)s: %(reason)s") % about,
        _("Book it") if books_it else _("Refuse it"),
        reverse("correction_list"),
        danger=not books_it,
        fault=str(fault),
    )


SAID = {
    "maker": gettext_lazy("A large correction needs another pair of eyes: somebody else has to decide this."),
    "decided": gettext_lazy("Somebody has decided this already."),
    "tier": gettext_lazy(
        "These are more points that count for the tier than were ever earned. "
        "Take fewer, or without counting for the tier."
    ),
    "done": gettext_lazy("This correction was taken back already."),
    "amount": gettext_lazy("There are not that many points left of it."),
}


@login_required
def correction_reverse(request: HttpRequest, entry_id: int) -> HttpResponse:
    """GET asks, POST takes the correction back by a booking against it."""
    user = cast(User, request.user)
    if not (user.has_perm("loyalty.add_adjustmentrequest") or user.has_perm("loyalty.approve_adjustment")):
        raise PermissionDenied
    rows = Entry.objects.filter(kind=Entry.Kind.ADJUST, actor__isnull=False)
    entry = get_object_or_404(rows.select_related("account__customer", "program", "request"), pk=entry_id)
    if request.method == "POST":
        try:
            with transaction.atomic():
                reversals.take_back(entry.program, entry.pk, user, timezone.now())
        except NotAllowed as refusal:
            messages.error(request, SAID[refusal.code])
        else:
            messages.success(request, _("The correction is taken back."))
        return redirect("correction_list")
    fault = ""
    if reversals.is_large(entry.program, entry) and not reversals.may_take_back(entry, user):
        fault = str(SAID["maker"])
    if not corrections.left_to_take_back([entry.pk])[entry.pk]:
        fault = str(SAID["done"])
    about = {
        "points": formats.number(entry.points),
        "name": access.name_for(user, entry.account.customer),
        "reason": entry.reason,
    }
    return confirm.ask(
        request,
        _("Take this correction back?"),
        _("%(points)s points of %(name)s (%(reason)s). Given points that are spent already are owed then.")
        % about,
        _("Take back"),
        reverse("correction_list"),
        fault=fault,
    )
