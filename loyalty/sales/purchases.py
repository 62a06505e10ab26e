"""Who was admitted and then bought something that the sale names."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from loyalty.models import Sale

# Only what has articles or categories can tell its purchases: what stands in a section of the shop only the shop knows.
NOTE = """
    WITH bought AS (
    UPDATE loyalty_accessgrant g SET bought_at = o.placed_at, order_id = o.id
    FROM customers_order o, loyalty_sale s
    WHERE o.id = ANY(%(ids)s) AND o.kind = 'order' AND g.customer_id = o.customer_id AND g.sale_id = s.id
      AND s.state <> 'draft' AND g.bought_at IS NULL AND o.placed_at >= g.admitted_at AND o.placed_at < s.ends_at
      AND EXISTS (
          SELECT FROM customers_orderline l JOIN customers_product p ON p.id = l.product_id
          LEFT JOIN customers_category c ON c.id = p.category_id
          WHERE l.order_id = o.id AND l.quantity > 0 AND (
              p.sku = ANY(s.skus)
              OR EXISTS (SELECT FROM unnest(s.categories) AS path
                         WHERE c.path = path OR starts_with(c.path, path || '/'))))
    RETURNING s.id AS sale_id, g.customer_id, o.placed_at
    )
    INSERT INTO loyalty_saledeed (sale_id, customer_id, name, at)
    SELECT sale_id, customer_id, 'sale_bought', placed_at FROM bought
"""


def note(order_ids: Collection[int], at: datetime) -> int:
    """How many of the admitted have bought by these orders."""
    if not Sale.objects.filter(state=Sale.State.OPEN, admitted__gt=0).exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"ids": list(order_ids)})
        return int(cursor.rowcount)
