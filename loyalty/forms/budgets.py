from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config import formats
from loyalty.forms.fields import CurrencyField, home_currency, minor
from loyalty.forms.money import MoneyField
from loyalty.models import Budget


class BudgetForm(forms.Form):
    """A budget; amounts in major units."""

    name = forms.CharField(label=_("Name"), max_length=80)
    currency = CurrencyField()
    cap = MoneyField(
        label=_("At most"),
        help_text=_("What all coupons of this budget may cost together. Reservations count."),
    )
    campaign = forms.CharField(label=_("Campaign"), required=False, max_length=80)
    cost_centre = forms.CharField(label=_("Cost centre"), required=False, max_length=40)
    period_cap = MoneyField(label=_("At most per period"), required=False)
    period = forms.ChoiceField(
        label=_("In each period"),
        required=False,
        choices=[("", _("no limit per period")), *Budget.Period.choices],
        help_text=_("All stores together, by the calendar of the order."),
    )
    store_cap = MoneyField(label=_("At most per store"), required=False)
    store_period = forms.ChoiceField(
        label=_("In each"),
        required=False,
        choices=[("", _("no limit per store")), *Budget.Period.choices],
        help_text=_(
            "By the calendar of the store. Orders without a store count as one more store. "
            "A new limit counts from now on."
        ),
    )

    def __init__(self, data: Mapping[str, Any] | None, budget: Budget) -> None:
        self.budget = budget
        super().__init__(data, initial=_initial(budget))
        if budget.pk is not None and budget.coupons.exists():
            self.fields["currency"].disabled = True
        if budget.store_period and budget.shares.exists():
            self.fields["store_period"].disabled = True
        if budget.period and budget.periods.exists():
            self.fields["period"].disabled = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        currency = data.get("currency") or "EUR"
        cap = minor(data.get("cap"), currency)
        if cap is not None and cap < self.budget.used:
            used = formats.money(self.budget.used, currency)
            self.add_error(
                "cap", _("%s of it are spent or reserved already: enter this amount or more.") % used
            )
        self._without_limit(data, "store_cap", "store_period")
        self._without_limit(data, "period_cap", "period")
        self._clean_store(data)
        self._clean_period(data)
        return data

    def _without_limit(self, data: dict[str, Any], cap: str, period: str) -> None:
        """Whoever empties a cap takes the limit away, also where its period cannot be changed."""
        if self.fields[period].disabled and data.get(cap) is None and cap not in self.errors:
            data[period] = ""

    def _clean_period(self, data: dict[str, Any]) -> None:
        if data.get("period") and data.get("period_cap") is None and "period_cap" not in self.errors:
            self.add_error("period_cap", _("Enter what may be spent in each, or choose no limit per period."))
        if data.get("period_cap") and not data.get("period"):
            self.add_error("period", _("Choose for how long this is meant: a day, week, month or year."))

    def _clean_store(self, data: dict[str, Any]) -> None:
        if data.get("store_period") and data.get("store_cap") is None and "store_cap" not in self.errors:
            self.add_error("store_cap", _("Enter what each store may spend, or choose no limit per store."))
        if data.get("store_cap") and not data.get("store_period"):
            self.add_error(
                "store_period", _("Choose for how long this is meant: a day, week, month or year.")
            )

    def filled(self) -> Budget:
        data, budget = self.cleaned_data, self.budget
        for name in ("name", "currency", "campaign", "cost_centre", "period", "store_period"):
            setattr(budget, name, data[name])
        budget.cap = minor(data["cap"], budget.currency) or 0
        budget.period_cap = minor(data["period_cap"], budget.currency)
        budget.store_cap = minor(data["store_cap"], budget.currency)
        return budget


def _initial(budget: Budget) -> dict[str, Any]:
    found = {
        name: getattr(budget, name) for name in ("name", "campaign", "cost_centre", "period", "store_period")
    }
    currency = budget.currency or home_currency()
    if budget.cap is not None:
        found["cap"] = formats.major(budget.cap, currency)
    if budget.period_cap is not None:
        found["period_cap"] = formats.major(budget.period_cap, currency)
    if budget.store_cap is not None:
        found["store_cap"] = formats.major(budget.store_cap, currency)
    return found | {"currency": currency}
