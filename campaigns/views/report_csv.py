"""A report's figures as CSV, a line per language or per variant."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns.models import Campaign, Occurrence
from campaigns.reports import figures, summary
from campaigns.reports.figures import Money
from campaigns.reports.summary import BESIDE, FUNNEL
from campaigns.views.common import VIEW, get, run_of
from campaigns.views.report import LABELS
from channels.messages import variants
from config import formats
from config.pages import csv
from config.pages.signals import list_exported
from customers.models import Shop

COUNTED = (*FUNNEL, *BESIDE)


class Table(NamedTuple):
    """`people[figure][key]` counts people; a line for each of `keys`."""

    head: str
    keys: Sequence[str]
    people: Mapping[str, Mapping[str, int]]
    money: Mapping[str, Money]


@login_required
@permission_required(VIEW, raise_exception=True)
def campaign_report_export(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """By language, or `?by=variant`."""
    campaign, at = get(campaign_id), timezone.now()
    run = run_of(campaign)
    if run is None or run.started_at is None:
        return redirect("campaign", campaign.pk)
    if request.GET.get("by") == "variant":
        name, table = "campaign-variants", _variants(run)
    else:
        found = summary.of(campaign, run, at)
        name, table = "campaign-report", Table(_("Language"), found.languages, found.people, found.money)
    list_exported.send(csv, user=request.user, page=name, filters=[], at=at)
    return csv.respond(name, _lines(campaign, table))


def _variants(run: Occurrence) -> Table:
    people = {figure: figures.by_variant(run, figure) for figure in COUNTED}
    return Table(_("Variant"), variants.of(run.version), people, figures.money_by_variant(run))


def _lines(campaign: Campaign, table: Table) -> Iterator[Sequence[Any]]:
    currency = Shop.current().currency or "EUR"
    money = [_("Orders"), _("Ordered"), _("Refunded"), _("Net"), _("Currency")]
    yield [_("Campaign"), table.head, *(str(LABELS[figure]) for figure in COUNTED), *money]
    for key in table.keys:
        part = table.money.get(key) or Money()
        values = [formats.major(value, currency) for value in (part.ordered, part.refunded, part.net)]
        counts = [table.people[figure].get(key, 0) for figure in COUNTED]
        yield [campaign.name, key, *counts, part.orders, *values, currency]
