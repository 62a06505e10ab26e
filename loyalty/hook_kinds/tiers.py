from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from loyalty.models import TierPeriod, TierWarning
from loyalty.signals import tier_falls_announced, tiers_changed

END = "2027-12-31T23:00:00+00:00"


@hook_kinds.register
class TierChanged(HookKind):
    key, position, signal = "tier.changed", 80, tiers_changed
    label = _("Tier changed")
    help = _("Somebody reached a tier or fell. Without a tier it is empty.")
    sample = {
        "customer": CUSTOMER,
        "program": "points",
        "tier": "Silver",
        "how": "reached",
        "since": AT,
        "holds_until": END,
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = TierPeriod.objects.filter(pk__in=ids).select_related("account__program", "tier").order_by("pk")
        return {
            row.pk: Fact(
                row.account.customer_id,
                {
                    "program": row.account.program.key,
                    "tier": row.tier.name if row.tier else None,
                    "how": row.reached,
                    "since": instant(row.valid_from),
                    "holds_until": instant(row.holds_until),
                },
                row.recorded_at,
            )
            for row in rows
        }


@hook_kinds.register
class TierFalling(HookKind):
    key, position, signal = "tier.falling", 81, tier_falls_announced
    label = _("Tier about to be lost")
    help = _("Somebody falls at the end of her tier unless points come; told once, some weeks before.")
    sample = {
        "customer": CUSTOMER,
        "program": "points",
        "tier": "Silver",
        "holds_until": END,
        "points": 320,
        "missing": 180,
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        rows = TierWarning.objects.filter(pk__in=ids).order_by("pk")
        return {
            row.pk: Fact(
                row.period.account.customer_id,
                {
                    "program": row.period.account.program.key,
                    "tier": row.period.tier.name if row.period.tier else None,
                    "holds_until": instant(row.period.holds_until),
                    "points": row.points,
                    "missing": row.missing,
                },
                row.at,
            )
            for row in rows.select_related("period__account__program", "period__tier")
        }
