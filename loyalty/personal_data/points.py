"""Points: what was booked, and what a merge passes on."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty import account_merging
from loyalty.models import AdjustmentRequest, Entry


@personal_data.register
class OfPoints(PersonalData):
    key = "points"
    order = 30

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        booked = tables(
            "points",
            _("Points"),
            Entry.objects.filter(account__customer__in=customer_ids).order_by("at", "pk"),
            {
                "at": None,
                "account__program__name": _("programme"),
                "kind": None,
                "points": None,
                "reason": None,
            },
            "account__customer_id",
        )
        return together(booked)

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """The ledger stays, so that the books still add up, without the words of staff about her."""
        asked = AdjustmentRequest.objects.filter(account__customer__in=customer_ids).exclude(reason="")
        said = Entry.objects.filter(account__customer__in=customer_ids).exclude(reason__in=["", ERASED])
        return Counter(
            {"points_corrections": asked.update(reason=ERASED), "points_reasons": said.update(reason=ERASED)}
        )

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        account_merging.merge(loser, winner, at)

    def counts(self, customer: Customer) -> Sequence[Count]:
        return [Count(_("Points"), account_merging.balance(customer.pk), _("passed on"))]


ERASED = "-"  # a correction always has a reason
