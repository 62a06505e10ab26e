from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.models import CustomerStats, Order, Shop
from customers.personalisation import MergeField, MergeFields, Value, Values, merge_fields

NOTHING: dict[str, Value] = {
    "orders_count": 0,
    "last_order_date": "",
    "last_order_amount": "",
    "last_order_number": "",
}


@lru_cache(maxsize=4096)
def long_date(on: date, where: str) -> str:
    return format_date(on, "long", locale=where)


@merge_fields.register
class Orders(MergeFields):
    key = "orders"
    label = _("Orders")
    position = 30
    fields = (
        MergeField("orders_count", _("Number of orders"), {"en": 7}),
        MergeField(
            "last_order_date",
            _("Date of the last order"),
            {"de": "3. November 2026", "en": "3 November 2026"},
        ),
        MergeField("last_order_amount", _("Amount of the last order"), {"de": "84,90 €", "en": "€84.90"}),
        MergeField("last_order_number", _("Number of the last order"), {"en": "R-10482"}),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        counts = dict(
            CustomerStats.objects.filter(customer__pk__any=customer_ids).values_list("pk", "orders")
        )
        values: Values = {each: NOTHING | {"orders_count": counts.get(each, 0)} for each in customer_ids}
        zone, where = ZoneInfo(Shop.current().time_zone), catalogue.locale(language)
        for customer, placed, total, currency, number in self._last(customer_ids, at):
            values[customer] |= {
                "last_order_date": long_date(placed.astimezone(zone).date(), where),
                "last_order_amount": catalogue.money(total, currency, language),
                "last_order_number": number,
            }
        return values

    def _last(self, customer_ids: Collection[int], at: datetime) -> list[tuple[int, datetime, int, str, str]]:
        orders = Order.objects.filter(
            customer__pk__any=customer_ids, kind=Order.Kind.ORDER, placed_at__lte=at
        ).order_by("customer", "-placed_at", "-id")
        return list(
            orders.distinct("customer").values_list("customer", "placed_at", "total", "currency", "number")
        )
