from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.personalisation import MergeField, MergeFields, Values, merge_fields


@merge_fields.register
class HomeStore(MergeFields):
    key = "store"
    label = _("Home store")
    position = 20
    fields = (
        MergeField("store_name", _("Store"), {"de": "Filiale Köln", "en": "Cologne store"}),
        MergeField("store_street", _("Street of the store"), {"en": "Lindenstraße 12"}),
        MergeField("store_city", _("City of the store"), {"de": "Köln", "en": "Cologne"}),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        rows = Customer.objects.filter(pk__in=customer_ids).values_list(
            "id", "home_store__name", "home_store__street", "home_store__city"
        )
        return {
            customer: {"store_name": name or "", "store_street": street or "", "store_city": city or ""}
            for customer, name, street, city in rows
        }
