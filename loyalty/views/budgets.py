"""Budgets: how much is left, how fast it goes, and what each store has used."""

from datetime import date, timedelta
from typing import Any, cast

import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from config import formats
from config.pages.columns import MoneyColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Bar, Empty, Figure
from config.pages.tables import ListTable
from customers import audit
from customers.models import Shop, User
from loyalty.coupons import budgets, words
from loyalty.forms.budgets import BudgetForm
from loyalty.models import Budget

DAYS = 120
PARTS = ("period_cap", "period", "store_cap", "store_period")


class BudgetTable(ListTable):
    name = tables.Column()
    campaign = tables.Column(orderable=False)
    cost_centre = tables.Column(orderable=False)
    cap = MoneyColumn()
    used = MoneyColumn()
    share = tables.Column(
        verbose_name=gettext_lazy("Share"), empty_values=(), orderable=False, attrs={"td": {"class": "num"}}
    )

    def render_share(self, record: Budget) -> str:
        return formats.percent(record.used / record.cap if record.cap else 1, 0)

    value_share = render_share


class BudgetList(ListPage):
    key = "budgets"
    title = gettext_lazy("Budgets")
    permission = "loyalty.view_budget"
    section = "coupons"
    table_class = BudgetTable
    search_help = gettext_lazy("Name, campaign or cost centre")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No budget yet"),
            gettext_lazy(
                "A budget is what coupons may cost together. When it is gone, tills and shops refuse them."
            ),
            "coin",
            self.primary(),
        )

    def rows(self) -> QuerySet[Budget]:
        return Budget.objects.order_by("name")

    def search(self, rows: QuerySet[Budget], text: str) -> QuerySet[Budget]:
        return rows.filter(
            Q(name__icontains=text) | Q(campaign__icontains=text) | Q(cost_centre__icontains=text)
        )

    def row_url(self, record: Budget) -> str:
        return reverse("budget", args=[record.pk])

    def primary(self) -> Action | None:
        add = Action(gettext_lazy("New budget"), reverse("budget_create"), "plus")
        return add if self.request.user.has_perm("loyalty.add_budget") else None


@login_required
@permission_required("loyalty.view_budget", raise_exception=True)
@require_safe
def budget_page(request: HttpRequest, budget_id: int) -> HttpResponse:
    budget, at = get_object_or_404(Budget, pk=budget_id), timezone.now()
    standing, today = budgets.standings([budget], at)[budget.pk], timezone.localdate(at)
    days, left = _burn_down(budget, today, standing.reserved)
    shares = budgets.shares(budget, today)
    context = {
        "budget": budget,
        "title": budget.name,
        "figures": _figures(budget, standing),
        "answer": _answer(budget, standing),
        "gone": budget.used >= budget.cap,
        "nearly": budget.used * 100 >= budget.cap * budgets.NEARLY_GONE,
        "days": days,
        "series": {
            _("Left"): left,
            _("At most"): [float(formats.major(budget.cap, budget.currency))] * len(days),
        },
        "spent_now": budgets.spent_now(budget, today),
        "shares": [_bar(budget, share) for share in shares],
        "coupons": [(each, words.coupon(each)) for each in budget.coupons.select_related("offer")[:50]],
    }
    return render(request, "loyalty/budget.html", context)


def _figures(budget: Budget, standing: budgets.Standing) -> list[Figure]:
    def money(amount: float) -> str:
        return formats.money(round(amount), budget.currency)

    share = formats.percent(budget.used / budget.cap if budget.cap else 1, 0)
    return [
        Figure(_("Left"), money(budget.cap - budget.used), note=_("of %s") % money(budget.cap)),
        Figure(
            _("Redeemed"), money(standing.redeemed), note=_("%s of the budget with what is reserved") % share
        ),
        Figure(_("Reserved"), money(standing.reserved), note=_("for orders that are not paid yet")),
        Figure(_("Per day"), money(standing.per_day), note=_("on average of four weeks")),
    ]


def _answer(budget: Budget, standing: budgets.Standing) -> str:
    if budget.used >= budget.cap:
        return _("The budget is gone: tills and shops refuse its coupons. Raise it, or let the coupons end.")
    if standing.empty_on is None:
        return _("Nothing was redeemed in the last four weeks: at this pace the budget lasts.")
    return _("At the pace of the last four weeks it lasts until about %s.") % formats.day(standing.empty_on)


def _burn_down(budget: Budget, today: date, reserved: int) -> tuple[list[date], list[float]]:
    """What was left at the end of each of the last days, in major units, reckoned back from what is left now."""
    since = today - timedelta(days=DAYS - 1)
    spent = budgets.daily(budget, since, Shop.current().time_zone)
    days = [since + timedelta(days=number) for number in range(DAYS)]
    left, found = budget.cap - budget.used + reserved, []
    for day in reversed(days):
        found.append(float(formats.major(left, budget.currency)))
        left += spent.get(day, 0)
    return days, found[::-1]


def _bar(budget: Budget, share: Any) -> Bar:
    used, cap = (formats.money(amount, budget.currency) for amount in (share.used, share.cap))
    label = share.store.name if share.store else _("no store")
    return Bar(label, share.used, _("%(used)s of %(cap)s") % {"used": used, "cap": cap})


@login_required
@permission_required("loyalty.add_budget", raise_exception=True)
def budget_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, Budget(), _("New budget"), reverse("budget_list"))


@login_required
@permission_required("loyalty.change_budget", raise_exception=True)
def budget_edit(request: HttpRequest, budget_id: int) -> HttpResponse:
    budget = get_object_or_404(Budget, pk=budget_id)
    return _edit(request, budget, budget.name, reverse("budget", args=[budget.pk]))


def _edit(request: HttpRequest, budget: Budget, title: str, back: str) -> HttpResponse:
    form = BudgetForm(request.POST or None, budget)
    if request.method == "POST" and form.is_valid():
        if _saved(form, cast(User, request.user)):
            messages.success(request, _("Budget “%s” saved.") % budget.name)
            return redirect("budget", budget.pk)
        form.add_error(
            "cap", _("Meanwhile more was spent than that. Open this page anew and enter a higher amount.")
        )
    context = {"form": form, "title": title, "back": back, "where": _("Budgets")}
    return render(request, "loyalty/form.html", context)


@transaction.atomic
def _saved(form: BudgetForm, by: User) -> bool:
    """Stored but for what bookings keep; False where more has been spent since the page was checked."""
    budget, at = form.filled(), timezone.now()
    added = budget.pk is None
    if added:
        budget.save()
    else:
        period = budgets.hold(budget)
        names = ("name", "currency", "cap", "campaign", "cost_centre", *PARTS)
        changed = {name: getattr(budget, name) for name in names}
        if not Budget.objects.filter(pk=budget.pk, used__lte=budget.cap).update(**changed):
            return False
        if budget.period and budget.period != period:
            budgets.count_so_far(budget, timezone.localdate(at))
        budgets.recap(budget, timezone.localdate(at))
    audit.record(
        by, "budget.added" if added else "budget.changed", budget, at, fields=sorted(form.changed_data)
    )
    return True
