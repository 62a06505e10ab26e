"""What is in a cart, and what became of it: derived from its events and the orders of its owner, whenever one comes.

A cart's content begins behind the last order that closed it: at its last snapshot (the cart as a whole), with what was
put in and taken out since.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

LOCK = "SELECT count(*) FROM (SELECT 1 FROM customers_cart WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE) AS held"
# `fresh` events lie behind the last order; where there are none, the cart is bought, and the stretch before counts.
FACTS = """
    WITH event AS MATERIALIZED (
        SELECT cart_id, at, kind, customer_id, visitor_id, lines, properties FROM customers_event
        WHERE cart_id = ANY(%(ids)s)
    ), closed AS (
        SELECT cart_id, max(at) AS at FROM event WHERE kind = 'order' GROUP BY cart_id
    ), state AS (
        SELECT e.cart_id, max(closed.at) AS closed_at, bool_or(e.kind <> 'order' AND e.at > closed.at) AS reopened
        FROM event AS e LEFT JOIN closed USING (cart_id) GROUP BY e.cart_id
    ), start AS (
        SELECT s.cart_id, s.closed_at IS NOT NULL AND NOT s.reopened AS bought,
               CASE WHEN s.reopened THEN s.closed_at ELSE
                   (SELECT max(e.at) FROM event AS e
                    WHERE e.cart_id = s.cart_id AND e.kind = 'order' AND e.at < s.closed_at)
               END AS at,
               s.closed_at
        FROM state AS s
    ), stretch AS (
        SELECT e.* FROM event AS e JOIN start USING (cart_id) WHERE start.at IS NULL OR e.at > start.at
    ), snapshot AS (
        SELECT DISTINCT ON (cart_id) cart_id, at, lines FROM stretch
        WHERE kind IN ('cart', 'checkout') AND lines IS NOT NULL ORDER BY cart_id, at DESC, lines::text
    ), part AS (
        SELECT cart_id, at, lines, 1 AS sign FROM snapshot
        UNION ALL
        SELECT s.cart_id, s.at, s.lines, CASE s.kind WHEN 'cart_add' THEN 1 ELSE -1 END
        FROM stretch AS s LEFT JOIN snapshot USING (cart_id)
        WHERE s.kind IN ('cart_add', 'cart_remove') AND s.lines IS NOT NULL
          AND (snapshot.at IS NULL OR s.at > snapshot.at)
    ), item AS (
        SELECT part.cart_id, (line ->> 0)::bigint AS product_id, sum(part.sign * (line ->> 1)::integer) AS quantity,
               (array_agg((line ->> 2)::bigint ORDER BY part.at DESC, (line ->> 2)::bigint)
                    FILTER (WHERE line ->> 2 IS NOT NULL))[1] AS unit_price
        FROM part CROSS JOIN LATERAL jsonb_array_elements(part.lines) AS line
        GROUP BY part.cart_id, product_id
    ), line AS MATERIALIZED (
        SELECT item.cart_id, item.product_id, item.quantity,
               item.quantity * coalesce(item.unit_price, p.price, 0) AS amount
        FROM item JOIN customers_product AS p ON p.id = item.product_id
        WHERE item.quantity > 0
    ), head AS (
        SELECT stretch.cart_id, max(customer_id) AS customer_id, max(visitor_id) AS visitor_id,
               min(stretch.at) AS opened_at, max(stretch.at) AS last_activity_at,
               (array_agg(properties ->> 'restore_url' ORDER BY stretch.at DESC)
                    FILTER (WHERE properties ? 'restore_url'))[1] AS restore_url,
               (array_agg(properties ->> 'order' ORDER BY stretch.at DESC)
                    FILTER (WHERE kind = 'order' AND properties ? 'order'))[1] AS order_number
        FROM stretch GROUP BY stretch.cart_id
    ), content AS (
        SELECT cart_id, sum(quantity) AS items, sum(amount) AS value FROM line GROUP BY cart_id
    ), bought AS (
        -- An order of hers, from the till or another device, that has something of this cart.
        SELECT DISTINCT ON (head.cart_id) head.cart_id, o.id, o.placed_at
        FROM head JOIN customers_order AS o ON o.customer_id = head.customer_id AND o.kind = 'order'
            AND o.placed_at >= head.last_activity_at
        WHERE EXISTS (SELECT 1 FROM customers_orderline AS l JOIN line ON line.product_id = l.product_id
                      WHERE l.order_id = o.id AND line.cart_id = head.cart_id)
        ORDER BY head.cart_id, o.placed_at, o.id
    )
"""
WRITE = """
    , lines_gone AS (
        DELETE FROM customers_cartline AS kept WHERE kept.cart_id = ANY(%(ids)s)
          AND NOT EXISTS (SELECT 1 FROM line WHERE line.cart_id = kept.cart_id AND line.product_id = kept.product_id)
    ), lines_kept AS (
        INSERT INTO customers_cartline AS kept (cart_id, product_id, quantity, amount)
        SELECT cart_id, product_id, quantity, amount FROM line ORDER BY cart_id, product_id
        ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity, amount = excluded.amount
        WHERE (kept.quantity, kept.amount) <> (excluded.quantity, excluded.amount)
    )
    UPDATE customers_cart AS c
    SET customer_id = head.customer_id, visitor_id = head.visitor_id, opened_at = head.opened_at,
        last_activity_at = head.last_activity_at, restore_url = left(coalesce(head.restore_url, ''), 500),
        items = coalesce(content.items, 0), value = coalesce(content.value, 0),
        currency = (SELECT currency FROM customers_shop), updated_at = %(at)s,
        closed_at = CASE WHEN start.bought THEN start.closed_at ELSE bought.placed_at END,
        order_id = CASE WHEN start.bought THEN o.id ELSE bought.id END,
        state = CASE WHEN start.bought OR bought.id IS NOT NULL THEN 'bought'
                     WHEN content.items > 0 AND head.last_activity_at < %(left_behind)s THEN 'abandoned'
                     ELSE 'open' END
    FROM head JOIN start USING (cart_id) LEFT JOIN content USING (cart_id) LEFT JOIN bought USING (cart_id)
    LEFT JOIN customers_cart AS own ON own.id = head.cart_id
    LEFT JOIN customers_order AS o ON o.source = own.source AND o.number = head.order_number AND o.kind = 'order'
    WHERE c.id = head.cart_id
"""
OF_BUYERS = """
    SELECT DISTINCT c.id FROM customers_order AS o
    JOIN customers_cart AS c ON c.customer_id = o.customer_id
    WHERE o.id = ANY(%(ids)s) AND o.kind = 'order' AND (c.state <> 'bought' OR c.order_id IS NULL)
      AND c.opened_at <= o.placed_at
"""
LEAVE = """
    WITH gone AS (
        UPDATE customers_cart SET state = 'abandoned', updated_at = %(at)s
        WHERE id IN (
            SELECT id FROM customers_cart WHERE state = 'open' AND items > 0 AND last_activity_at < %(left_behind)s
            ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 5000
        )
        RETURNING customer_id
    ), told AS (
        INSERT INTO customers_dirty (customer_id, at)
        SELECT DISTINCT customer_id, %(at)s::timestamptz FROM gone WHERE customer_id IS NOT NULL
    )
    SELECT count(*) FROM gone
"""


@transaction.atomic
def derive(ids: Sequence[int], at: datetime) -> None:
    """Write these carts anew from what happened to them."""
    if not ids:
        return
    params: dict[str, Any] = {"ids": sorted(ids), "at": at, "left_behind": _left_behind(at)}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, params)
        cursor.execute(FACTS + WRITE, params)


def bought(order_ids: Sequence[int], at: datetime) -> None:
    """Look whether these orders close carts of their buyers, wherever they were placed."""
    with connection.cursor() as cursor:
        cursor.execute(OF_BUYERS, {"ids": list(order_ids)})
        ids = [row[0] for row in cursor.fetchall()]
    derive(ids, at)


def leave(at: datetime) -> int:
    """Call those carts abandoned in which nothing has happened for the agreed time; how many these are."""
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"at": at, "left_behind": _left_behind(at)})
        return int(cursor.fetchone()[0])


def _left_behind(at: datetime) -> datetime:
    return at - timedelta(minutes=settings.CART_ABANDONED_AFTER_MINUTES)
