from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from customers.models import Shop
from customers.personalisation import MergeField, MergeFields, Values, merge_fields


@merge_fields.register
class OurShop(MergeFields):
    key = "shop"
    label = _("Our shop")
    position = 40
    fields = (
        MergeField("shop_name", _("Name of the shop"), {"en": "Kaufhaus Linden"}, constant=True),
        MergeField(
            "shop_url", _("Address of the shop"), {"en": "https://www.kaufhaus-linden.example"}, constant=True
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        shop = Shop.current()
        return {each: {"shop_name": shop.name, "shop_url": shop.url.rstrip("/")} for each in customer_ids}
