"""What is in a cart, and what became of it: derived from its events and the orders of its owner, whenever one comes.

A cart is of whom the shop's server named last, or of the browser that it named; else of the first who came with a known
browser (by `id`: a browser may say any time). What other browsers said of it does not count: numbers can be guessed.

A cart's content begins behind the last order that closed it: at its last snapshot (the cart as a whole), with what was
put in and taken out since. An order closes it that is told with it, and one of hers from anywhere (the till, another
device) that has something of what was in it at that time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from customers.event_merge import UNPROVEN
from customers.models import Origin, Shop

MOST_PIECES = 2**31 - 1
MOST_AMOUNT = 10**13  # of one line, as in orders
LOCK = "SELECT count(*) FROM (SELECT 1 FROM customers_cart WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE) AS held"
# `part` numbers the stretches of a cart between two statements of its whole content. What was in it of an article when
# she bought some, was in it for that purchase and for no later one (`sold`: her purchases before).
ELSEWHERE = f"""
    WITH told AS MATERIALIZED (
        SELECT id, cart_id, at, kind, customer_id, visitor_id, source, lines, properties,
               properties ? '{UNPROVEN}' AS unproven
        FROM customers_event WHERE cart_id = ANY(ARRAY(SELECT id FROM customers_cart WHERE id = ANY(%(ids)s)))
    ), holder AS MATERIALIZED (
        SELECT DISTINCT ON (cart_id) cart_id, customer_id, visitor_id FROM told
        ORDER BY cart_id, customer_id IS NULL AND visitor_id IS NULL, unproven, customer_id IS NULL,
                 CASE WHEN unproven THEN id END, at DESC, customer_id, visitor_id
    ), event AS MATERIALIZED (
        SELECT told.* FROM told JOIN holder USING (cart_id)
        WHERE NOT told.unproven
           OR CASE WHEN holder.customer_id IS NULL THEN told.visitor_id IS NOT DISTINCT FROM holder.visitor_id
                   ELSE told.customer_id = holder.customer_id END
    ), sale AS MATERIALIZED (
        SELECT held.cart_id, o.id, o.placed_at AS at, l.product_id
        FROM (SELECT cart_id, min(at) AS at FROM event GROUP BY cart_id) AS held JOIN holder USING (cart_id)
        JOIN customers_order AS o ON o.customer_id = holder.customer_id AND o.kind = 'order' AND o.placed_at >= held.at
        JOIN customers_orderline AS l ON l.order_id = o.id
    ), moment AS MATERIALIZED (
        SELECT cart_id, at, kind, event_id, lines, product_id, sale_id,
               count(*) FILTER (WHERE kind = 'order' OR (kind IN ('cart', 'checkout') AND lines IS NOT NULL))
                   OVER (PARTITION BY cart_id ORDER BY at) AS part
        FROM (
            SELECT cart_id, at, kind, id AS event_id, lines, NULL::bigint AS product_id, NULL::bigint AS sale_id
            FROM event WHERE cart_id IN (SELECT cart_id FROM sale)
            UNION ALL
            SELECT cart_id, at, 'sale', NULL, NULL::jsonb, product_id, id FROM sale
        ) AS told
    ), change AS MATERIALIZED (
        SELECT m.cart_id, m.part, m.at, m.kind, m.event_id, (line ->> 0)::bigint AS product_id, NULL::bigint AS sale_id,
               CASE m.kind WHEN 'cart_remove' THEN -1 ELSE 1 END * (line ->> 1)::bigint AS quantity
        FROM moment AS m CROSS JOIN LATERAL jsonb_array_elements(m.lines) AS line
        WHERE m.kind IN ('cart', 'checkout', 'cart_add', 'cart_remove')
        UNION ALL
        SELECT cart_id, part, at, kind, NULL, product_id, sale_id, 0 FROM moment WHERE kind = 'sale'
    ), counted AS (
        SELECT *, count(sale_id) OVER (PARTITION BY cart_id, part, product_id ORDER BY at, sale_id NULLS FIRST
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS sold
        FROM change
    ), held AS (
        SELECT cart_id, at, sale_id,
               sum(quantity) OVER (PARTITION BY cart_id, part, product_id, sold) AS quantity
        FROM counted
    ), elsewhere AS (
        SELECT DISTINCT cart_id, at, sale_id AS id FROM held WHERE sale_id IS NOT NULL AND quantity > 0
    ), closing AS MATERIALIZED (
        SELECT e.cart_id, e.at, o.id AS order_id, false AS elsewhere
        FROM event AS e LEFT JOIN customers_order AS o
            ON o.source = e.source AND o.number = e.properties ->> 'order' AND o.kind = 'order'
        WHERE e.kind = 'order'
        UNION
        SELECT cart_id, at, id, true FROM elsewhere
    ), last AS MATERIALIZED (
        SELECT DISTINCT ON (cart_id) cart_id, at, order_id, elsewhere FROM closing
        ORDER BY cart_id, at DESC, elsewhere, order_id
    )
"""  # noqa: S608
# What she bought elsewhere the shop's cart may still show: an article is left over until she puts it in or takes it
# out, until the first snapshot without it, and until an order that is told with the cart. That each snapshot since she
# bought it has it, shows the number of parts. An event with nothing but leftovers is nothing new (`stale`).
LEFT_OVER = """
    , shown AS (
        SELECT DISTINCT cart_id, part, at, kind, event_id, product_id FROM change
        WHERE sale_id IS NULL OR EXISTS (
            SELECT 1 FROM elsewhere WHERE elsewhere.cart_id = change.cart_id AND elsewhere.id = change.sale_id)
    ), run AS (
        SELECT *, count(*) FILTER (WHERE kind = 'sale')
                      OVER (PARTITION BY cart_id, product_id ORDER BY at, kind = 'sale') AS times
        FROM shown
    ), old AS MATERIALIZED (
        SELECT cart_id, event_id, product_id, times > 0 AND kind IN ('cart', 'checkout')
               AND count(*) FILTER (WHERE kind IN ('cart_add', 'cart_remove')) OVER since = 0
               AND part = min(part) FILTER (WHERE kind = 'sale') OVER since
                          + count(*) FILTER (WHERE kind IN ('cart', 'checkout')) OVER since AS left_over
        FROM run WINDOW since AS (PARTITION BY cart_id, product_id, times ORDER BY at)
    ), placed AS (
        SELECT *, max(at) FILTER (WHERE elsewhere) OVER before
                  > coalesce(max(at) FILTER (WHERE NOT elsewhere) OVER before, '-infinity') AS behind_elsewhere
        FROM (
            SELECT cart_id, at, id, kind, NULL::boolean AS elsewhere FROM event
            UNION ALL
            SELECT cart_id, at, NULL, NULL, elsewhere FROM closing
        ) AS told
        WHERE cart_id IN (SELECT cart_id FROM elsewhere)
        WINDOW before AS (PARTITION BY cart_id ORDER BY at, elsewhere IS NOT NULL)
    ), stale AS MATERIALIZED (
        SELECT placed.id FROM placed
        LEFT JOIN (SELECT event_id AS id, bool_and(left_over) AS all_over FROM old GROUP BY event_id) AS said USING (id)
        WHERE placed.behind_elsewhere
          AND (placed.kind = 'cart_remove' OR (placed.kind IN ('cart', 'checkout') AND coalesce(said.all_over, true)))
    )
"""
# Behind the last order a cart is open again. Where there is nothing new it is bought, and the stretch before counts.
FACTS = """
    , state AS (
        SELECT e.cart_id, last.at AS last_at,
               coalesce(bool_or(e.kind <> 'order' AND stale.id IS NULL AND e.at > last.at), false) AS reopened,
               coalesce(max(e.at) FILTER (WHERE e.kind <> 'order' AND stale.id IS NULL AND e.at <= last.at), last.at)
                   AS touched_at
        FROM event AS e LEFT JOIN last USING (cart_id) LEFT JOIN stale USING (id) GROUP BY e.cart_id, last.at
    ), edge AS (
        SELECT s.cart_id, max(c.at) FILTER (WHERE c.at < s.touched_at) AS before,
               min(c.at) FILTER (WHERE c.at >= s.touched_at) AS closed_at
        FROM state AS s JOIN closing AS c USING (cart_id) GROUP BY s.cart_id
    ), start AS MATERIALIZED (
        SELECT s.cart_id, s.last_at IS NOT NULL AND NOT s.reopened AS bought,
               CASE WHEN s.reopened THEN s.last_at ELSE edge.before END AS at,
               CASE WHEN NOT s.reopened THEN edge.closed_at END AS closed_at
        FROM state AS s LEFT JOIN edge USING (cart_id)
    ), closed AS (
        SELECT DISTINCT ON (c.cart_id) c.cart_id, c.order_id
        FROM closing AS c JOIN start ON start.cart_id = c.cart_id AND start.closed_at = c.at
        ORDER BY c.cart_id, c.elsewhere, c.order_id
    ), stretch AS MATERIALIZED (
        SELECT e.* FROM event AS e JOIN start USING (cart_id)
        WHERE (start.at IS NULL OR e.at > start.at) AND (start.closed_at IS NULL OR e.at <= start.closed_at)
    ), snapshot AS (
        SELECT DISTINCT ON (cart_id) cart_id, id, at, kind, lines FROM stretch
        WHERE kind IN ('cart', 'checkout') AND lines IS NOT NULL ORDER BY cart_id, at DESC, lines::text
    ), part AS (
        SELECT cart_id, at, kind, lines, 1 AS sign FROM snapshot
        UNION ALL
        SELECT s.cart_id, s.at, s.kind, s.lines, CASE s.kind WHEN 'cart_add' THEN 1 ELSE -1 END
        FROM stretch AS s LEFT JOIN snapshot USING (cart_id)
        WHERE s.kind IN ('cart_add', 'cart_remove') AND s.lines IS NOT NULL
          AND (snapshot.at IS NULL OR s.at > snapshot.at)
    ), had AS (
        -- Bought elsewhere, and not put in anew since.
        SELECT old.cart_id, old.product_id FROM old JOIN snapshot ON snapshot.id = old.event_id WHERE old.left_over
        EXCEPT
        SELECT part.cart_id, (line ->> 0)::bigint
        FROM part CROSS JOIN LATERAL jsonb_array_elements(part.lines) AS line
        WHERE part.kind = 'cart_add' AND part.cart_id IN (SELECT cart_id FROM old WHERE left_over)
    ), item AS (
        SELECT part.cart_id, (line ->> 0)::bigint AS product_id,
               least(sum(part.sign * (line ->> 1)::bigint), %(most_pieces)s)::bigint AS quantity,
               (array_agg((line ->> 2)::bigint ORDER BY part.at DESC, (line ->> 2)::bigint)
                    FILTER (WHERE line ->> 2 IS NOT NULL))[1] AS unit_price
        FROM part CROSS JOIN LATERAL jsonb_array_elements(part.lines) AS line
        GROUP BY part.cart_id, product_id
    ), line AS MATERIALIZED (
        SELECT item.cart_id, item.product_id, item.quantity,
               least(item.quantity::numeric * coalesce(item.unit_price, p.price, 0), %(most_amount)s)::bigint AS amount
        FROM item JOIN customers_product AS p ON p.id = item.product_id
        WHERE item.quantity > 0
          AND NOT EXISTS (SELECT 1 FROM had WHERE had.cart_id = item.cart_id AND had.product_id = item.product_id)
    ), head AS (
        SELECT stretch.cart_id, holder.customer_id,
               CASE WHEN holder.customer_id IS NULL THEN holder.visitor_id ELSE max(stretch.visitor_id) END
                   AS visitor_id,
               min(stretch.at) AS opened_at, max(stretch.at) AS last_activity_at,
               (array_agg(properties ->> 'restore_url' ORDER BY stretch.at DESC)
                    FILTER (WHERE properties ? 'restore_url'))[1] AS restore_url
        FROM stretch JOIN holder USING (cart_id) GROUP BY stretch.cart_id, holder.customer_id, holder.visitor_id
    ), content AS (
        SELECT cart_id, least(sum(quantity), %(most_pieces)s) AS items, sum(amount) AS value FROM line GROUP BY cart_id
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
    ), taken_from AS (
        INSERT INTO customers_dirty (customer_id, at, origin)
        SELECT DISTINCT c.customer_id, %(at)s::timestamptz, %(origin)s
        FROM customers_cart AS c JOIN holder ON holder.cart_id = c.id
        WHERE c.customer_id <> holder.customer_id
    )
    UPDATE customers_cart AS c
    SET customer_id = head.customer_id, visitor_id = head.visitor_id, opened_at = head.opened_at,
        last_activity_at = head.last_activity_at, restore_url = left(coalesce(head.restore_url, ''), 500),
        items = coalesce(content.items, 0), value = coalesce(content.value, 0),
        currency = %(currency)s, updated_at = %(at)s,
        closed_at = start.closed_at, order_id = CASE WHEN start.bought THEN closed.order_id END,
        state = CASE WHEN start.bought THEN 'bought'
                     WHEN content.items > 0 AND head.last_activity_at < %(left_behind)s THEN 'abandoned'
                     ELSE 'open' END
    FROM head JOIN start USING (cart_id) LEFT JOIN content USING (cart_id) LEFT JOIN closed USING (cart_id)
    WHERE c.id = head.cart_id
"""
# Behind the time at which it was bought a cart may show what she bought; before it was opened, there was another in it.
OF_BUYERS = """
    SELECT DISTINCT c.id FROM customers_order AS o
    JOIN customers_cart AS c ON c.customer_id = o.customer_id
    WHERE o.id = ANY(%(ids)s) AND o.kind = 'order'
      AND (c.opened_at <= o.placed_at OR EXISTS (
          SELECT 1 FROM customers_event AS e WHERE e.cart_id = c.id AND e.at <= o.placed_at))
      AND (c.state <> 'bought' OR c.order_id IS NULL OR o.placed_at <= c.closed_at OR EXISTS (
          SELECT 1 FROM customers_event AS e WHERE e.cart_id = c.id AND e.at > c.closed_at))
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
def derive(ids: Sequence[int], at: datetime, origin: str = Origin.LIVE) -> None:
    """Write these carts anew from what happened to them; events outlive a cart that has been deleted."""
    if not ids:
        return
    params: dict[str, Any] = {
        "ids": sorted(ids),
        "at": at,
        "left_behind": _left_behind(at),
        "origin": str(origin),
    }
    params |= {"most_pieces": MOST_PIECES, "most_amount": MOST_AMOUNT, "currency": Shop.current().counts_in}
    with connection.cursor() as cursor:
        cursor.execute(LOCK, params)
        cursor.execute(ELSEWHERE + LEFT_OVER + FACTS + WRITE, params)


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
