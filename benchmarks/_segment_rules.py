"""The rules that are measured: each as a tree, and as the best SQL that we could write by hand.

By hand means: whoever writes it knows the schema, its indexes and how many rows these very values find, and tried
several ways.
"""

from datetime import timedelta
from typing import Any, NamedTuple

from benchmarks._segment_data import AT
from benchmarks._segment_trees import (
    ADDRESS,
    GERMAN,
    GOLD,
    bought,
    cart,
    consent,
    did,
    earned,
    last_order,
    last_time,
    leaf,
    liked,
    ordered,
)

ONE = [100]  # a category as most are: each twentieth product belongs to the twenty
TWENTY = list(range(81, 101))
HOURS, DAYS = timedelta(hours=1), timedelta(days=1)
VALUES = {
    **{f"days_{n}": AT - n * DAYS for n in (1, 7, 14, 30, 60, 90, 180, 365)},
    **{f"hours_{n}": AT - n * HOURS for n in (1, 4, 24)},
    "one": ONE,
    "twenty": TWENTY,
    "at": AT,
}


class Rule(NamedTuple):
    """`by_hand` selects one column of ids, each once; its values are named in VALUES."""

    tree: Any
    by_hand: str


# --- Parts of what is written by hand ---

LIVING = "c.merged_into_id IS NULL AND c.erased_at IS NULL"
MAY_SEND = """EXISTS (SELECT FROM channels_permission p WHERE p.customer_id = c.id AND p.granted
    AND p.channel = 'email' AND p.purpose = 'sending' AND p.topic_id IS NULL)"""
REFUSED = """EXISTS (SELECT FROM channels_permission p WHERE p.customer_id = c.id AND NOT p.granted
    AND p.channel = 'email' AND p.purpose = 'sending' AND p.topic_id IS NULL)"""
SUPPRESSED = """EXISTS (SELECT FROM channels_reach r JOIN channels_suppression x
    ON x.channel = r.channel AND x.address_key = r.address_key
    WHERE r.customer_id = c.id AND r.channel = 'email' AND r.address = c.email)"""
IS_GOLD = """(c.attributes @> '{"club": "Gold"}' OR c.attributes @> '{"club": ["Gold"]}')"""
PRODUCTS = "SELECT id FROM customers_product WHERE category_id = ANY (%(one)s)"
WITH_STATS = "customers_customer c JOIN customers_customerstats s ON s.customer_id = c.id"
PERHAPS_STATS = "customers_customer c LEFT JOIN customers_customerstats s ON s.customer_id = c.id"


def viewed(name: str) -> Rule:
    tree = did("view", 7, categories=VALUES[name], bought="not_since")
    by_hand = f"""
        WITH seen AS MATERIALIZED (
            SELECT e.customer_id, e.product_id, max(e.at) AS at FROM customers_event e
            WHERE e.kind = 'view' AND e.customer_id IS NOT NULL AND e.at >= %(days_7)s
              AND e.product_id IN (SELECT id FROM customers_product WHERE category_id = ANY (%({name})s))
            GROUP BY e.customer_id, e.product_id)
        SELECT DISTINCT c.id FROM seen e JOIN customers_customer c ON c.id = e.customer_id
            JOIN customers_customerstats s ON s.customer_id = c.id
        WHERE {LIVING} AND c.language = 'de' AND s.last_order_times[2] >= %(days_180)s AND {MAY_SEND}
          AND NOT EXISTS (SELECT FROM customers_orderline l JOIN customers_order o ON o.id = l.order_id
                          WHERE l.product_id = e.product_id AND o.customer_id = e.customer_id
                            AND o.kind = 'order' AND o.placed_at >= e.at)"""
    return Rule({"all": [GERMAN, consent("has"), ordered(2, 180), tree]}, by_hand)


RULES = {
    "i": viewed("one"),
    "i-wide": viewed("twenty"),
    "ii": Rule(
        {"all": [last_order("longer_ago", days=90), earned(operator="at_least", number=200)]},
        f"""SELECT c.id FROM {WITH_STATS}
        WHERE {LIVING} AND s.last_order_at < %(days_90)s AND s.revenue >= 20000""",
    ),
    "iii": Rule(
        {"all": [cart("abandoned", 1, 4), {"none": [last_order("within", days=1)]}]},
        f"""SELECT DISTINCT c.id FROM customers_cart k JOIN customers_customer c ON c.id = k.customer_id
        WHERE k.state = 'abandoned' AND k.items > 0 AND k.last_activity_at BETWEEN %(hours_4)s AND %(hours_1)s
          AND {LIVING} AND NOT EXISTS (SELECT FROM customers_customerstats s
                                       WHERE s.customer_id = c.id AND s.last_order_at >= %(days_1)s)""",
    ),
    "iv": Rule(
        leaf("birthday", days=7),
        f"""SELECT c.id FROM customers_customer c WHERE {LIVING} AND c.birthday IS NOT NULL
          AND (EXTRACT(MONTH FROM c.birthday), EXTRACT(DAY FROM c.birthday)) BETWEEN (5, 20) AND (5, 27)""",
    ),
    "win back": Rule(
        {
            "all": [
                *(consent("has"), ADDRESS, last_order("longer_ago", days=180)),
                {"none": [did("view", 30), ordered(1, 90)]},
            ]
        },
        f"""SELECT c.id FROM {WITH_STATS}
        WHERE {LIVING} AND c.email <> '' AND s.last_order_at < %(days_180)s
          AND (s.last_view_at < %(days_30)s OR s.last_view_at IS NULL) AND {MAY_SEND} AND NOT {SUPPRESSED}""",
    ),
    "valued": Rule(
        {
            "all": [
                leaf("language", languages=["de", "en"]),
                {"any": [earned(operator="at_least", number=500), ordered(5, 365), liked(ONE)]},
                {"none": [consent("withdrew")]},
            ]
        },
        f"""WITH found AS (
            SELECT customer_id FROM customers_customerstats WHERE revenue >= 50000
            UNION SELECT customer_id FROM customers_customerstats WHERE last_order_times[5] >= %(days_365)s
            UNION SELECT f.customer_id FROM customers_favourite f
                WHERE f.removed_at IS NULL AND f.product_id IN ({PRODUCTS}))
        SELECT c.id FROM found JOIN customers_customer c ON c.id = found.customer_id
        WHERE {LIVING} AND c.language IN ('de', 'en') AND NOT {REFUSED}""",
    ),
    "browsed": Rule(
        {
            "all": [
                {"any": [did("view", 14, 3, ONE), did("cart_add", 14, 1, ONE)]},
                {"none": [bought(ONE, 90)]},
            ]
        },
        f"""WITH products AS MATERIALIZED ({PRODUCTS}), found AS MATERIALIZED (
            (SELECT customer_id FROM customers_event WHERE kind = 'view' AND customer_id IS NOT NULL
                AND at >= %(days_14)s AND product_id IN (SELECT id FROM products)
                GROUP BY customer_id HAVING count(*) >= 3)
            UNION SELECT customer_id FROM customers_event WHERE kind = 'cart_add' AND customer_id IS NOT NULL
                AND at >= %(days_14)s AND product_id IN (SELECT id FROM products))
        SELECT c.id FROM found JOIN customers_customer c ON c.id = found.customer_id
        WHERE {LIVING} AND NOT EXISTS (
            SELECT FROM customers_order o JOIN customers_orderline l ON l.order_id = o.id
            WHERE o.customer_id = c.id AND o.kind = 'order' AND o.placed_at >= %(days_90)s
              AND l.product_id IN (SELECT id FROM products))""",
    ),
    "nearby": Rule(
        {
            "all": [
                {
                    "any": [
                        leaf("city", cities=["Wien", "Graz"]),
                        *(leaf("home_store", stores=[3, 4]), leaf("postal_code", prefixes="10, 11")),
                    ]
                },
                *(ordered(1, 30), {"none": [GOLD]}),
            ]
        },
        f"""SELECT c.id FROM {WITH_STATS} WHERE {LIVING} AND s.last_order_at >= %(days_30)s
          AND (lower(c.city) IN ('wien', 'graz') OR c.home_store_id IN (3, 4) OR c.postal_code LIKE '10%%'
               OR c.postal_code LIKE '11%%')
          AND NOT {IS_GOLD}""",
    ),
    "newcomers": Rule(
        {
            "all": [
                *(last_time("view", "within", days=7), last_order("never")),
                {"none": [{"any": [cart("open", 0, 24), cart("abandoned", 0, 24)]}]},
            ]
        },
        f"""SELECT c.id FROM {WITH_STATS}
        WHERE {LIVING} AND s.last_view_at >= %(days_7)s AND s.last_order_at IS NULL AND NOT EXISTS (
            SELECT FROM customers_cart k WHERE k.customer_id = c.id AND k.state IN ('open', 'abandoned')
              AND k.items > 0 AND k.last_activity_at BETWEEN %(hours_24)s AND %(at)s)""",
    ),
    "birthday gift": Rule(
        {
            "all": [
                leaf("birthday", days=30),
                {"any": [GOLD, earned(operator="between", number=300, upper=1000)]},
                {"none": [consent("withdrew"), leaf("email_address", state="suppressed")]},
            ]
        },
        f"""SELECT c.id FROM {PERHAPS_STATS} WHERE {LIVING} AND c.birthday IS NOT NULL
          AND (EXTRACT(MONTH FROM c.birthday), EXTRACT(DAY FROM c.birthday)) BETWEEN (5, 20) AND (6, 19)
          AND ({IS_GOLD} OR s.revenue BETWEEN 30000 AND 100000)
          AND NOT {REFUSED} AND NOT {SUPPRESSED}""",
    ),
    "two categories": Rule(
        {
            "any": [
                {"all": [bought([61], 180), bought([62], 180)]},
                {"all": [bought([61], 180), did("view", 30, 1, [62]), {"none": [bought([62])]}]},
            ]
        },
        f"""WITH first AS (
            SELECT DISTINCT o.customer_id FROM customers_product p JOIN customers_orderline l ON l.product_id = p.id
            JOIN customers_order o ON o.id = l.order_id
            WHERE p.category_id = 61 AND o.kind = 'order' AND o.placed_at >= %(days_180)s),
        second AS (
            SELECT o.customer_id, max(o.placed_at) AS at FROM customers_product p
            JOIN customers_orderline l ON l.product_id = p.id JOIN customers_order o ON o.id = l.order_id
            WHERE p.category_id = 62 AND o.kind = 'order' GROUP BY o.customer_id),
        seen AS (
            SELECT DISTINCT e.customer_id FROM customers_product p JOIN customers_event e ON e.product_id = p.id
            WHERE p.category_id = 62 AND e.kind = 'view' AND e.at >= %(days_30)s AND e.customer_id IS NOT NULL)
        SELECT c.id FROM first JOIN customers_customer c ON c.id = first.customer_id
            LEFT JOIN second ON second.customer_id = c.id LEFT JOIN seen ON seen.customer_id = c.id
        WHERE {LIVING} AND (second.at >= %(days_180)s OR second.at IS NULL AND seen.customer_id IS NOT NULL)""",
    ),
    "quiet": Rule(
        {
            "all": [
                consent("has"),
                {"none": [ordered(1, 180), last_time("event", "within", days=14), {"all": [GOLD, GERMAN]}]},
            ]
        },
        f"""SELECT c.id FROM {PERHAPS_STATS} WHERE {LIVING} AND {MAY_SEND}
          AND (s.last_order_at >= %(days_180)s) IS NOT TRUE AND (s.last_event_at >= %(days_14)s) IS NOT TRUE
          AND (c.language <> 'de' OR NOT {IS_GOLD})""",
    ),
    "trial": Rule(
        {
            "all": [
                leaf("random_share", percent=10, draw="A"),
                {
                    "any": [
                        leaf("orders_count", operator="between", number=2, upper=4, window="all"),
                        leaf("average_order", operator="at_least", number=80, window="all"),
                    ]
                },
                {"none": [{"any": [leaf("country", countries=["DE"]), leaf("language", languages=["de"])]}]},
            ]
        },
        f"""SELECT c.id FROM {WITH_STATS} WHERE {LIVING} AND c.country <> 'DE' AND c.language <> 'de'
          AND (s.orders BETWEEN 2 AND 4 OR round(s.ordered::numeric / nullif(s.orders, 0)) >= 8000)
          AND ('x' || substr(md5('A:' || c.key::text), 1, 8))::bit(32)::bigint %% 10000 < 1000""",
    ),
    "layers": Rule(
        {
            "any": [
                {
                    "all": [
                        leaf("country", countries=["AT"]),
                        leaf("birthday", days=1),
                        {"none": [ordered(1, 365)]},
                    ]
                },
                {
                    "all": [
                        leaf("language", languages=["fr"]),
                        {"any": [liked(ONE), did("cart_add", 7, 1, ONE)]},
                        {"none": [last_time("view", "never"), {"all": [GOLD, ordered(3, 365)]}]},
                    ]
                },
            ]
        },
        f"""SELECT c.id FROM customers_customer c WHERE {LIVING} AND c.birthday IS NOT NULL AND c.country = 'AT'
          AND (EXTRACT(MONTH FROM c.birthday), EXTRACT(DAY FROM c.birthday)) BETWEEN (5, 20) AND (5, 21)
          AND NOT EXISTS (SELECT FROM customers_customerstats s
                          WHERE s.customer_id = c.id AND s.last_order_at >= %(days_365)s)
        UNION SELECT c.id FROM (
            SELECT f.customer_id FROM customers_favourite f
            WHERE f.removed_at IS NULL AND f.product_id IN ({PRODUCTS})
            UNION SELECT customer_id FROM customers_event WHERE kind = 'cart_add' AND customer_id IS NOT NULL
                AND at >= %(days_7)s AND product_id IN ({PRODUCTS})) found
        JOIN customers_customer c ON c.id = found.customer_id JOIN customers_customerstats s ON s.customer_id = c.id
        WHERE {LIVING} AND c.language = 'fr' AND s.last_view_at IS NOT NULL AND NOT (
            {IS_GOLD}
            AND coalesce(s.last_order_times[3] >= %(days_365)s, false))""",
    ),
}
