"""The roll-up row per customer: written by a recount of her orders, so that it is right by construction."""

from typing import NamedTuple

from django.db import connection, transaction

COLUMNS = (
    "orders",
    "refunds",
    "ordered",
    "refunded",
    "first_order_at",
    "last_order_at",
    "last_order_times",
    "average_gap",
)

FACTS = """
    SELECT customer_id,
           count(*) FILTER (WHERE kind = 'order') AS orders,
           count(*) FILTER (WHERE kind = 'refund') AS refunds,
           coalesce(sum(base_total) FILTER (WHERE kind = 'order'), 0)::bigint AS ordered,
           coalesce(sum(base_total) FILTER (WHERE kind = 'refund'), 0)::bigint AS refunded,
           min(placed_at) FILTER (WHERE kind = 'order') AS first_order_at,
           max(placed_at) FILTER (WHERE kind = 'order') AS last_order_at,
           coalesce((array_agg(placed_at ORDER BY placed_at DESC) FILTER (WHERE kind = 'order'))[1:10],
                    '{}') AS last_order_times,
           CASE WHEN count(*) FILTER (WHERE kind = 'order') > 1 THEN
               (extract(epoch FROM max(placed_at) FILTER (WHERE kind = 'order')
                                   - min(placed_at) FILTER (WHERE kind = 'order'))
                / (count(*) FILTER (WHERE kind = 'order') - 1))::bigint
           END AS average_gap
    FROM customers_order
    WHERE customer_id IS NOT NULL AND (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
    GROUP BY customer_id
"""

# Two recounts of one customer must not both read before either writes: the rows are made and locked in one
# statement, the orders are read in a later one, whose snapshot sees what the other transaction committed.
MAKE = """
    INSERT INTO customers_customerstats (customer_id)
    SELECT id FROM customers_customer
    WHERE id = ANY(coalesce(%(ids)s::bigint[], ARRAY(SELECT DISTINCT customer_id FROM customers_order)))
    ORDER BY id
    ON CONFLICT DO NOTHING
"""
LOCK = """
    SELECT count(*) FROM (
        SELECT 1 FROM customers_customerstats WHERE customer_id = ANY(%(ids)s) ORDER BY customer_id FOR UPDATE
    ) AS locked
"""
LOCK_ALL = "LOCK TABLE customers_customerstats IN SHARE ROW EXCLUSIVE MODE"
WRITE = f"""
    WITH facts AS ({FACTS})
    UPDATE customers_customerstats AS kept
    SET ({", ".join(COLUMNS)}) = ROW({", ".join("facts." + name for name in COLUMNS)})
    FROM facts
    WHERE kept.customer_id = facts.customer_id
      AND ({", ".join("kept." + name for name in COLUMNS)})
          IS DISTINCT FROM ({", ".join("facts." + name for name in COLUMNS)})
"""  # noqa: S608
# A row without orders stays: it may hold behaviour, and says the same as no row.
EMPTY = dict.fromkeys(("orders", "refunds", "ordered", "refunded"), "0") | {"last_order_times": "'{}'"}
EMPTIED = ", ".join(f"{name} = {EMPTY.get(name, 'NULL')}" for name in COLUMNS)
CLEAR = f"""
    UPDATE customers_customerstats AS kept SET {EMPTIED}
    WHERE (%(ids)s::bigint[] IS NULL OR customer_id = ANY(%(ids)s))
      AND (orders <> 0 OR refunds <> 0)
      AND NOT EXISTS (SELECT 1 FROM customers_order AS o WHERE o.customer_id = kept.customer_id)
"""  # noqa: S608


def counted(name: str) -> str:
    """The recounted value; of somebody without orders it is that of an empty row."""
    return (
        f"CASE WHEN facts.customer_id IS NULL THEN {EMPTY[name]} ELSE facts.{name} END"
        if name in EMPTY
        else f"facts.{name}"
    )


COMPARE = f"""
    WITH facts AS ({FACTS})
    SELECT coalesce(facts.customer_id, kept.customer_id), field.name, field.kept, field.counted
    FROM facts FULL JOIN customers_customerstats AS kept ON kept.customer_id = facts.customer_id
    CROSS JOIN LATERAL (VALUES
        {", ".join(f"('{name}', kept.{name}::text, {counted(name)}::text)" for name in COLUMNS)}
    ) AS field (name, kept, counted)
    WHERE field.kept IS DISTINCT FROM field.counted
    ORDER BY 1, 2
    LIMIT %(limit)s
"""  # noqa: S608


class Difference(NamedTuple):
    """A field of one customer's roll-up row that differs from her orders; None where there is no row."""

    customer_id: int
    field: str
    kept: str | None
    counted: str | None


@transaction.atomic
def recount(customer_ids: list[int] | None) -> None:
    """Write the roll-up rows of these customers, or of all, from their orders."""
    ids = None if customer_ids is None else sorted(set(customer_ids))
    with connection.cursor() as cursor:
        if ids is None:
            cursor.execute(LOCK_ALL)
        cursor.execute(MAKE, {"ids": ids})
        if ids is not None:
            cursor.execute(LOCK, {"ids": ids})
        cursor.execute(WRITE, {"ids": ids})
        cursor.execute(CLEAR, {"ids": ids})


def differences(limit: int = 1000) -> list[Difference]:
    """Where the kept rows differ from a recount, at most `limit` of them."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE, {"ids": None, "limit": limit})
        return [Difference(*row) for row in cursor.fetchall()]
