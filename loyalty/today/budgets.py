"""Budgets of coupons that are nearly gone, or gone."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from config import formats
from config.pages.today import Panel, panels
from loyalty.coupons import budgets
from loyalty.models import Budget

SHOWN = 5


@panels.register
class Budgets(Panel):
    key = "budgets"
    order = 12
    permission = "loyalty.view_budget"

    def render(self, request: HttpRequest) -> str:
        today = timezone.localdate()
        found = budgets.alarming(today)[:SHOWN]
        if not found:
            return ""
        paused = budgets.paused(today)
        context = {
            "key": self.key,
            "title": _("Budgets of coupons"),
            "lines": [_line(each, each.pk in paused) for each in found],
        }
        return render_to_string("components/_today_lines.html", context, request)


def _line(budget: Budget, paused: bool) -> dict[str, Any]:
    left = max(budget.cap - budget.used, 0)
    money = {"left": formats.money(left, budget.currency), "cap": formats.money(budget.cap, budget.currency)}
    note, badge = _("%(left)s of %(cap)s are left.") % money, _("nearly gone")
    if left == 0:
        note, badge = _("Tills and shops refuse its coupons."), _("gone")
    elif paused:
        note, badge = _("Tills and shops refuse its coupons until its next period."), _("gone for now")
    return {
        "name": budget.name,
        "note": note,
        "badge": badge,
        "tone": "bad" if left == 0 or paused else "wait",
        "url": reverse("budget", args=[budget.pk]),
        "button": _("Look at it"),
    }
