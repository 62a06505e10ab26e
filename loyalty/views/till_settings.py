"""Settings of the till: how much goodwill who may give, why, and what was given of it this month."""

from datetime import date, datetime
from typing import Any, cast

import django_filters as filters
import django_tables2 as tables
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.pages import confirm
from config.pages.columns import MoneyColumn, NumberColumn
from config.pages.listing import ListPage
from config.pages.parts import Action, Empty
from config.pages.tables import ListTable
from customers import audit
from customers.models import User
from loyalty.forms.till_settings import AllowanceRuleForm, GoodwillReasonForm, TillSettingsForm
from loyalty.models import Allowance, AllowanceRule, GoodwillReason, TillSettings
from loyalty.till import outcomes, stores

CHANGE = "loyalty.change_tillsettings"


@login_required
@permission_required(CHANGE, raise_exception=True)
def till_settings(request: HttpRequest) -> HttpResponse:
    currency = stores.currency()
    form = TillSettingsForm(request.POST or None, instance=TillSettings.current(), currency=currency)
    if request.method == "POST" and form.is_valid():
        _save(form, "till_settings.changed", cast(User, request.user), timezone.now())
        messages.success(request, _("Saved."))
        return redirect("till_settings")
    rules = AllowanceRule.objects.select_related("user", "store")
    context = {
        "title": _("Till"),
        "form": form,
        "currency": currency,
        "rules": sorted(rules, key=lambda rule: (bool(rule.user_id), bool(rule.store_id), str(rule))),
        "reasons": GoodwillReason.objects.all(),
    }
    return render(request, "loyalty/till_settings.html", context)


@transaction.atomic
def _save(form: "ModelForm[Any]", action: str, by: User, at: datetime) -> None:
    saved: Model = form.save()
    audit.record(by, action, saved, at, fields=sorted(form.changed_data))


@login_required
@permission_required(CHANGE, raise_exception=True)
def allowance_rule(request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
    rule = get_object_or_404(AllowanceRule, pk=rule_id) if rule_id else AllowanceRule()
    form = AllowanceRuleForm(request.POST or None, instance=rule, currency=stores.currency())
    if request.method == "POST" and form.is_valid():
        action = "allowance_rule.changed" if rule_id else "allowance_rule.added"
        _save(form, action, cast(User, request.user), timezone.now())
        messages.success(request, _("Saved. It holds from the next goodwill coupon on."))
        return redirect("till_settings")
    return _edit(request, form, _("Allowance"))


@login_required
@permission_required(CHANGE, raise_exception=True)
def allowance_rule_delete(request: HttpRequest, rule_id: int) -> HttpResponse:
    rule, back = get_object_or_404(AllowanceRule, pk=rule_id), reverse("till_settings")
    if request.method != "POST":
        text = _("Who it was for falls under the next rule that fits, or may give nothing any more.")
        return confirm.ask(request, _("Delete this allowance?"), text, _("Delete"), back)
    with transaction.atomic():
        audit.record(cast(User, request.user), "allowance_rule.deleted", rule, timezone.now())
        rule.delete()
    messages.success(request, _("The allowance is deleted."))
    return redirect(back)


@login_required
@permission_required(CHANGE, raise_exception=True)
def goodwill_reason(request: HttpRequest, reason_id: int | None = None) -> HttpResponse:
    reason = get_object_or_404(GoodwillReason, pk=reason_id) if reason_id else GoodwillReason()
    form = GoodwillReasonForm(request.POST or None, instance=reason)
    if request.method == "POST" and form.is_valid():
        action = "goodwill_reason.changed" if reason_id else "goodwill_reason.added"
        _save(form, action, cast(User, request.user), timezone.now())
        return redirect("till_settings")
    return _edit(request, form, _("Reason"))


def _edit(request: HttpRequest, form: "ModelForm[Any]", title: str) -> HttpResponse:
    context = {"form": form, "title": title, "back": reverse("till_settings"), "where": _("Till")}
    return render(request, "channels/set_up_edit.html", context)


class MonthColumn(tables.Column):  # type: ignore[misc]
    def render(self, value: date) -> str:
        return f"{value:%m/%Y}"


class AllowanceTable(ListTable):
    month = MonthColumn()
    user = tables.Column(order_by=("user__last_name", "user__email"))
    store = tables.Column(order_by=("store__name",))
    given = NumberColumn(verbose_name=gettext_lazy("Coupons"), orderable=False)
    worth = MoneyColumn(verbose_name=gettext_lazy("given"), orderable=False)
    money_left = MoneyColumn(verbose_name=gettext_lazy("still left"), orderable=False)
    redeemed = NumberColumn(verbose_name=gettext_lazy("redeemed"), orderable=False)
    unused = NumberColumn(verbose_name=gettext_lazy("expired"), orderable=False)
    buyers = NumberColumn(verbose_name=gettext_lazy("came back"), orderable=False)
    revenue = MoneyColumn(verbose_name=gettext_lazy("Revenue"), orderable=False)

    class Meta:
        model = Allowance
        fields = [
            *("month", "user", "store", "given", "worth", "money_left"),
            *("redeemed", "unused", "buyers", "revenue"),
        ]
        order_by = "-month"


class AllowanceFilter(filters.FilterSet):  # type: ignore[misc]
    store = filters.ModelChoiceFilter(
        queryset=lambda request: stores.of(request.user), empty_label=gettext_lazy("any")
    )
    month = filters.ChoiceFilter(
        choices=lambda: [
            (str(each), f"{each:%m/%Y}")
            for each in Allowance.objects.order_by("-month").values_list("month", flat=True).distinct()
        ],
        empty_label=gettext_lazy("any"),
    )

    class Meta:
        model = Allowance
        fields = ["month", "store"]


class AllowanceList(ListPage):
    """What each person has given away in each store and month, and what became of it."""

    key = "allowances"
    title = gettext_lazy("Goodwill given")
    permission = "loyalty.view_allowance"
    table_class = AllowanceTable
    filter_class = AllowanceFilter
    search_help = gettext_lazy("Person or store")

    @property
    def empty(self) -> Empty:  # type: ignore[override]
        return Empty(
            gettext_lazy("No goodwill yet"),
            gettext_lazy("What staff give away at the till counts here, by person, store and month."),
            "mood-sad",
            Action(gettext_lazy("Set allowances"), reverse("till_settings"), "settings"),
        )

    def rows(self) -> QuerySet[Allowance]:
        return outcomes.told(Allowance.objects.select_related("user", "store"))

    def search(self, rows: QuerySet[Allowance], text: str) -> QuerySet[Allowance]:
        names = ("user__first_name", "user__last_name", "user__email", "store__name")
        match = Q()
        for name in names:
            match |= Q(**{f"{name}__icontains": text})
        return rows.filter(match)

    def menu(self) -> list[Action]:
        return [Action(gettext_lazy("Set allowances"), reverse("till_settings"), "settings")]
