from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.merge_fields.orders import long_date
from customers.models import CustomerStats, Shop
from customers.personalisation import MergeField, MergeFields, Values, merge_fields


@merge_fields.register
class NextOrder(MergeFields):
    """Empty where no order is expected from that day on: a message has no use for a day that has gone by."""

    key = "next_order"
    label = _("Expected next order")
    position = 35
    fields = (
        MergeField(
            "next_order_date",
            _("Expected date of the next order"),
            {"de": "12. Dezember 2026", "en": "12 December 2026"},
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        today, where = Shop.day(at), catalogue.locale(language)
        coming = CustomerStats.objects.filter(pk__in=customer_ids, next_order_on__gte=today)
        days = dict(coming.values_list("pk", "next_order_on"))
        return {
            each: {"next_order_date": long_date(days[each], where) if each in days else ""}
            for each in customer_ids
        }
