"""Browsers that take push messages, when two people are one, are handed over or forgotten."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from channels.models import PushSubscription
from channels.push import ownership
from customers.models import Customer
from customers.privacy import Count, PersonalData, Rule, Table, personal_data, tables, together


@personal_data.register
class Devices(PersonalData):
    """Before the rest of what channels keeps: the loser's Reach is still to be seen."""

    key = "devices"
    order = 45
    rules = (Rule("push_subscriptions", lambda before: PushSubscription.objects.filter(ended_at__lt=before)),)

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        """The endpoint stays here: whoever has it could try to write to her screen."""
        fields = ("browser", "asked_at", "created_at", "renewed_at", "last_success_at", "ended_at", "reason")
        rows = PushSubscription.objects.filter(customer__in=customer_ids).order_by("created_at", "pk")
        return together(
            tables(
                "push_subscriptions",
                _("Browsers for push messages"),
                rows,
                dict.fromkeys(fields) | {"evidence": _("evidence")},
            )
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """Also those of her browsers that were never hers by name: they would lead back to her."""
        hers = PushSubscription.objects.filter(customer__in=customer_ids)
        visited = PushSubscription.objects.filter(customer=None, visitor__customer__in=customer_ids)
        return Counter({"push_subscriptions": hers.delete()[0] + visited.delete()[0]})

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        ownership.move(loser.pk, winner.pk, at)

    def counts(self, customer: Customer) -> Sequence[Count]:
        live = PushSubscription.objects.filter(customer=customer, ended_at=None).count()
        return [Count(_("Browsers for push messages"), live, _("taken over"))]
