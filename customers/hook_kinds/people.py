from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.hooks.kinds import AT, CUSTOMER, Fact, HookKind, hook_kinds, instant
from customers.models import Customer
from customers.signals import people_changed


@hook_kinds.register
class CustomerChanged(HookKind):
    key, position, signal = "customer.changed", 10, people_changed
    label = _("Customer new or changed")
    help = _(
        "Somebody is new, her profile changed, or two profiles became one, which then has the numbers of both."
    )
    sample = {"customer": CUSTOMER, "language": "de", "country": "DE", "created_at": AT, "updated_at": AT}

    def facts(self, ids: Sequence[int], at: datetime) -> dict[int, Fact]:
        people = Customer.objects.filter(pk__in=ids).order_by("pk")
        return {
            pk: Fact(
                pk,
                {
                    "language": language,
                    "country": country,
                    "created_at": instant(created),
                    "updated_at": instant(updated),
                },
            )
            for pk, language, country, created, updated in people.values_list(
                "pk", "language", "country", "created_at", "updated_at"
            )
        }
