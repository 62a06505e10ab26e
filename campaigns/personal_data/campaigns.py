"""Which orders are taken to have come of which campaign."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.models import Attribution
from customers.privacy import PersonalData, Table, personal_data, tables, together


@personal_data.register
class OfCampaigns(PersonalData):
    key = "campaigns"
    order = 40

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        owner = "delivery__customer_id"
        return together(
            tables(
                "attributions",
                _("Orders that are counted for a campaign"),
                Attribution.objects.filter(delivery__customer__in=customer_ids).order_by("clicked_at", "pk"),
                {
                    "order__number": _("order"),
                    "campaign__name": _("campaign"),
                    "clicked_at": _("link opened at"),
                },
                owner,
            )
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """That she opened a link goes; with it the order no longer counts for the campaign."""
        rows = Attribution.objects.filter(delivery__customer__in=customer_ids)
        return Counter({"attributions": rows.delete()[0]})
