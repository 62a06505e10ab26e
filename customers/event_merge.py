"""The statements behind `events.record`: incoming facts and items, and what is merged from them."""

from typing import Any

import msgspec

# The property of what is said of a cart by whoever has a browser: it gives nobody an order, nor the cart of another.
UNPROVEN = "unproven"

TABLES = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_event (
        position bigint, key uuid, shared_key uuid, digest bigint, at timestamptz, kind text, name text, customer text,
        visitor text, store text, cart text, value bigint, properties jsonb, fresh boolean, erased boolean,
        customer_id bigint, visitor_id bigint, product_id bigint, store_id bigint, cart_id bigint, lines jsonb
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_item (
        position bigint, is_subject boolean, sku text, name text, quantity integer, unit_price bigint,
        brand text, product_id bigint
    ) ON COMMIT DELETE ROWS;
    TRUNCATE incoming_event, incoming_item;
"""
COPY_EVENTS = """
    COPY incoming_event (position, key, shared_key, digest, at, kind, name, customer, customer_id, visitor, store, cart,
                         value, properties, lines)
    FROM STDIN
"""
COPY_ITEMS = "COPY incoming_item (position, is_subject, sku, name, quantity, unit_price, brand) FROM STDIN"
LOCK_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('events of ' || %(source)s, 0))"

# Browsers once shared the space of ids with the shop's server. What was heard then, and is sent again, is known.
HEARD_UNDER_SHARED_KEY = """
    UPDATE incoming_event AS e SET key = k.key FROM customers_eventkey AS k
    WHERE k.key = e.shared_key AND k.hash = e.digest
"""
# A message counts once: the first of its kind in this call makes the key, unless somebody has.
NEW_KEYS = """
    WITH first AS MATERIALIZED (
        SELECT DISTINCT ON (key) key, digest, at, position FROM incoming_event ORDER BY key, position
    ), made AS (
        INSERT INTO customers_eventkey (key, hash, at) SELECT key, digest, at FROM first ORDER BY key
        ON CONFLICT (key) DO NOTHING
        RETURNING key
    )
    UPDATE incoming_event AS e SET fresh = true
    FROM first JOIN made ON made.key = first.key
    WHERE e.position = first.position
"""
KNOWN = """
    SELECT e.position, CASE WHEN k.hash = e.digest THEN 'repeated' ELSE 'mismatch' END
    FROM incoming_event AS e JOIN customers_eventkey AS k ON k.key = e.key
    WHERE e.fresh IS NULL
"""
DROP_KNOWN = "DELETE FROM incoming_event WHERE fresh IS NULL"

FIND_CUSTOMERS = """
    UPDATE incoming_event AS e
    SET customer_id = coalesce(winner.id, c.id),
        erased = c.erased_at IS NOT NULL OR winner.erased_at IS NOT NULL
    FROM customers_identity AS i
    JOIN customers_customer AS c ON c.id = i.customer_id
    LEFT JOIN customers_customer AS winner ON winner.id = c.merged_into_id
    WHERE e.customer <> '' AND i.source = %(source)s AND i.number = e.customer
"""
DROP_ERASED = "DELETE FROM incoming_event WHERE erased RETURNING position, 'erased'"
# Locks each visitor: whoever identifies one at this moment is waited for, and her owner is read after that.
MEET_VISITORS = """
    INSERT INTO customers_visitor AS v (anonymous_id, first_seen_at, last_seen_at)
    SELECT visitor, min(at), max(at) FROM incoming_event WHERE visitor <> '' GROUP BY visitor ORDER BY visitor
    ON CONFLICT (anonymous_id) DO UPDATE
    SET first_seen_at = least(v.first_seen_at, excluded.first_seen_at),
        last_seen_at = greatest(v.last_seen_at, excluded.last_seen_at)
"""
# One look-up each, since the planner takes visitors without owner for rare, which those just met are not.
STATED_OWNERS = """
    WITH stated AS MATERIALIZED (
        SELECT DISTINCT ON (visitor) visitor, customer_id FROM incoming_event
        WHERE visitor <> '' AND customer_id IS NOT NULL ORDER BY visitor, at, key
    )
    SELECT visitor, customer_id FROM stated
    WHERE (SELECT v.customer_id FROM customers_visitor AS v WHERE v.anonymous_id = stated.visitor) IS NULL
"""
# A browser that belongs to another customer says nothing about this one; of that of an erased person nothing is kept.
FIND_VISITORS = """
    UPDATE incoming_event AS e
    SET erased = e.customer_id IS NULL AND c.erased_at IS NOT NULL,
        customer_id = coalesce(e.customer_id, v.customer_id),
        visitor_id = CASE WHEN v.customer_id IS NULL OR e.customer_id IS NULL OR e.customer_id = v.customer_id
                          THEN v.id END
    FROM customers_visitor AS v LEFT JOIN customers_customer AS c ON c.id = v.customer_id
    WHERE e.visitor <> '' AND v.anonymous_id = e.visitor
"""
MAKE_PRODUCTS = """
    INSERT INTO customers_product (sku, names, price, currency)
    SELECT DISTINCT ON (upper(i.sku)) i.sku,
           CASE WHEN i.name = '' THEN '{}'::jsonb ELSE jsonb_build_object(%(language)s::text, i.name) END,
           i.unit_price, CASE WHEN i.unit_price IS NULL THEN '' ELSE %(currency)s END
    FROM incoming_item AS i JOIN incoming_event AS e ON e.position = i.position
    WHERE NOT EXISTS (SELECT 1 FROM customers_product AS p WHERE upper(p.sku) = upper(i.sku))
    ORDER BY upper(i.sku), i.name = '', i.unit_price IS NULL, i.position
    ON CONFLICT (upper(sku)) DO NOTHING
    RETURNING id
"""
# A brand that the catalogue has stays: it is stated there, and mentioned here. Locked as catalogue does, in id order.
BRAND_PRODUCTS = """
    WITH told AS (
        SELECT DISTINCT ON (upper(i.sku)) upper(i.sku) AS sku, i.brand
        FROM incoming_item AS i JOIN incoming_event AS e ON e.position = i.position
        WHERE i.brand <> '' ORDER BY upper(i.sku), i.position
    ), held AS MATERIALIZED (
        SELECT p.id, told.brand FROM customers_product AS p JOIN told ON told.sku = upper(p.sku)
        WHERE p.brand = '' ORDER BY p.id FOR NO KEY UPDATE OF p
    )
    UPDATE customers_product AS p SET brand = held.brand, updated_at = %(at)s FROM held WHERE p.id = held.id
    RETURNING p.id
"""
BUYERS = """
    SELECT DISTINCT o.customer_id FROM customers_orderline AS l JOIN customers_order AS o ON o.id = l.order_id
    WHERE l.product_id = ANY(%s) AND o.customer_id IS NOT NULL
"""
FIND_PRODUCTS = """
    WITH found AS (
        UPDATE incoming_item AS i SET product_id = p.id FROM customers_product AS p WHERE upper(p.sku) = upper(i.sku)
        RETURNING i.position, i.is_subject, i.quantity, i.unit_price, p.id
    ), summed AS (
        SELECT position, max(id) FILTER (WHERE is_subject) AS subject,
               jsonb_agg(jsonb_build_array(id, quantity, unit_price) ORDER BY id, quantity) AS lines
        FROM found GROUP BY position
    )
    UPDATE incoming_event AS e SET product_id = summed.subject, lines = summed.lines
    FROM summed WHERE summed.position = e.position
"""
UNKNOWN_PRODUCTS = """
    SELECT DISTINCT i.position FROM incoming_item AS i JOIN incoming_event AS e ON e.position = i.position
    WHERE i.product_id IS NULL
"""
FIND_PLACES = """
    UPDATE incoming_event AS e SET store_id = s.id FROM customers_store AS s
    WHERE e.store <> '' AND s.number = e.store
"""
# Who does not number her carts has one per browser, or one of her own where she is known without one. A browser names
# itself, and must not name a customer's.
OWN_CART = "own:"
OWN_CARTS = f"""
    UPDATE incoming_event
    SET cart = '{OWN_CART}' || CASE WHEN visitor_id IS NOT NULL AND visitor LIKE '#%%' THEN '~' || visitor
                              WHEN visitor_id IS NOT NULL THEN visitor
                              WHEN customer <> '' THEN '#' || customer
                              ELSE '##' || customer_id END
    WHERE cart = '' AND kind = ANY(%(cart_kinds)s)
      AND (visitor_id IS NOT NULL OR customer <> '' OR customer_id IS NOT NULL)
"""  # noqa: S608
MAKE_CARTS = """
    INSERT INTO customers_cart (source, number, opened_at, last_activity_at)
    SELECT %(source)s, cart, min(at), max(at) FROM incoming_event WHERE cart <> '' GROUP BY cart ORDER BY cart
    ON CONFLICT (source, number) DO NOTHING
"""
FIND_CARTS = """
    UPDATE incoming_event AS e SET cart_id = c.id FROM customers_cart AS c
    WHERE e.cart <> '' AND c.source = %(source)s AND c.number = e.cart
"""
# A public key puts nothing into the cart of somebody else. One that is nobody's is of the first who comes, until its
# customer is known: from then on only browsers of hers get into it. A browser of which the shop's server told has it
# until the server names somebody.
KEEP_OUT_OF_CARTS = f"""
    WITH holder AS (
        SELECT DISTINCT ON (c.id) c.id, coalesce(c.visitor_id, e.visitor_id) AS visitor_id,
               CASE WHEN c.customer_id IS NOT NULL THEN c.customer_id
                    WHEN c.visitor_id IS NULL OR NOT EXISTS (
                        SELECT 1 FROM customers_event AS told WHERE told.cart_id = c.id
                        AND told.visitor_id = c.visitor_id AND NOT told.properties ? '{UNPROVEN}') THEN e.customer_id
               END AS customer_id
        FROM incoming_event AS e JOIN customers_cart AS c ON c.id = e.cart_id
        ORDER BY c.id, e.customer_id IS NULL, e.at, e.position
    )
    UPDATE incoming_event AS e SET cart_id = NULL FROM holder
    WHERE holder.id = e.cart_id AND CASE WHEN holder.customer_id IS NULL
        THEN e.visitor_id IS DISTINCT FROM coalesce(holder.visitor_id, -1)
        ELSE e.customer_id IS DISTINCT FROM holder.customer_id END
"""  # noqa: S608
INSERT_EVENTS = """
    INSERT INTO customers_event (at, received_at, kind, name, customer_id, visitor_id, product_id, store_id, cart_id,
                                 value, properties, lines, source, origin)
    SELECT at, %(at)s, kind, name, customer_id, visitor_id, product_id, store_id, cart_id, value, properties, lines,
           %(source)s, CASE WHEN %(origin)s = 'live' AND at < %(late)s THEN 'import' ELSE %(origin)s END
    FROM incoming_event ORDER BY position
    RETURNING id, at < %(late)s
"""

# `removed_at` is empty while she has it on her list. A row of which only the removal is known has both times equal.
FAVOURITES = """
    INSERT INTO customers_favourite AS f (customer_id, visitor_id, product_id, added_at, removed_at)
    SELECT {customer}, {visitor}, product_id, coalesce(added, removed),
           CASE WHEN removed >= coalesce(added, '-infinity') THEN removed END
    FROM (
        SELECT {whose} AS whose, product_id, max(at) FILTER (WHERE kind = 'favourite') AS added,
               max(at) FILTER (WHERE kind = 'unfavourite') AS removed
        FROM incoming_event
        WHERE kind IN ('favourite', 'unfavourite') AND product_id IS NOT NULL AND {test}
        GROUP BY {whose}, product_id ORDER BY {whose}, product_id
    ) AS stated
    {merge}
"""
MERGE_FAVOURITES = """
    ON CONFLICT ({key}, product_id) WHERE {where} DO UPDATE SET
        (added_at, removed_at) = (
            SELECT coalesce(added, removed), CASE WHEN removed >= coalesce(added, '-infinity') THEN removed END
            FROM (SELECT greatest(nullif(f.added_at, f.removed_at), nullif(excluded.added_at, excluded.removed_at)),
                         greatest(f.removed_at, excluded.removed_at)) AS both_ (added, removed)
        )
"""
MERGE_OF_CUSTOMERS = MERGE_FAVOURITES.format(key="customer_id", where="customer_id IS NOT NULL")
FAVOURITES_OF_CUSTOMERS = FAVOURITES.format(
    customer="whose",
    visitor="NULL",
    whose="customer_id",
    test="customer_id IS NOT NULL",
    merge=MERGE_OF_CUSTOMERS,
)
FAVOURITES_OF_VISITORS = FAVOURITES.format(
    customer="NULL",
    visitor="whose",
    whose="visitor_id",
    test="customer_id IS NULL AND visitor_id IS NOT NULL",
    merge=MERGE_FAVOURITES.format(key="visitor_id", where="customer_id IS NULL"),
)

CARTS = "SELECT DISTINCT cart_id FROM incoming_event WHERE cart_id IS NOT NULL"
# The last time of each kind of behaviour, by column of the roll-up row.
LAST = {
    "last_event_at": "true",
    "last_view_at": "kind = 'view'",
    "last_favourite_at": "kind = 'favourite'",
    "last_search_at": "kind = 'search'",
    "last_cart_at": "kind IN ('cart_add', 'cart_remove', 'cart', 'checkout')",
    "last_visit_at": "kind = 'visit'",
    "last_open_at": "kind IN ('open', 'screen')",
}
LAST_TIMES = ", ".join(f"max(at) FILTER (WHERE {test}) AS {name}" for name, test in LAST.items())
ROLL_UP = f"""
    INSERT INTO customers_customerstats AS s (customer_id, {", ".join(LAST)})
    SELECT customer_id, {LAST_TIMES} FROM incoming_event
    WHERE customer_id IS NOT NULL GROUP BY customer_id ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE
    SET {", ".join(f"{name} = greatest(s.{name}, excluded.{name})" for name in LAST)}
"""  # noqa: S608
DIRTY = """
    INSERT INTO customers_dirty (customer_id, at, origin)
    SELECT customer_id, %(at)s::timestamptz,
        CASE WHEN %(origin)s = 'live' AND bool_and(at < %(late)s) THEN 'import' ELSE %(origin)s END
    FROM incoming_event WHERE customer_id IS NOT NULL GROUP BY customer_id
"""


def json_text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
