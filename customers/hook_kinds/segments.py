from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from customers.models import SegmentChange
from customers.signals import segment_members_changed


class Membership(HookKind):
    signal = segment_members_changed
    entered: bool
    sample = {
        "customer": CUSTOMER,
        "segment": {"id": 7, "name": "Regular customers"},
        "by_rule": False,
        "at": AT,
    }

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        changes = SegmentChange.objects.filter(pk__in=ids, entered=self.entered).order_by("pk")
        fields = ("pk", "customer_id", "segment_id", "segment__name", "by_rule", "at")
        return {
            pk: Fact(
                customer,
                {"segment": {"id": segment, "name": name}, "by_rule": by_rule, "at": instant(when)},
                when,
            )
            for pk, customer, segment, name, by_rule, when in changes.values_list(*fields)
        }


@hook_kinds.register
class SegmentEntered(Membership):
    key, position, entered = "segment.entered", 30, True
    label = _("Customer entered a segment")
    help = _(
        "With by_rule: because the rule is new or was changed. Then everybody whom that concerns is told of."
    )


@hook_kinds.register
class SegmentLeft(Membership):
    key, position, entered = "segment.left", 31, False
    label = _("Customer left a segment")
    help = _("With by_rule: because the rule was changed.")
