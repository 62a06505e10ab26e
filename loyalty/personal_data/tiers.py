"""Tiers: which she had, and since when. A merge passes them on with the points (loyalty/account_merging.py)."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from customers.privacy import PersonalData, Table, personal_data, tables, together
from loyalty.models import TierPeriod


@personal_data.register
class OfTiers(PersonalData):
    """Erasing leaves nothing to do: a tier describes nobody once she is forgotten."""

    key = "tiers"
    order = 32

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        rows = TierPeriod.objects.filter(account__customer__in=customer_ids).order_by("valid_from", "pk")
        columns = {
            "valid_from": None,
            "tier__name": _("tier"),
            "reached": None,
            "points": None,
            "holds_until": None,
        }
        return together(tables("tiers", _("Tiers"), rows, columns, "account__customer_id"))
