"""The report: the answer first, then the funnel, time, languages, and what it cannot tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from campaigns import plots
from campaigns.models import Campaign, Occurrence
from campaigns.reports import series, summary
from campaigns.reports.series import Point
from campaigns.reports.summary import BESIDE, FUNNEL, Summary
from campaigns.views import channel_counts, variant_counts
from campaigns.views.common import VIEW, get, run_of
from channels.messages.checks import language_name
from config import formats
from config.pages.parts import Figure, Text
from customers.models import Shop

LABELS: dict[str, Text] = {
    "audience": gettext_lazy("In the audience"),
    "sent": gettext_lazy("Sent"),
    "delivered": gettext_lazy("Delivered"),
    "seen": gettext_lazy("Seen in the shop"),
    "clicked": gettext_lazy("Clicked"),
    "dismissed": gettext_lazy("Closed in the shop"),
    "ordered": gettext_lazy("Ordered"),
    "opted_out": gettext_lazy("Opted out"),
    "complained": gettext_lazy("Complained as spam"),
    "failed": gettext_lazy("Bounced or refused"),
    "withheld": gettext_lazy("Not sent"),
    "unknown": gettext_lazy("Unknown"),
}


@dataclass(frozen=True)
class Stage:
    """A step of the funnel: its people, as a share of the audience and of the stage before."""

    label: Text
    number: int
    width: float
    note: str
    url: str


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_report(request: HttpRequest, campaign_id: int) -> HttpResponse:
    campaign, at = get(campaign_id), timezone.now()
    run = run_of(campaign)
    if run is None or run.started_at is None:
        return redirect("campaign", campaign.pk)
    found = summary.of(campaign, run, at)
    shop = Shop.current()
    currency = shop.currency or "EUR"
    points = series.points(run, min(at, _end(run, campaign, at)), shop.time_zone)
    context = {
        "campaign": campaign,
        "title": campaign.name,
        "run": run,
        "summary": found,
        "answer": answer(campaign, found, currency),
        "figures": tiles(campaign, found, currency, points),
        "stages": stages(campaign, found),
        "beside": [
            (LABELS[key], found.total(key), _people(campaign, key)) for key in BESIDE if found.total(key)
        ],
        "by_channel": channel_counts.reported(campaign, run, LABELS),
        "by_variant": variant_counts.reported(campaign, run, LABELS, currency),
        "languages": languages(campaign, found, currency),
        "plots": _plots(points),
        "points": [(_named(point.start, points), point) for point in points],
        "untracked": found.total("untracked"),
        "untracked_url": _people(campaign, "untracked"),
        "currency": currency,
    }
    return render(request, "campaigns/report.html", context)


def answer(campaign: Campaign, found: Summary, currency: str) -> str:
    """What came of it, in a sentence."""
    money, sent, days = found.whole, found.total("sent"), campaign.attribution_days
    within = ngettext("within %(days)s day after a click", "within %(days)s days after a click", days)
    within %= {"days": formats.number(days)}
    if not sent:
        return _("Nobody has got the message yet.")
    if not money.orders:
        sentence = ngettext(
            "Sent to %(sent)s person; no order %(within)s so far.",
            "Sent to %(sent)s people; no order %(within)s so far.",
            sent,
        )
        return sentence % {"sent": formats.number(sent), "within": within}
    sentence = ngettext(
        "Brought %(net)s from %(orders)s order %(within)s.",
        "Brought %(net)s from %(orders)s orders %(within)s.",
        money.orders,
    )
    net = formats.money(money.net, currency)
    return sentence % {"net": net, "orders": formats.number(money.orders), "within": within}


def tiles(campaign: Campaign, found: Summary, currency: str, points: Sequence[Point]) -> list[Figure]:
    """Each with its course since the beginning; the plots below say the same with axes."""
    orders = reverse("campaign_orders", args=[campaign.pk])
    money = found.whole
    back = formats.money(-money.refunded, currency)
    return [
        Figure(
            _("Revenue, net"),
            formats.money(money.net, currency),
            note=_("%(money)s refunded") % {"money": back} if money.refunded else "",
            spark=[point.revenue for point in points],
            url=orders,
        ),
        Figure(
            _("Orders"), formats.number(money.orders), spark=[point.orders for point in points], url=orders
        ),
        _tile(campaign, found, "clicked", [point.clicks for point in points]),
        _tile(campaign, found, "opted_out"),
    ]


def stages(campaign: Campaign, found: Summary) -> list[Stage]:
    """The funnel."""
    kept = _told(found)
    whole = max(1, found.total("audience"))
    drawn = []
    for place, key in enumerate(kept):
        number, before = found.total(key), found.total(kept[place - 1]) if place else 0
        note = formats.percent(number / before) if before else ""
        url = _people(campaign, key)
        drawn.append(Stage(LABELS[key], number, 100 * number / whole, note, url))
    return drawn


def _told(found: Summary) -> list[str]:
    """The steps; where the provider reports no deliveries, without that one."""
    return [key for key in FUNNEL if key != "delivered" or found.delivery_is_reported]


def languages(campaign: Campaign, found: Summary, currency: str) -> list[dict[str, Any]]:
    """A row per language, each figure with the address of its rows."""
    keys = [*_told(found), "opted_out"]
    orders = reverse("campaign_orders", args=[campaign.pk])
    return [
        {
            "label": language_name(code),
            "cells": [
                (LABELS[key], found.people[key].get(code, 0), _people(campaign, key, code)) for key in keys
            ],
            "net": formats.money(found.money[code].net if code in found.money else 0, currency),
            "orders_url": f"{orders}?{urlencode({'language': code})}",
        }
        for code in found.languages
    ]


def _tile(campaign: Campaign, found: Summary, figure: str, spark: Sequence[float] = ()) -> Figure:
    share = formats.percent(found.share(figure))
    note = _("%(share)s of those sent") % {"share": share}
    return Figure(
        LABELS[figure],
        formats.number(found.total(figure)),
        note=note,
        spark=spark,
        url=_people(campaign, figure),
    )


def _plots(points: Sequence[Point]) -> list[dict[str, Any]]:
    if len(points) < 2:
        return []
    names = [_named(point.start, points) for point in points]
    drawn = []
    for title, unit, values in (
        (_("Clicks over time"), _("clicks"), [point.clicks for point in points]),
        (_("Orders over time"), _("orders"), [point.orders for point in points]),
    ):
        written = [formats.number(value) for value in values]
        drawn.append({"title": title, "unit": unit, "plot": plots.over_time(values, names, written)})
    return drawn


def _named(start: datetime, points: Sequence[Point]) -> str:
    """A step's name: the day, or the hour while the steps are hours, with its weekday where there are several."""
    hourly = len(points) > 1 and points[1].start - points[0].start <= timedelta(hours=1)
    if not hourly:
        return formats.day(start.date())
    several = points[0].start.date() != points[-1].start.date()
    return f"{WEEKDAYS_ABBR[start.weekday()]} {start:%H:%M}" if several else f"{start:%H:%M}"


def _end(run: Occurrence, campaign: Campaign, at: datetime) -> datetime:
    """The plot ends where hardly anything can come any more: two windows after the start."""
    return (run.started_at or at) + 2 * timedelta(days=campaign.attribution_days)


def _people(campaign: Campaign, figure: str, language: str = "") -> str:
    query = {"figure": figure} | ({"language": language} if language else {})
    return reverse("campaign_people", args=[campaign.pk]) + f"?{urlencode(query)}"
