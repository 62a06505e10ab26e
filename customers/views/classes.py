"""The RFM classes: how many customers are in each, what they brought, and what they are expected to bring."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from config.pages.parts import Bar, Empty, Figure
from customers.models import ForecastBasis, RfmClass, Shop

MEANINGS = {
    RfmClass.CHAMPIONS: gettext_lazy("Ordered just now, often and for much. Thank them, let them in first."),
    RfmClass.LOYAL: gettext_lazy("Order regularly. Offer what goes with it, ask for reviews."),
    RfmClass.PROMISING: gettext_lazy("Came back once or more, not long ago. Build the habit."),
    RfmClass.NEW: gettext_lazy("One order so far, not long ago. Welcome them to a second one."),
    RfmClass.NEEDS_ATTENTION: gettext_lazy("Neither recent nor long gone. A reason to come by helps now."),
    RfmClass.AT_RISK: gettext_lazy("Used to order more and have not for a while. Ask what is wrong."),
    RfmClass.CANT_LOSE: gettext_lazy("Among the best, and away for long. Worth a personal word."),
    RfmClass.HIBERNATING: gettext_lazy("Few orders, the last a while ago. Write seldom."),
    RfmClass.LOST: gettext_lazy("Few orders, the last long ago. Leave them in peace, or try once more."),
}
EMPTY = Empty(
    gettext_lazy("No classes yet"),
    gettext_lazy(
        "Customers are sorted by how recently, how often and for how much they ordered. It takes 25 customers with"
        " orders; the classes are there within an hour of them, and for large shops the next morning."
    ),
    "users-group",
)
SLIPPING = (RfmClass.AT_RISK, RfmClass.CANT_LOSE)


@dataclass(frozen=True)
class Row:
    """A class as the page shows it."""

    label: str
    meaning: str
    customers: int
    share: float
    revenue: int
    value: int | None
    list_url: str
    segment_url: str


@login_required
@permission_required("customers.view_segment", raise_exception=True)
def rfm_classes(request: HttpRequest) -> HttpResponse:
    basis = ForecastBasis.objects.filter(pk=1).exclude(at=None).first() or ForecastBasis()
    currency = Shop.current().currency or "EUR"
    found = rows(basis)
    context = {
        "basis": basis,
        "currency": currency,
        "rows": found,
        "bars": [Bar(row.label, row.customers, formats.number(row.customers), row.list_url) for row in found],
        "figures": figures(basis, currency) if found else [],
        "empty": EMPTY,
        "answer": answer(basis, currency) if found else "",
        "may_make": request.user.has_perm("customers.add_segment"),
    }
    return render(request, "customers/rfm_classes.html", context)


def rows(basis: ForecastBasis) -> list[Row]:
    """Best first; nothing where there are no classes."""
    told: dict[str, dict[str, Any]] = basis.classes
    everybody = sum(each["customers"] for each in told.values())
    if not everybody:
        return []
    return [
        Row(
            str(each.label),
            str(MEANINGS[each]),
            told[each]["customers"],
            told[each]["customers"] / everybody,
            told[each]["revenue"],
            told[each]["value"],
            f"{reverse('customer_list')}?{urlencode({'rfm_class': each.value})}",
            f"{reverse('segment_create')}?{urlencode({'condition': 'rfm_class', 'classes': each.value})}",
        )
        for each in RfmClass
        if each in told
    ]


def figures(basis: ForecastBasis, currency: str) -> list[Figure]:
    again = basis.repeat_buyers / basis.customers
    shown = [
        Figure(_("Customers with orders"), formats.number(basis.customers)),
        Figure(_("Ordered again"), formats.number(basis.repeat_buyers), note=formats.percent(again, 0)),
    ]
    if not basis.lacks:
        value = sum(each["value"] for each in basis.classes.values())
        shown.append(
            Figure(_("Expected value"), formats.money(value, currency), note=_("in the next 12 months"))
        )
    return shown


def answer(basis: ForecastBasis, currency: str) -> str:
    """What the page says in one sentence."""
    slipping = [basis.classes[each] for each in SLIPPING]
    people = sum(each["customers"] for each in slipping)
    money = formats.money(sum(each["revenue"] for each in slipping), currency)
    return ngettext(
        "%(people)s good customer is slipping away, who has brought %(money)s so far.",
        "%(people)s good customers are slipping away, who have brought %(money)s so far.",
        people,
    ) % {"people": formats.number(people), "money": money}
