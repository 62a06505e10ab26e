from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from customers.models import Order
from loyalty.models import Entry
from loyalty.signals import points_booked


@hook_kinds.register
class PointsBooked(HookKind):
    key, position, signal = "points.booked", 60, points_booked
    label = _("Points booked")
    help = _(
        "Points were earned, spent, taken back, corrected or have expired. The balance is that after it."
    )
    sample = {
        "customer": CUSTOMER,
        "program": "points",
        "booking": 815,
        "kind": "earn",
        "points": 120,
        "balance": 940,
        "order": {"source": "shop", "number": "10001"},
        "at": AT,
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = Entry.objects.filter(pk__in=ids).select_related("account", "program", "order").order_by("pk")
        return {row.pk: Fact(row.account.customer_id, told(row), row.recorded_at) for row in rows}


def told(row: Entry) -> dict[str, object]:
    return {
        "program": row.program.key,
        "booking": row.pk,
        "kind": row.kind,
        "points": row.points,
        "balance": row.account.balance,
        "order": number(row.order),
        "at": instant(row.at),
    }


def number(order: Order | None) -> dict[str, str] | None:
    return None if order is None else {"source": order.source, "number": order.number}
