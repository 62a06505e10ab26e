from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers import catalogue
from customers.merge_fields import products
from customers.models import Shop
from customers.personalisation import LONGEST_LIST, MergeField, MergeFields, Values, merge_fields

# Merchandise that came back in the last 30 days and is there, for those who wanted it before: it is among her
# favourites, she looked at it twice in 30 days, or it lies in a cart that she has not bought. Whoever has bought it
# since she first wanted it has it.
BACK = """
    WITH back AS MATERIALIZED (
        SELECT change.product_id, max(change.at) AS at
        FROM customers_productchange AS change JOIN customers_product AS p ON p.id = change.product_id
        WHERE change.at > %(at)s::timestamptz - interval '30 days' AND change.at <= %(at)s
          AND change.stock_before <= 0 AND change.stock > 0 AND p.stock > 0 AND p.kind = 'merchandise'
        GROUP BY change.product_id
    ), sign AS (
        SELECT f.customer_id, f.product_id, f.added_at AS at
        FROM customers_favourite AS f JOIN back USING (product_id)
        WHERE f.customer_id = ANY(%(ids)s) AND f.removed_at IS NULL
        UNION ALL
        SELECT e.customer_id, e.product_id, min(e.at)
        FROM customers_event AS e JOIN back USING (product_id)
        WHERE e.customer_id = ANY(%(ids)s) AND e.kind = 'view'
          AND e.at > %(at)s::timestamptz - interval '30 days' AND e.at <= %(at)s
        GROUP BY e.customer_id, e.product_id HAVING count(*) >= 2
        UNION ALL
        SELECT c.customer_id, l.product_id, c.opened_at
        FROM customers_cart AS c JOIN customers_cartline AS l ON l.cart_id = c.id JOIN back USING (product_id)
        WHERE c.customer_id = ANY(%(ids)s) AND c.state <> 'bought'
    ), wanted AS (
        SELECT customer_id, product_id, min(at) AS since FROM sign GROUP BY customer_id, product_id
    )
    SELECT w.customer_id, w.product_id FROM wanted AS w JOIN back USING (product_id)
    WHERE w.since < back.at AND NOT EXISTS (
        SELECT FROM customers_order AS o JOIN customers_orderline AS l ON l.order_id = o.id
        WHERE o.customer_id = w.customer_id AND o.kind = 'order' AND o.placed_at >= w.since
          AND o.placed_at <= %(at)s AND l.product_id = w.product_id AND l.quantity > 0
    )
    ORDER BY w.customer_id, back.at DESC, w.product_id
"""


@merge_fields.register
class BackInStock(MergeFields):
    """What she wanted while it was out of stock and can have again, what came back last first."""

    key = "back_in_stock"
    label = _("Products")
    position = 38
    fields = (
        MergeField(
            "back_in_stock",
            _("Wanted products that are back"),
            {"de": products.example("de")[:1], "en": products.example("en")[:1]},
            items=products.ITEMS,
        ),
    )

    def values(self, customer_ids: Collection[int], language: str, at: datetime) -> Values:
        back: dict[int, list[int]] = {each: [] for each in customer_ids}
        with connection.cursor() as cursor:
            cursor.execute(BACK, {"ids": list(customer_ids), "at": at})
            for customer, product in cursor.fetchall():
                back[customer].append(product)
        named = {customer: ids[:LONGEST_LIST] for customer, ids in back.items()}
        every = {each for ids in named.values() for each in ids}
        shown = catalogue.load(every, language, Shop.current().currency) if every else {}
        return {customer: {self.key: [shown[p] for p in ids]} for customer, ids in named.items()}
