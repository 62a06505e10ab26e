"""Which campaign an order counts for: the last click before it, inside that campaign's window.

A click counts if a person made it (not a scanner) and the order was placed at the same moment or later, at
most `attribution_days` after it. Of the clicks whose window holds the order the last one has it; an order
counts once. Only the times of the facts matter, never the sequence in which they became known, so an order
imported a week late and a click reported late are attributed all the same, and corrected facts anew.
"""

from collections.abc import Sequence

from django.db import connection, transaction

CHUNK = 5_000

NOTE_ORDERS = "INSERT INTO campaigns_ordertoattribute (order_id) SELECT unnest(%(ids)s::bigint[])"

NOTE_CLICKS = """
INSERT INTO campaigns_clicktoattribute (event_id)
SELECT id FROM channels_deliveryevent WHERE id = ANY(%(ids)s) AND kind = 'clicked'
"""

# Which orders a click may claim is asked when it is swept: when it is noted, orders of transactions that are
# still open cannot be seen.
SPREAD = """
WITH taken AS (
    DELETE FROM campaigns_clicktoattribute WHERE id IN (
        SELECT id FROM campaigns_clicktoattribute ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) RETURNING event_id
), noted AS (
    INSERT INTO campaigns_ordertoattribute (order_id)
    SELECT orders.id
    FROM taken
    JOIN channels_deliveryevent event ON event.id = taken.event_id
    JOIN channels_delivery delivery ON delivery.id = event.delivery_id
    JOIN campaigns_campaign campaign ON campaign.message_id = delivery.message_id
    JOIN customers_order orders ON orders.customer_id = delivery.customer_id AND orders.kind = 'order'
        AND orders.placed_at >= event.at
        AND orders.placed_at <= event.at + make_interval(days => campaign.attribution_days)
)
SELECT count(*) FROM taken
"""

TAKE = """
DELETE FROM campaigns_ordertoattribute WHERE id IN (
    SELECT id FROM campaigns_ordertoattribute ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) RETURNING order_id
"""

LOCK = "SELECT 1 FROM customers_order WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"

# One pass over the orders in hand: what each now belongs to replaces what it belonged to before.
ATTRIBUTE = """
WITH found AS (
    SELECT orders.id AS order_id, click.delivery_id, click.campaign_id, click.at
    FROM customers_order orders
    LEFT JOIN LATERAL (
        SELECT delivery.id AS delivery_id, campaign.id AS campaign_id, event.at
        FROM channels_delivery delivery
        JOIN campaigns_campaign campaign ON campaign.message_id = delivery.message_id
        JOIN channels_deliveryevent event ON event.delivery_id = delivery.id
        WHERE delivery.customer_id = orders.customer_id
            AND event.kind = 'clicked' AND event.human
            AND event.at <= orders.placed_at
            AND event.at >= orders.placed_at - make_interval(days => campaign.attribution_days)
        ORDER BY event.at DESC, event.id DESC
        LIMIT 1
    ) click ON orders.kind = 'order'
    WHERE orders.id = ANY(%(ids)s)
), gone AS (
    DELETE FROM campaigns_attribution old USING found
    WHERE old.order_id = found.order_id AND found.delivery_id IS NULL
)
INSERT INTO campaigns_attribution (order_id, delivery_id, campaign_id, clicked_at)
SELECT order_id, delivery_id, campaign_id, at FROM found WHERE delivery_id IS NOT NULL
ON CONFLICT (order_id) DO UPDATE SET
    delivery_id = excluded.delivery_id, campaign_id = excluded.campaign_id, clicked_at = excluded.clicked_at
"""


def note_orders(ids: Sequence[int]) -> None:
    """Remember these orders for the sweeper; the caller's transaction keeps fact and note together."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE_ORDERS, {"ids": list(ids)})


def note_clicks(event_ids: Sequence[int]) -> None:
    """Remember the clicks among these events: they may claim orders, or lose them if found a machine's."""
    with connection.cursor() as cursor:
        cursor.execute(NOTE_CLICKS, {"ids": list(event_ids)})


def sweep(limit: int = CHUNK) -> int:
    """Work on at most `limit` notes of clicks and of orders; the number of notes taken, 0 if none is left."""
    return _spread_clicks(limit) + _attribute_orders(limit)


def _spread_clicks(limit: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SPREAD, {"limit": limit})
        return int(cursor.fetchone()[0])


def _attribute_orders(limit: int) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, {"limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
        if ids:
            cursor.execute(LOCK, {"ids": ids})
            cursor.execute(ATTRIBUTE, {"ids": ids})
        return len(ids)
