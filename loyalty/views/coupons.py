"""Coupons: the list, and a coupon's own page."""

from datetime import datetime
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config import clocks, formats
from config.pages import confirm
from config.pages.columns import DayColumn, MoneyColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Bar, Empty, Figure
from config.pages.tables import ListTable
from customers.models import User
from loyalty.coupons import figures, quotes, setting_up, words
from loyalty.coupons.redemptions import Wish
from loyalty.coupons.refusals import Refused
from loyalty.forms.trying import TryForm
from loyalty.models import Coupon, Redemption

LATEST = 10
STATES = {
    "runs": gettext_lazy("runs"),
    "waits": gettext_lazy("begins later"),
    "used_up": gettext_lazy("used up"),
    "ended": gettext_lazy("ended"),
    "paused": gettext_lazy("paused"),
}
GIVEN = (
    Redemption.objects.filter(coupon=OuterRef("pk"), state="redeemed")
    .order_by()
    .values("coupon")
    .annotate(sum=Sum("amount"))
    .values("sum")
)


class CouponTable(ListTable):
    name = tables.Column()
    offer = tables.Column(verbose_name=gettext_lazy("What it gives"), orderable=False, empty_values=())
    state = tables.Column(verbose_name=gettext_lazy("State"), orderable=False, empty_values=())
    used = NumberColumn(verbose_name=gettext_lazy("Redeemed"))
    given = MoneyColumn(verbose_name=gettext_lazy("Money given"), currency="offer.currency", orderable=False)
    ends_on = DayColumn(verbose_name=gettext_lazy("Ends"))

    def render_offer(self, record: Coupon) -> str:
        return words.coupon(record)

    value_offer = render_offer

    def render_state(self, record: Coupon) -> str:
        state = words.state(record, timezone.now())
        return render_to_string("components/_badge.html", {"label": state.label, "tone": state.tone})

    def value_state(self, record: Coupon) -> str:
        return words.state(record, timezone.now()).label

    def render_used(self, record: Coupon) -> str:
        used = formats.number(record.used)
        return used if record.total_limit is None else f"{used} / {formats.number(record.total_limit)}"

    def value_used(self, record: Coupon) -> int:
        return record.used


class CouponFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=list(STATES.items()),
        empty_label=gettext_lazy("any"),
        method="in_state",
    )
    kind = filters.ChoiceFilter(
        label=gettext_lazy("Codes"), choices=Coupon.Kind.choices, empty_label=gettext_lazy("any")
    )

    def in_state(self, rows: QuerySet[Coupon], name: str, value: str) -> QuerySet[Coupon]:
        """As words.state() tells them apart."""
        at = timezone.now()
        full = Q(total_limit__isnull=False, used__gte=F("total_limit"))
        begun = Q(valid_from=None) | Q(valid_from__lte=at)
        lasts = Q(active=True) & (Q(valid_until=None) | Q(valid_until__gt=at))
        tests = {
            "paused": Q(active=False),
            "ended": Q(active=True, valid_until__lte=at),
            "used_up": lasts & full,
            "waits": lasts & Q(valid_from__gt=at) & ~full,
            "runs": lasts & begun & ~full,
        }
        return rows.filter(tests[value])


class CouponList(ListPage):
    key = "coupons"
    title = gettext_lazy("Coupons")
    permission = "loyalty.view_coupon"
    section = "coupons"
    table_class = CouponTable
    filter_class = CouponFilter
    search_help = gettext_lazy("Name")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No coupon yet"),
            gettext_lazy(
                "A coupon takes something off a purchase: with one code for all, or a code for each."
            ),
            "ticket",
            self.primary(),
        )

    def rows(self) -> QuerySet[Coupon]:
        return Coupon.objects.select_related("offer").annotate(given=Subquery(GIVEN)).order_by("-pk")

    def search(self, rows: QuerySet[Coupon], text: str) -> QuerySet[Coupon]:
        return rows.filter(name__icontains=text)

    def row_url(self, record: Coupon) -> str:
        return reverse("coupon", args=[record.pk])

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("New coupon"), reverse("coupon_create"), "plus")
        return add if self.request.user.has_perm("loyalty.add_coupon") else None


@login_required
@permission_required("loyalty.view_coupon", raise_exception=True)
@require_safe
def coupon_page(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """What it gives, what it has brought, who redeemed last, and a box to try a code."""
    made, at = _coupon(coupon_id), timezone.now()
    days = figures.daily(made, at)
    context = {
        "coupon": made,
        "title": made.name,
        "state": words.state(made, at),
        "offer": words.coupon(made),
        "frozen": setting_up.frozen(made),
        "figures": _figures(made, days),
        "days": [each.day for each in days],
        "series": {_("Redemptions"): [each.redeemed for each in days]},
        "stores": _bars(figures.by_store(made), made, _("no store")),
        "sources": _bars(figures.by_source(made), made, "–"),
        "latest": _latest(made),
        "batches": made.batches.order_by("-pk")[:LATEST],
    }
    if request.user.has_perm("loyalty.view_couponcode"):
        context |= _of_codes(request, made)
    return render(request, "loyalty/coupon.html", context)


def _coupon(coupon_id: int) -> Coupon:
    return get_object_or_404(Coupon.objects.select_related("offer", "budget"), pk=coupon_id)


def _figures(coupon: Coupon, days: list[figures.Day]) -> list[Figure]:
    sums, currency = figures.sums(coupon), coupon.offer.currency
    limit = coupon.total_limit
    note = "" if limit is None else _("of %s at most") % formats.number(limit)
    redeemed = figures.weekly([each.redeemed for each in days])
    given = figures.weekly([each.given for each in days])
    average = formats.money(round(sums.given / sums.redeemed), currency) if sums.redeemed else "–"
    return [
        Figure(_("Redeemed"), formats.number(sums.redeemed), note=note, spark=redeemed),
        Figure(
            _("Money given"),
            formats.money(sums.given, currency),
            note=_("weeks of three months"),
            spark=given,
        ),
        Figure(_("On average"), average, note=_("per redemption")),
        Figure(_("Reserved"), formats.number(sums.reserved), note=_("for orders that are not paid yet")),
    ]


def _bars(parts: list[figures.Part], coupon: Coupon, unnamed: str) -> list[Bar]:
    currency = coupon.offer.currency
    return [Bar(each.label or unnamed, each.given, formats.money(each.given, currency)) for each in parts]


def _latest(coupon: Coupon) -> QuerySet[Redemption]:
    rows = Redemption.objects.filter(coupon=coupon).select_related("code", "store", "customer")
    return rows.order_by("-at", "-pk")[:LATEST]


def _of_codes(request: HttpRequest, coupon: Coupon) -> dict[str, Any]:
    generic = coupon.kind == Coupon.Kind.GENERIC
    code = coupon.codes.order_by("pk").first() if generic else None
    first = {"code": code.label if code else "", "lines": ""}
    return {
        "code": code,
        "codes": None if generic else figures.codes(coupon),
        "try": TryForm(None, cast(User, request.user), coupon.offer.currency, initial=first),
    }


@login_required
@permission_required("loyalty.view_couponcode", raise_exception=True)
@require_safe
def coupon_try(request: HttpRequest, coupon_id: int) -> HttpResponse:
    """What a code would take off a basket now, booking nothing: as part of the coupon's page or as a page."""
    made, at, reader = _coupon(coupon_id), timezone.now(), cast(User, request.user)
    form = TryForm(request.GET or None, reader, made.offer.currency)
    context: dict[str, Any] = {"coupon": made, "try": form, "title": _("Try a code")}
    if form.is_valid():
        context |= _tried(form, made, at)
    name = "_coupon_try" if request.headers.get("HX-Request") else "coupon_try"
    return render(request, f"loyalty/{name}.html", context)


def _tried(form: TryForm, coupon: Coupon, at: datetime) -> dict[str, Any]:
    basket = form.basket(clocks.local_day(at, coupon.time_zone))
    customer = form.cleaned_data.get("customer")
    wish = Wish(form.cleaned_data["code"], basket, "", "staff", "", customer_id=customer)
    try:
        quote = quotes.quote(wish, at)
    except Refused as refused:
        return {"refused": refused}
    except ValueError:
        return {"damaged": True}
    amounts = {"off": quote.amount, "total": basket.total, "left": basket.total - quote.amount}
    said = {name: formats.money(amount, basket.currency) for name, amount in amounts.items()}
    return {"said": said, "other": quote.code.coupon if quote.code.coupon_id != coupon.pk else None}


@login_required
@permission_required("loyalty.change_coupon", raise_exception=True)
def coupon_pause(request: HttpRequest, coupon_id: int) -> HttpResponse:
    made = _coupon(coupon_id)
    back = reverse("coupon", args=[made.pk])
    if request.method == "POST":
        setting_up.switch(made, False, cast(User, request.user), timezone.now())
        messages.warning(request, _("“%s” is paused: none of its codes can be redeemed.") % made.name)
        return redirect(back)
    title = _("Pause “%s”?") % made.name
    text = _(
        "Tills and shops refuse its codes at once, also those that customers have already. It can go on later."
    )
    return confirm.ask(request, title, text, _("Pause"), back)


@login_required
@permission_required("loyalty.change_coupon", raise_exception=True)
@require_POST
def coupon_resume(request: HttpRequest, coupon_id: int) -> HttpResponse:
    made = _coupon(coupon_id)
    setting_up.switch(made, True, cast(User, request.user), timezone.now())
    messages.success(request, _("“%s” goes on.") % made.name)
    return redirect("coupon", made.pk)
