from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config import formats
from customers.models import Customer, CustomerStats, ForecastBasis, RfmClass, Shop, User
from customers.panels import Panel, panels

HIGH = 60  # percent


@panels.register
class Forecasts(Panel):
    key = "forecasts"
    order = 20
    label = gettext_lazy("What to expect")
    template = "customers/panels/forecasts.html"
    permission = "customers.view_order"

    def context(self, customer: Customer, reader: User, at: datetime) -> dict[str, Any] | None:
        stats = CustomerStats.objects.filter(customer=customer).exclude(rfm_class="").first()
        if stats is None:
            return None
        return {
            "stats": stats,
            "rfm_class": RfmClass(stats.rfm_class).label,
            "scores": scores(stats),
            "rows": rows(stats, timezone.localdate(at)),
            "basis": ForecastBasis.objects.filter(pk=1).first(),
        }


def scores(stats: CustomerStats) -> list[tuple[str, int | None, str]]:
    """(what, 1 to 5, in words)"""
    recent, often, money = stats.recency_score, stats.frequency_score, stats.monetary_score
    return [
        (_("Recency"), recent, _("how recent the last order is")),
        (_("Frequency"), often, _("how many orders there are")),
        (_("Revenue"), money, _("how much they came to")),
    ]


def rows(stats: CustomerStats, today: Any) -> list[tuple[str, str, str, str, str]]:
    """(what, figure, tone, warning, in words); what cannot be told is left out."""
    found = []
    if stats.next_order_on is not None:
        found.append(_next_order((stats.next_order_on - today).days, formats.day(stats.next_order_on)))
    if stats.lapse_risk is not None:
        percent = int(stats.lapse_risk * 100)
        tone, warning = ("bad", _("high")) if percent >= HIGH else ("calm", "")
        words = _("how likely it is that no order comes in the next 12 months")
        found.append((_("Lapse risk"), formats.percent(stats.lapse_risk, 0), tone, warning, words))
    if stats.lifetime_value is not None:
        currency = Shop.current().currency or "EUR"
        words = _("what the orders of the next 12 months will probably come to, refunds taken off")
        value = formats.money(stats.lifetime_value, currency)
        found.append((_("Expected value"), value, "calm", "", words))
    return found


def _next_order(days: int, day: str) -> tuple[str, str, str, str, str]:
    if days >= 0:
        return _("Next order"), day, "calm", "", _("expected by then, by the usual gap between orders")
    late = ngettext("overdue by %s day", "overdue by %s days", -days) % formats.number(-days)
    return _("Next order"), day, "wait", late, ""
