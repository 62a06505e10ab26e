from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.models import Shop
from customers.personalisation import LONGEST_LIST, MergeField, MergeFields, Values, merge_fields

# For each customer the merchandise of her newest orders, each product once, newest first: one statement that
# walks each customer's order index from its end. Twenty orders are enough to find twelve products.
LAST_PRODUCTS = """
    SELECT c.id, p.product_id FROM unnest(%(ids)s::bigint[]) AS c(id)
    CROSS JOIN LATERAL (
        SELECT line.product_id, max(o.placed_at) AS placed_at, min(line.position) AS position
        FROM (
            SELECT id, placed_at FROM customers_order
            WHERE customer_id = c.id AND kind = 'order' AND placed_at <= %(at)s
            ORDER BY placed_at DESC LIMIT 20
        ) AS o
        JOIN customers_orderline line ON line.order_id = o.id AND line.quantity > 0
        JOIN customers_product product ON product.id = line.product_id AND product.kind = 'merchandise'
        GROUP BY line.product_id
        ORDER BY placed_at DESC, position LIMIT %(limit)s
    ) AS p
"""


ITEMS = {"name": _("Name"), "price": _("Price"), "picture": _("Picture"), "link": _("Link")}


def example(language: str) -> list[dict[str, Any]]:
    names = {
        "de": ("Leinenbluse Ella", "Keramikbecher Nord", "Wolldecke Fjell"),
        "en": ("Linen blouse Ella", "Ceramic mug Nord", "Wool blanket Fjell"),
    }[language]
    prices = {"de": ("49,90 €", "12,90 €", "89,00 €"), "en": ("€49.90", "€12.90", "€89.00")}[language]
    return [
        {
            "id": number,
            "name": name,
            "price": price,
            "picture": "",
            "link": "https://www.kaufhaus-linden.example/",
        }
        for number, (name, price) in enumerate(zip(names, prices, strict=True), 1)
    ]


@merge_fields.register
class LastProducts(MergeFields):
    key = "products"
    label = _("Products")
    position = 35
    fields = (
        MergeField(
            "last_products",
            _("Products bought last"),
            {"de": example("de"), "en": example("en")},
            items=ITEMS,
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        bought: dict[int, list[int]] = {each: [] for each in customer_ids}
        with connection.cursor() as cursor:
            cursor.execute(LAST_PRODUCTS, {"ids": list(customer_ids), "at": at, "limit": LONGEST_LIST})
            for customer, product in cursor.fetchall():
                bought[customer].append(product)
        products = catalogue.load(
            {each for ids in bought.values() for each in ids}, language, Shop.current().currency
        )
        return {each: {"last_products": [products[p] for p in ids]} for each, ids in bought.items()}
