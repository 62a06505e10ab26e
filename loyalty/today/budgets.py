"""Budgets of coupons that are nearly gone, or gone."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
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
        found = budgets.alarming()[:SHOWN]
        if not found:
            return ""
        context = {
            "key": self.key,
            "title": _("Budgets of coupons"),
            "lines": [_line(each) for each in found],
        }
        return render_to_string("components/_today_lines.html", context, request)


def _line(budget: Budget) -> dict[str, Any]:
    left = max(budget.cap - budget.used, 0)
    money = {"left": formats.money(left, budget.currency), "cap": formats.money(budget.cap, budget.currency)}
    gone = left == 0
    return {
        "name": budget.name,
        "note": _("Tills and shops refuse its coupons.")
        if gone
        else _("%(left)s of %(cap)s are left.") % money,
        "badge": _("gone") if gone else _("nearly gone"),
        "tone": "bad" if gone else "wait",
        "url": reverse("budget", args=[budget.pk]),
        "button": _("Look at it"),
    }
