"""What webhooks were told of somebody. Elsewhere it is not ours to forget; here nothing of it stays."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import HookCall
from customers.privacy import PersonalData, Rule, Table, personal_data, tables, together


@personal_data.register
class OfHooks(PersonalData):
    key = "hooks"
    order = 15
    rules = (Rule("hook_calls", lambda before: HookCall.objects.filter(created_at__lt=before)),)

    def export(self, customer_ids: Sequence[int]) -> dict[int, list[Table]]:
        told = HookCall.objects.filter(customer__in=customer_ids).order_by("pk")
        fields = {"created_at": None, "hook__name": _("receiver"), "kind": None, "body": _("details")}
        return together(
            tables("hook_calls", _("Told to other systems"), told, fields | {"delivered_at": None})
        )

    def erase(self, customer_ids: Sequence[int], at: datetime) -> Counter[str]:
        """Also what waits to be sent."""
        gone, _kinds = HookCall.objects.filter(customer__in=customer_ids).delete()
        return Counter({"hook_calls": gone})
