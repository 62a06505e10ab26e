from collections.abc import Collection
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from channels import free_shipping
from config import formats
from customers.personalisation import MergeField, MergeFields, Values, merge_fields


@merge_fields.register
class FreeShipping(MergeFields):
    """What her cart lacks until shipping is free; "" without a cart, and when it is free already."""

    key, label, position = "free_shipping", _("Free shipping"), 45
    fields = (
        MergeField("shipping_gap", _("Missing until shipping is free"), {"de": "12,40 €", "en": "€12.40"}),
        MergeField("shipping_gap_percent", _("Reached of it, in per cent"), {"en": 75}),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        found = free_shipping.gaps(customer_ids, at)
        values: Values = {each: {"shipping_gap": "", "shipping_gap_percent": 0} for each in customer_ids}
        with translation.override(language):
            for customer_id, gap in found.items():
                money = formats.money(gap.missing, gap.currency)
                values[customer_id] = {"shipping_gap": money, "shipping_gap_percent": gap.percent}
        return values
