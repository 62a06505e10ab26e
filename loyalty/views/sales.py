"""Private sales for staff: the list, the builder, and a sale's own page."""

from typing import cast
from zoneinfo import ZoneInfo

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import IntegrityError
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDay
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config import formats
from config.forms import KEY_ERRORS
from config.pages import confirm
from config.pages.columns import BadgeColumn, MomentColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty, Figure, Tone
from config.pages.tables import ListTable
from customers import form_drafts
from customers.models import Shop, User
from loyalty.forms.sales import SaleForm
from loyalty.models import AccessGrant, Sale
from loyalty.sales import running
from loyalty.sales.refusals import Refused

VIEW, ADD, CHANGE = (f"loyalty.{act}_sale" for act in ("view", "add", "change"))
TONES: dict[str, Tone] = {"draft": "calm", "open": "good", "stopped": "bad"}


def reader(request: HttpRequest) -> User:
    return cast(User, request.user)


class SaleTable(ListTable):
    name = tables.Column(verbose_name=gettext_lazy("Name"))
    state = BadgeColumn(verbose_name=gettext_lazy("State"), tones=TONES)
    ends_at = MomentColumn(verbose_name=gettext_lazy("Ends"))
    admitted = NumberColumn(verbose_name=gettext_lazy("Admitted"))
    quota = NumberColumn(verbose_name=gettext_lazy("At most"))

    class Meta:
        model = Sale
        fields = ["name", "state", "ends_at", "admitted", "quota"]
        order_by = "-ends_at"


class SaleFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"), choices=Sale.State.choices, empty_label=gettext_lazy("any")
    )

    class Meta:
        model = Sale
        fields = ["state"]


class SaleList(ListPage):
    key = "sales"
    title = gettext_lazy("Private sales")
    permission = VIEW
    section = "coupons"
    table_class = SaleTable
    filter_class = SaleFilter
    search_help = gettext_lazy("Name or key")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No private sale yet"),
            gettext_lazy("In a private sale chosen customers may buy before all others."),
            "lock-open",
            self.primary(),
        )

    def rows(self) -> QuerySet[Sale]:
        return Sale.objects.all()

    def search(self, rows: QuerySet[Sale], text: str) -> QuerySet[Sale]:
        return rows.filter(Q(name__icontains=text) | Q(key__icontains=text))

    def row_url(self, record: Sale) -> str:
        return reverse("sale", args=[record.pk])

    def primary(self) -> Action | None:
        if not self.request.user.has_perm(ADD):
            return None
        return Action(gettext_lazy("New private sale"), reverse("sale_create"), "plus")


@login_required
@permission_required(ADD, raise_exception=True)
@form_drafts.keeps_draft
def sale_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Sale(time_zone=Shop.current().time_zone))


@login_required
@permission_required(CHANGE, raise_exception=True)
@form_drafts.keeps_draft
def sale_edit(request: HttpRequest, sale_id: int) -> HttpResponse:
    sale = get_object_or_404(Sale, pk=sale_id)
    if sale.state != Sale.State.DRAFT:
        messages.error(request, Refused("started").sentence)
        return redirect("sale", sale_id)
    return _edit(request, sale)


def _edit(request: HttpRequest, sale: Sale) -> HttpResponse:
    form = SaleForm(request.POST or None, instance=sale)
    if request.method == "POST" and form.is_valid():
        try:
            saved = form_drafts.save(
                request,
                sale,
                lambda: running.save(form.save(commit=False), form.waves(), reader(request), timezone.now()),
            )
        except Refused as why:
            messages.error(request, why.sentence)
            return redirect("sale", sale.pk)
        except IntegrityError:  # somebody took the key at this very moment
            form.add_error("key", KEY_ERRORS["unique"])
            saved = None
        if saved is not None:
            messages.success(request, _("The sale is saved as a draft. It starts when somebody starts it."))
            return redirect("sale", saved.pk)
    back = reverse("sale", args=[sale.pk]) if sale.pk else reverse("sale_list")
    title = _("Change private sale") if sale.pk else _("New private sale")
    draft = form_drafts.shown(request, sale)
    context = {"form": form, "title": title, "back": back, "draft": draft}
    return render(request, "loyalty/sale_edit.html", context)


@login_required
@permission_required(VIEW, raise_exception=True)
def sale_page(request: HttpRequest, sale_id: int) -> HttpResponse:
    sale, at = get_object_or_404(Sale, pk=sale_id), timezone.now()
    over = sale.state == Sale.State.OPEN and sale.ends_at <= at
    waves = sale.waves.select_related("segment", "tier").order_by("opens_at", "position")
    waves = waves.annotate(  # which drops the order of the model
        granted=Count("grants"),
        came=Count("grants", filter=Q(grants__admitted_at__isnull=False)),
        bought=Count("grants", filter=Q(grants__bought_at__isnull=False)),
    )
    days = _days(sale)
    context = {
        "sale": sale,
        "title": sale.name,
        "state": _("over") if over else sale.get_state_display(),
        "tone": "calm" if over else TONES[sale.state],
        "over": over,
        "figures": _figures(sale),
        "waves": [(wave, wave.opens_at <= at) for wave in waves],
        "faults": running.faults(sale, at) if sale.state == Sale.State.DRAFT else [],
        "days": [on for on, _count in days],
        "series": {_("Admitted"): [count for _on, count in days]},
    }
    return render(request, "loyalty/sale.html", context)


def _figures(sale: Sale) -> list[Figure]:
    if sale.state == Sale.State.DRAFT:
        return []
    counts = AccessGrant.objects.filter(sale=sale).aggregate(
        all=Count("pk"), seen=Count("seen_at"), bought=Count("bought_at")
    )
    note = _("of %(quota)s") % {"quota": formats.number(sale.quota)} if sale.quota else ""
    full = sale.quota is not None and sale.admitted >= sale.quota
    return [
        Figure(_("May enter"), formats.number(counts["all"])),
        Figure(_("Asked"), formats.number(counts["seen"])),
        Figure(_("Admitted"), formats.number(sale.admitted), note=note, tone="wait" if full else "calm"),
        Figure(_("Bought"), formats.number(counts["bought"])),
    ]


def _days(sale: Sale) -> list[tuple[object, int]]:
    """Admitted per local day."""
    rows = AccessGrant.objects.filter(sale=sale, admitted_at__isnull=False)
    by_day = rows.annotate(on=TruncDay("admitted_at", tzinfo=ZoneInfo(sale.time_zone))).order_by("on")
    return [(on.date(), number) for on, number in by_day.values_list("on").annotate(Count("pk"))]


# --- Acts ---


@login_required
@permission_required(CHANGE, raise_exception=True)
def sale_start(request: HttpRequest, sale_id: int) -> HttpResponse:
    """GET asks, POST does."""
    sale = get_object_or_404(Sale, pk=sale_id)
    if request.method == "POST":
        try:
            running.start(sale_id, reader(request), timezone.now())
            messages.success(request, _("It has started: each wave opens at its time."))
        except Refused as why:
            messages.error(request, why.sentence)
        return redirect("sale", sale_id)
    faults = running.faults(sale, timezone.now())
    return confirm.ask(
        request,
        _("Start “%(name)s”?") % {"name": sale.name},
        _("Its waves stay as they are, and each opens at its time. Nobody is written to by this."),
        _("Start the sale"),
        reverse("sale", args=[sale_id]),
        danger=False,
        fault=faults[0].sentence if faults else "",
    )


@login_required
@permission_required(CHANGE, raise_exception=True)
def sale_stop(request: HttpRequest, sale_id: int) -> HttpResponse:
    """GET asks, POST does."""
    sale = get_object_or_404(Sale, pk=sale_id)
    if request.method == "POST":
        try:
            running.stop(sale_id, reader(request), timezone.now())
            messages.warning(request, _("It is stopped: nobody is let in any more."))
        except Refused as why:
            messages.error(request, why.sentence)
        return redirect("sale", sale_id)
    return confirm.ask(
        request,
        _("Stop “%(name)s”?") % {"name": sale.name},
        _("Nobody is let in any more, at once, also those who were admitted. It cannot be started again."),
        _("Stop the sale"),
        reverse("sale", args=[sale_id]),
        fault="" if sale.state == Sale.State.OPEN else Refused("not_open").sentence,
    )


@login_required
@permission_required(CHANGE, raise_exception=True)
def sale_delete(request: HttpRequest, sale_id: int) -> HttpResponse:
    """GET asks, POST does."""
    sale = get_object_or_404(Sale, pk=sale_id)
    if request.method != "POST":
        question = _("The draft “%(name)s” is deleted with its waves.") % {"name": sale.name}
        return confirm.ask(
            request, _("Delete this draft?"), question, _("Delete"), reverse("sale", args=[sale_id])
        )
    try:
        running.delete(sale_id, reader(request), timezone.now())
    except Refused as why:
        messages.error(request, why.sentence)
        return redirect("sale", sale_id)
    messages.success(request, _("The draft “%(name)s” is deleted.") % {"name": sale.name})
    return redirect("sale_list")
