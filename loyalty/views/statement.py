"""All bookings of one customer's points, and passing some on to another."""

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.pages.columns import DayColumn, MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure
from config.pages.tables import ListTable
from customers import access, merging
from customers.models import Customer, User
from loyalty import corrections, ledger, programs, statements
from loyalty.bookings import OtherBooking
from loyalty.forms.corrections import TransferForm
from loyalty.models import Entry, Program
from loyalty.views import finding


class StatementTable(ListTable):
    at = MomentColumn(order_by=("at", "pk"))
    what = tables.Column(gettext_lazy("What for"), empty_values=(), orderable=False)
    points = NumberColumn(orderable=False)
    left = NumberColumn(verbose_name=gettext_lazy("Left of it"), accessor="lot__remaining", orderable=False)
    ready = DayColumn(
        verbose_name=gettext_lazy("Can be spent from"), accessor="lot__available_from", orderable=False
    )
    ends = tables.Column(gettext_lazy("Last day"), accessor="lot__expires_at", orderable=False)
    version = NumberColumn(
        verbose_name=gettext_lazy("Version of the rules"), accessor="terms__version", orderable=False
    )
    actor = tables.Column(gettext_lazy("Booked by"), orderable=False)

    class Meta:
        model = Entry
        fields = ["at", "what", "points", "left", "ready", "ends", "version", "actor"]
        order_by = "-at"

    def render_what(self, record: Entry) -> str:
        return statements.words(record)

    value_what = render_what

    def render_ends(self, value: datetime, record: Entry) -> str:
        return statements.last_day(value, record.program.time_zone)

    def value_ends(self, value: datetime) -> datetime:
        return value

    def render_points(self, value: int) -> str:
        return f"{'+' if value > 0 else ''}{formats.number(value)}"


class StatementFilter(filters.FilterSet):  # type: ignore[misc]
    kind = filters.ChoiceFilter(choices=Entry.Kind.choices, empty_label=gettext_lazy("any"))
    since = filters.DateFilter(field_name="at", lookup_expr="date__gte", label=gettext_lazy("Since"))
    until = filters.DateFilter(field_name="at", lookup_expr="date__lte", label=gettext_lazy("Until"))

    class Meta:
        model = Entry
        fields = ["kind"]


class Statement(ListPage):
    key = "points"
    permission = "loyalty.view_entry"
    table_class = StatementTable
    filter_class = StatementFilter
    template: ClassVar[str] = "loyalty/statement.html"

    @cached_property
    def person(self) -> Customer:
        seen = access.customers_for(cast(User, self.request.user))
        return get_object_or_404(seen, pk=merging.follow(self.kwargs["customer_id"]))

    @cached_property
    def name(self) -> str:
        return access.name_for(cast(User, self.request.user), self.person)

    @property
    def title(self) -> str:  # type: ignore[override]
        return _("Points of %(name)s") % {"name": self.name}

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        text = gettext_lazy(
            "Here stands each booking: what it was for, what is left of it, and when it ends."
        )
        return Empty(gettext_lazy("No points yet"), text, "coin", self.primary())

    def rows(self) -> QuerySet[Entry]:
        rows = Entry.objects.filter(account__customer=self.person.pk)
        return rows.select_related("order", "rule", "terms", "actor", "store", "lot", "reverses", "program")

    def primary(self) -> Action | None:
        if not self._may_correct():
            return None
        url = f"{reverse('correction_create')}?customer={self.person.pk}"
        return Action(gettext_lazy("Correct points"), url, "scale")

    def menu(self) -> list[Action]:
        if not self._may_correct():
            return []
        url = reverse("points_transfer", args=[self.person.pk])
        return [Action(gettext_lazy("Pass points on"), url, "repeat")]

    def _may_correct(self) -> bool:
        may = self.request.user.has_perm("loyalty.add_adjustmentrequest")
        return may and programs.current() is not None

    def figures(self) -> list[Figure]:
        program = programs.current()
        if program is None:
            return []
        now = ledger.standing(program, [self.person.pk], timezone.now())[self.person.pk]
        note = _("until %s") % statements.last_day(now.next_end, program.time_zone) if now.next_end else ""
        return [
            Figure(_("Can be spent"), formats.number(now.free)),
            Figure(_("Wait for the return window"), formats.number(now.waiting)),
            Figure(_("End within 30 days"), formats.number(now.ending), note=note if now.ending else ""),
            Figure(
                _("Owed"), formats.number(now.owed), note=_("paid by the next points") if now.owed else ""
            ),
        ]

    def context(self) -> dict[str, Any]:
        return super().context() | {"person": self.person, "name": self.name}


@login_required
@permission_required("loyalty.add_adjustmentrequest", raise_exception=True)
def points_transfer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """First to whom, then how many and why. Large ones are for those who confirm corrections."""
    program, user = programs.current(), cast(User, request.user)
    giver = access.customers_for(user).filter(pk=customer_id).first()
    if program is None or giver is None:
        raise Http404
    back = reverse("points_statement", args=[giver.pk])
    name = access.name_for(user, giver)
    taker = finding.chosen(request, "to")
    if taker is None or taker.pk == giver.pk:
        lead = _("Who is to have points of %(name)s? They keep the day on which they end.") % {"name": name}
        return finding.ask(request, "to", _("Pass points on"), back, name, lead, giver.pk)
    form = TransferForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _fits(form, program.second_person_above, user):
        booked = _pass_on(request, form, program, giver, taker)
        if booked:
            return redirect("points_statement", giver.pk)
        form.add_error("points", _("There are not that many points that can be spent."))
    context = {
        "form": form,
        "title": _("Pass points on to %(name)s") % {"name": access.name_for(user, taker)},
        "back": back,
        "where": name,
        "button": _("Pass points on"),
        "note": finding.standing(program, giver, user),
    }
    return render(request, "channels/set_up_edit.html", context)


def _fits(form: TransferForm, most: int, user: User) -> bool:
    if form.cleaned_data["points"] <= most or user.has_perm("loyalty.approve_adjustment"):
        return True
    form.add_error(
        "points",
        _("More than %s points only somebody may pass on who confirms corrections.") % formats.number(most),
    )
    return False


def _pass_on(
    request: HttpRequest, form: TransferForm, program: Program, giver: Customer, taker: Customer
) -> bool:
    """Whether it was booked, or cannot be said twice; else there were not enough points."""
    user, cleaned = cast(User, request.user), form.cleaned_data
    try:
        booked = corrections.transfer(
            program,
            giver.pk,
            taker.pk,
            cleaned["points"],
            form.caller(),
            timezone.now(),
            user,
            cleaned["reason"],
        )
    except OtherBooking:
        messages.error(request, finding.SENT_BEFORE)
        return True
    if booked.done:
        messages.success(request, _("The points are passed on."))
    return booked.done
