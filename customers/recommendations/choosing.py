"""Products for many customers at once, in a fixed number of statements, at the moment when they are needed.

Never what she has bought, only what is in stock (or whose stock nobody counts), only merchandise.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

SEEDS = 50  # of somebody's products, the newest
LINKS, LONGEST = 8, 60  # of each of them at least, and of all together where she has few
DAYS_VIEWED = 90
HALF_LIFE = 60  # days, as in `learning`
IN_STOCK = "p.kind = 'merchandise' AND coalesce(p.stock, 1) > 0 AND (p.link <> '' OR NOT %(linked)s)"

# A source gives `candidates (customer_id, product_id, score)` that can be had; what she bought is dropped here.
CHOOSE = """
    WITH bought AS MATERIALIZED (
        SELECT o.customer_id, l.product_id, max(o.placed_at) AS at
        FROM customers_order AS o JOIN customers_orderline AS l ON l.order_id = o.id AND l.quantity > 0
        WHERE o.customer_id = ANY(%(ids)s) AND o.kind = 'order' AND o.placed_at <= %(at)s
        GROUP BY o.customer_id, l.product_id
    ), {source}, ranked AS (
        SELECT c.customer_id, c.product_id,
               row_number() OVER (PARTITION BY c.customer_id ORDER BY c.score DESC, c.product_id) AS place
        FROM candidates AS c
        WHERE NOT EXISTS (SELECT FROM bought AS b WHERE b.customer_id = c.customer_id AND b.product_id = c.product_id)
    )
    SELECT customer_id, product_id FROM ranked WHERE place <= %(limit)s ORDER BY customer_id, place
"""
VIEWED = """
    viewed AS MATERIALIZED (
        SELECT e.customer_id, e.product_id, max(e.at) AS at FROM customers_event AS e
        WHERE e.customer_id = ANY(%(ids)s) AND e.kind = 'view' AND e.product_id IS NOT NULL
          AND e.at <= %(at)s AND e.at > %(at)s - make_interval(days => %(days_viewed)s)
        GROUP BY e.customer_id, e.product_id
    )
"""
# What lies near the newest of her products, each by its age. Whoever has many products needs few links of each, which
# was as good on real orders, and at least twice as quick. Only what can be had counts as a link.
NEAR = """
    seeds AS MATERIALIZED (
        SELECT *, greatest(%(links)s, %(longest)s / count(*) OVER (PARTITION BY customer_id)) AS links FROM (
            SELECT *, row_number() OVER (PARTITION BY customer_id, way ORDER BY share DESC, product_id) AS place
            FROM ({seeds}) AS every
        ) AS mine WHERE place <= %(seeds)s
    ), near AS MATERIALIZED (
        SELECT seed.product_id AS seed, seed.way, link.product_id, link.score,
               row_number() OVER (PARTITION BY seed.product_id, seed.way ORDER BY link.score DESC) AS place
        FROM (SELECT DISTINCT product_id, way FROM seeds) AS seed
        JOIN customers_productaffinity AS a ON a.product_id = seed.product_id
        CROSS JOIN LATERAL (
            SELECT * FROM unnest(a.bought, a.bought_scores) WHERE seed.way = 'bought'
            UNION ALL SELECT * FROM unnest(a.viewed, a.viewed_scores) WHERE seed.way = 'viewed'
        ) AS link (product_id, score)
        JOIN customers_product AS p ON p.id = link.product_id AND {in_stock}
    ), candidates AS (
        SELECT seeds.customer_id, near.product_id, sum(seeds.share * near.score) AS score
        FROM seeds JOIN near ON near.seed = seeds.product_id AND near.way = seeds.way AND near.place <= seeds.links
        GROUP BY seeds.customer_id, near.product_id
    )
"""
SEED = """
    SELECT customer_id, product_id, '{way}' AS way,
           {share} * 2 ^ (-extract(epoch FROM %(at)s - at)::float8 / 86400 / %(half_life)s) AS share FROM {what}
"""
BOUGHT_SEED = SEED.format(what="bought", way="bought", share="1.0")
LIKE_BOUGHT = SEED.format(what="bought", way="viewed", share="0.5")
VIEWED_SEED = SEED.format(what="viewed", way="viewed", share="0.5")  # who looks has not decided
TOGETHER = NEAR.format(seeds=BOUGHT_SEED, in_stock=IN_STOCK)
SIMILAR = f"{VIEWED}, {NEAR.format(seeds=f'{VIEWED_SEED} UNION ALL {LIKE_BOUGHT}', in_stock=IN_STOCK)}"
NEAREST = f"{VIEWED}, {NEAR.format(seeds=f'{BOUGHT_SEED} UNION ALL {VIEWED_SEED}', in_stock=IN_STOCK)}"
RECENTLY_VIEWED = f"""
    {VIEWED}, candidates AS (
        SELECT v.customer_id, v.product_id, extract(epoch FROM v.at) AS score
        FROM viewed AS v JOIN customers_product AS p ON p.id = v.product_id AND {IN_STOCK}
    )
"""  # noqa: S608
# The category of most that she bought and looked at, else one that she said she likes; its hundred best.
FAVOURITE = f"""
    {VIEWED}, liked AS (
        SELECT t.customer_id, p.category_id, sum(t.points) AS points FROM (
            SELECT customer_id, product_id, 3.0 AS points FROM bought
            UNION ALL SELECT customer_id, product_id, 1.0 FROM viewed
        ) AS t JOIN customers_product AS p ON p.id = t.product_id AND p.category_id IS NOT NULL
        GROUP BY t.customer_id, p.category_id
        UNION ALL
        SELECT i.customer_id, c.id, 0.5 FROM customers_interest AS i
        JOIN customers_category AS top ON top.id = i.category_id
        JOIN customers_category AS c ON c.id = top.id OR starts_with(c.path, top.path || '/')
        WHERE i.customer_id = ANY(%(ids)s) AND i.withdrawn_at IS NULL
    ), favourite AS (
        SELECT DISTINCT ON (customer_id) customer_id, category_id FROM (
            SELECT customer_id, category_id, sum(points) AS points FROM liked GROUP BY customer_id, category_id
        ) AS sums ORDER BY customer_id, points DESC, category_id
    ), pool AS MATERIALIZED (
        SELECT category_id, product_id, sold FROM (
            SELECT p.category_id, p.id AS product_id, a.sold,
                   row_number() OVER (PARTITION BY p.category_id ORDER BY a.sold DESC, p.id) AS place
            FROM customers_product AS p JOIN customers_productaffinity AS a ON a.product_id = p.id
            WHERE p.category_id IN (SELECT category_id FROM favourite) AND {IN_STOCK}
        ) AS best WHERE place <= 100
    ), candidates AS (
        SELECT f.customer_id, pool.product_id, pool.sold AS score
        FROM favourite AS f JOIN pool ON pool.category_id = f.category_id
    )
"""  # noqa: S608
# Of each buyer as many more as she has bought: so there is something left for her, and no more than that is ranked.
BESTSELLERS = f"""
    owned AS MATERIALIZED (
        SELECT person.id AS customer_id, count(b.product_id) AS number
        FROM unnest(%(ids)s::bigint[]) AS person (id) LEFT JOIN bought AS b ON b.customer_id = person.id
        GROUP BY person.id
    ), pool AS MATERIALIZED (
        SELECT p.id AS product_id,
               row_number() OVER (ORDER BY coalesce(a.sold, 0) DESC, p.created_at DESC, p.id) AS place
        FROM customers_product AS p LEFT JOIN customers_productaffinity AS a ON a.product_id = p.id
        WHERE {IN_STOCK} ORDER BY place LIMIT %(limit)s + (SELECT coalesce(max(number), 0) FROM owned)
    ), candidates AS (
        SELECT owned.customer_id, pool.product_id, -pool.place AS score
        FROM owned JOIN pool ON pool.place <= %(limit)s + owned.number
    )
"""  # noqa: S608


class Strategy(models.TextChoices):
    BEST = "best", _("The best of all")
    BOUGHT_TOGETHER = "bought_together", _("Bought together with what she has")
    SIMILAR = "similar", _("Similar to what she looked at")
    FAVOURITE_CATEGORY = "favourite_category", _("Bestsellers of her favourite category")
    RECENTLY_VIEWED = "recently_viewed", _("Recently viewed, not bought")
    BESTSELLERS = "bestsellers", _("Bestsellers")


# Each source fills up what those before it left empty. What she viewed is what she viewed: that one stays short.
SOURCES: dict[str, tuple[str, ...]] = {
    Strategy.BEST: (NEAREST, FAVOURITE, BESTSELLERS),
    Strategy.BOUGHT_TOGETHER: (TOGETHER, FAVOURITE, BESTSELLERS),
    Strategy.SIMILAR: (SIMILAR, FAVOURITE, BESTSELLERS),
    Strategy.FAVOURITE_CATEGORY: (FAVOURITE, BESTSELLERS),
    Strategy.RECENTLY_VIEWED: (RECENTLY_VIEWED,),
    Strategy.BESTSELLERS: (BESTSELLERS,),
}


def for_customers(
    ids: Collection[int], strategy: str, limit: int, at: datetime, *, linked: bool = False
) -> dict[int, list[int]]:
    """{customer id: product ids, best first, `limit` at most}; an empty list where there is nothing to show.

    `linked`: only products that have a page. Raises ValueError for a strategy that does not exist.
    """
    found: dict[int, list[int]] = {each: [] for each in ids}
    for source in SOURCES[Strategy(strategy)]:
        lacking = [each for each in found if len(found[each]) < limit]
        if lacking:
            _fill(found, _chosen(source, lacking, limit, at, linked=linked), limit)
    return found


def _fill(found: dict[int, list[int]], more: Iterable[tuple[int, int]], limit: int) -> None:
    for customer, product in more:
        mine = found[customer]
        if len(mine) < limit and product not in mine:
            mine.append(product)


def _chosen(source: str, ids: list[int], limit: int, at: datetime, *, linked: bool) -> list[tuple[int, int]]:
    values: dict[str, Any] = {"ids": ids, "limit": limit, "at": at, "linked": linked}
    values |= {"seeds": SEEDS, "links": LINKS, "longest": LONGEST}
    values |= {"days_viewed": DAYS_VIEWED, "half_life": HALF_LIFE}
    with connection.cursor() as cursor:
        cursor.execute(CHOOSE.format(source=source), values)
        return list(cursor.fetchall())
