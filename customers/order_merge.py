"""The statements behind `orders.record`: incoming lines, per-order heads, and what is merged from them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper

TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_line (
        number text, refund boolean, customer text, country text, store text, placed_at timestamptz, sku text,
        service boolean, name text, quantity integer, unit_price numeric, refund_of text, position bigint,
        cost numeric
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_order (
        order_id bigint, number text, created boolean, refund boolean, customer_id bigint,
        store_id bigint, refund_of text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS accepted_line (
        order_id bigint, product_id bigint, quantity integer, unit_price numeric, amount bigint,
        base_amount bigint, placed_at timestamptz, position bigint, cost bigint
    ) ON COMMIT DELETE ROWS;
    TRUNCATE incoming_line, incoming_order, accepted_line;
"""
COPY = "COPY incoming_line FROM STDIN"

# Whoever merges lines of a source waits for others of the same source, so that what one finds missing is
# not made by two.
LOCK_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('orders of ' || %s, 0))"

# What is known already is set aside before anything is made on its account.
KNOWN = """
    WITH gone AS (
        DELETE FROM incoming_line AS l USING customers_order AS o
        WHERE o.source = %(source)s AND o.number = l.number AND l.number <> ALL(%(joins)s::text[])
        RETURNING o.id, o.kind, l.*
    )
    SELECT id, false, true, kind = 'refund', count(*), sum(round(quantity * unit_price * %(factor)s))::bigint,
           min(position), max(position), min(placed_at), max(placed_at)
    FROM gone GROUP BY id, kind ORDER BY id
"""
MAKE_CUSTOMERS = """
    WITH stated AS (
        SELECT DISTINCT ON (customer) customer AS number, country
        FROM incoming_line WHERE customer <> '' ORDER BY customer, country = '', position
    ), missing AS MATERIALIZED (
        SELECT nextval('customers_customer_id_seq') AS id, number, country FROM stated
        WHERE NOT EXISTS (
            SELECT 1 FROM customers_identity AS i WHERE i.source = %(source)s AND i.number = stated.number
        )
    ), made AS (
        INSERT INTO customers_customer (id, country, acquisition_source)
        SELECT id, country, %(source)s FROM missing
    )
    INSERT INTO customers_identity (customer_id, source, number)
    SELECT id, %(source)s, number FROM missing
    RETURNING customer_id
"""
FILL_COUNTRIES = """
    WITH stated AS (
        SELECT DISTINCT ON (customer) customer AS number, country
        FROM incoming_line WHERE customer <> '' AND country <> '' ORDER BY customer, position
    )
    UPDATE customers_customer AS c SET country = stated.country
    FROM stated JOIN customers_identity AS i ON i.source = %(source)s AND i.number = stated.number
    WHERE c.id = i.customer_id AND c.country = '' AND c.erased_at IS NULL AND c.merged_into_id IS NULL
    RETURNING c.id
"""
MAKE_PRODUCTS = """
    INSERT INTO customers_product (sku, kind, names)
    SELECT DISTINCT ON (upper(sku)) sku, CASE WHEN service THEN 'service' ELSE 'merchandise' END, '{}'::jsonb
    FROM incoming_line AS l
    WHERE NOT EXISTS (SELECT 1 FROM customers_product AS p WHERE upper(p.sku) = upper(l.sku))
    ORDER BY upper(sku), position
    ON CONFLICT (upper(sku)) DO NOTHING
    RETURNING id
"""
NAME_PRODUCTS = """
    WITH stated AS (
        SELECT DISTINCT ON (upper(sku)) upper(sku) AS sku, name
        FROM incoming_line WHERE name <> '' ORDER BY upper(sku), position
    ), unnamed AS MATERIALIZED (
        SELECT p.id, stated.name FROM customers_product AS p JOIN stated ON stated.sku = upper(p.sku)
        WHERE p.names = '{}' ORDER BY p.id FOR UPDATE OF p
    )
    UPDATE customers_product AS p SET names = jsonb_build_object(%(language)s::text, unnamed.name)
    FROM unnamed WHERE p.id = unnamed.id
"""
ORDERS_HEAD = """
    WITH head AS (
        SELECT DISTINCT ON (number) number, customer, store,
               max(refund_of) OVER (PARTITION BY number) AS refund_of,
               bool_and(refund) OVER (PARTITION BY number) AS refund
        FROM incoming_line ORDER BY number, customer = '', position
    )
    INSERT INTO incoming_order
    SELECT coalesce(o.id, nextval('customers_order_id_seq')), head.number, o.id IS NULL,
           coalesce(o.kind = 'refund', head.refund),
           CASE WHEN o.id IS NOT NULL THEN o.customer_id
                WHEN c.erased_at IS NULL THEN coalesce(c.merged_into_id, c.id) END,
           s.id, head.refund_of
    FROM head
    LEFT JOIN customers_identity AS i ON i.source = %(source)s AND i.number = head.customer
    LEFT JOIN customers_customer AS c ON c.id = i.customer_id
    LEFT JOIN customers_store AS s ON s.number = head.store
    LEFT JOIN customers_order AS o ON o.source = %(source)s AND o.number = head.number
"""
# What the source does not say is taken from the catalogue, as it stands now, where that is in the order's currency and
# can be true: of a cost beyond all measure none is known.
ACCEPT = """
    INSERT INTO accepted_line
    SELECT o.order_id, p.id, l.quantity, l.unit_price, round(l.quantity * l.unit_price * %(factor)s),
           round(l.quantity * l.unit_price * %(base_factor)s), l.placed_at, l.position,
           round(l.quantity * coalesce(l.cost * %(factor)s, CASE WHEN p.currency = %(currency)s
               AND abs(l.quantity::numeric * p.cost) <= %(most)s THEN p.cost END))
    FROM incoming_line AS l
    JOIN incoming_order AS o ON o.number = l.number
    JOIN customers_product AS p ON upper(p.sku) = upper(l.sku)
    LEFT JOIN customers_identity AS i ON i.source = %(source)s AND i.number = l.customer
    LEFT JOIN customers_customer AS c ON c.id = i.customer_id
    WHERE l.customer = '' OR o.customer_id IS NOT DISTINCT FROM
        (CASE WHEN c.erased_at IS NULL THEN coalesce(c.merged_into_id, c.id) END)
"""
INSERT_ORDERS = """
    INSERT INTO customers_order
        (id, source, number, kind, customer_id, store_id, placed_at, currency, total, base_total,
         origin, refund_of_number)
    SELECT o.order_id, %(source)s, o.number, CASE WHEN o.refund THEN 'refund' ELSE 'order' END, o.customer_id,
           o.store_id, min(l.placed_at), %(currency)s, sum(l.amount), sum(l.base_amount), %(origin)s,
           CASE WHEN o.refund THEN nullif(o.refund_of, '') END
    FROM incoming_order AS o JOIN accepted_line AS l ON l.order_id = o.order_id
    WHERE o.created
    GROUP BY o.order_id, o.number, o.refund, o.customer_id, o.store_id, o.refund_of
    ORDER BY o.order_id
"""
# A refund may come before its order, in another call: whichever of the two is in this one looks for the other.
LINK_REFUNDS = """
    WITH pair AS (
        SELECT refund.id, original.id AS original_id, original.customer_id
        FROM incoming_order AS o
        JOIN customers_order AS refund ON refund.id = o.order_id AND refund.kind = 'refund'
            AND refund.refund_of_id IS NULL
        JOIN customers_order AS original ON original.source = refund.source
            AND original.number = refund.refund_of_number AND original.kind = 'order'
        WHERE o.refund
        UNION
        SELECT refund.id, original.id, original.customer_id
        FROM incoming_order AS o
        JOIN customers_order AS original ON original.id = o.order_id AND original.kind = 'order'
        JOIN customers_order AS refund ON refund.source = original.source
            AND refund.refund_of_number = original.number AND refund.refund_of_id IS NULL
            AND refund.kind = 'refund'
        WHERE o.created AND NOT o.refund
    )
    UPDATE customers_order AS refund
    SET refund_of_id = pair.original_id, customer_id = coalesce(refund.customer_id, pair.customer_id)
    FROM pair WHERE refund.id = pair.id
    RETURNING refund.id, refund.customer_id
"""
EXTEND_ORDERS = """
    WITH added AS (
        SELECT o.order_id, min(l.placed_at) AS placed_at, sum(l.amount) AS amount, sum(l.base_amount) AS base,
               max(CASE WHEN o.refund THEN nullif(o.refund_of, '') END) AS refund_of
        FROM incoming_order AS o JOIN accepted_line AS l ON l.order_id = o.order_id
        WHERE NOT o.created GROUP BY o.order_id
    )
    UPDATE customers_order AS o
    SET total = o.total + added.amount, base_total = o.base_total + added.base,
        placed_at = least(o.placed_at, added.placed_at),
        refund_of_number = coalesce(o.refund_of_number, added.refund_of)
    FROM added WHERE o.id = added.order_id
"""
INSERT_LINES = """
    INSERT INTO customers_orderline (order_id, position, product_id, quantity, unit_price, amount, cost)
    SELECT l.order_id, coalesce(there.last, 0) + row_number() OVER (PARTITION BY l.order_id ORDER BY l.position),
           l.product_id, l.quantity, l.unit_price, l.amount, l.cost
    FROM accepted_line AS l
    JOIN incoming_order AS o ON o.order_id = l.order_id
    LEFT JOIN LATERAL (
        SELECT max(position) AS last FROM customers_orderline WHERE order_id = l.order_id AND NOT o.created
    ) AS there ON true
    ORDER BY l.position
"""
# Goods that come back cost what they cost when they went out, whichever of order and refund came first.
COST_REFUNDS = """
    WITH refund AS (
        SELECT id, refund_of_id FROM customers_order WHERE id = ANY(%(linked)s)
        UNION
        SELECT r.id, r.refund_of_id FROM incoming_order AS o JOIN customers_order AS r ON r.id = o.order_id
        WHERE o.refund AND r.refund_of_id IS NOT NULL
        UNION
        SELECT r.id, r.refund_of_id FROM incoming_order AS o JOIN customers_order AS r ON r.refund_of_id = o.order_id
        WHERE NOT o.created AND NOT o.refund
    ), bought AS (
        SELECT refund.id AS refund_id, l.product_id,
               CASE WHEN bool_and(l.cost IS NOT NULL) THEN sum(l.cost) / nullif(sum(l.quantity), 0) END AS cost
        FROM refund
        JOIN customers_order AS r ON r.id = refund.id
        JOIN customers_order AS o ON o.id = refund.refund_of_id AND o.currency = r.currency
        JOIN customers_orderline AS l ON l.order_id = o.id
        GROUP BY refund.id, l.product_id
    ), given_back AS (
        SELECT l.id,
               CASE WHEN abs(l.quantity * bought.cost) <= %(most)s THEN round(l.quantity * bought.cost) END AS cost
        FROM bought
        JOIN customers_orderline AS l ON l.order_id = bought.refund_id AND l.product_id = bought.product_id
    )
    UPDATE customers_orderline AS l SET cost = given_back.cost
    FROM given_back WHERE l.id = given_back.id AND l.cost IS DISTINCT FROM given_back.cost
"""
TOUCHED = """
    SELECT o.order_id, o.created, false, o.refund, count(*), sum(a.amount)::bigint,
           min(a.position), max(a.position), min(a.placed_at), max(a.placed_at)
    FROM incoming_order AS o JOIN accepted_line AS a ON a.order_id = o.order_id
    GROUP BY o.order_id, o.created, o.refund
    ORDER BY o.order_id
"""
REFUSED = """
    SELECT l.position, 'other_customer'
    FROM incoming_line AS l JOIN incoming_order AS o ON o.number = l.number
    WHERE NOT EXISTS (SELECT 1 FROM accepted_line AS a WHERE a.position = l.position)
    ORDER BY l.position
"""
CUSTOMERS = """
    SELECT DISTINCT o.customer_id FROM incoming_order AS o
    JOIN accepted_line AS l ON l.order_id = o.order_id
    WHERE o.customer_id IS NOT NULL ORDER BY 1
"""
NOTICES = """
    SELECT count(*) FILTER (WHERE l.name = '') AS lines_without_name,
           count(*) FILTER (WHERE o.customer_id IS NOT NULL) AS lines_customer,
           count(*) FILTER (WHERE l.customer = '' AND o.customer_id IS NULL) AS lines_anonymous,
           count(*) FILTER (WHERE o.refund) AS lines_refund,
           count(*) FILTER (WHERE l.unit_price = 0) AS lines_free,
           count(*) FILTER (WHERE l.unit_price * %(factor)s <> trunc(l.unit_price * %(factor)s)) AS lines_below_cent,
           count(*) FILTER (WHERE l.name <> '' AND l.name IS DISTINCT FROM p.names ->> %(language)s::text)
               AS lines_other_name,
           count(*) FILTER (WHERE l.sku <> p.sku) AS lines_other_case,
           count(*) FILTER (WHERE p.kind = 'service') AS lines_service,
           count(*) FILTER (WHERE l.country <> '' AND c.country <> '' AND l.country <> c.country)
               AS lines_other_country,
           count(*) FILTER (WHERE l.customer <> '' AND o.customer_id IS NULL) AS lines_erased_customer
    FROM accepted_line AS a
    JOIN incoming_line AS l ON l.position = a.position
    JOIN incoming_order AS o ON o.order_id = a.order_id
    JOIN customers_product AS p ON p.id = a.product_id
    LEFT JOIN customers_customer AS c ON c.id = o.customer_id
"""


def take(cursor: CursorWrapper, lines: Iterable[Sequence[Any]], source: str) -> None:
    """Copy the lines into the temporary table and hold the source until the transaction ends."""
    cursor.execute(TABLES)
    with cursor.copy(COPY) as copy:
        for line in lines:
            copy.write_row(line)
    cursor.execute("ANALYZE incoming_line (number, customer, sku, position)")
    cursor.execute(LOCK_SOURCE, [source])


def notices(cursor: CursorWrapper, params: dict[str, Any]) -> dict[str, int]:
    """What was decided on the accepted lines, and how often."""
    cursor.execute(NOTICES, params)
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone() or (), strict=True))


def customers(cursor: CursorWrapper) -> list[int]:
    """The customers whose orders changed."""
    cursor.execute(CUSTOMERS)
    return [row[0] for row in cursor.fetchall()]
