"""Goodwill: what she was given and why. Sign-ups and look-ups at the till name nobody."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.privacy import Count, PersonalData, Table, personal_data, tables, together
from loyalty.models import GoodwillIssue, GoodwillRequest


@personal_data.register
class OfGoodwill(PersonalData):
    """What was given stays, since the allowance is reckoned from it; what somebody wrote about her does not."""

    key = "goodwill"
    order = 32

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        rows = GoodwillIssue.objects.filter(customer__in=customer_ids).order_by("at", "pk")
        fields = {"at": None, "store__name": _("Store"), "reason__name": _("Reason")}
        plain = {"note": None, "amount": None, "currency": None, "code__text": _("Code")}
        return together(tables("goodwill", _("Goodwill"), rows, fields | plain))

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        emptied: Counter[str] = Counter()
        for model in (GoodwillIssue, GoodwillRequest):
            rows = model._default_manager.filter(customer__in=customer_ids).exclude(note="")
            emptied["goodwill notes"] += rows.update(note="")
        waiting = GoodwillRequest.objects.filter(customer__in=customer_ids, state="waiting")
        emptied["goodwill requests"] += waiting.update(state=GoodwillRequest.State.WITHDRAWN, decided_at=at)
        return +emptied

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        for model in (GoodwillIssue, GoodwillRequest):
            model._default_manager.filter(customer=loser).update(customer=winner)

    def counts(self, customer: Customer) -> Sequence[Count]:
        return [Count(_("Goodwill"), GoodwillIssue.objects.filter(customer=customer).count(), _("passed on"))]
