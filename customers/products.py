"""The catalogue is recorded here, in lists: new articles, and those of which something changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from customers import dirty, signals
from customers.models import Category, Origin, Product

MOST_PRODUCTS = 10_000
TABLE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_product (
        sku text, kind text, names jsonb, category text, price bigint, cost bigint, currency text, stock integer,
        picture text, link text, brand text
    ) ON COMMIT DELETE ROWS;
    TRUNCATE incoming_product;
"""
COPY = "COPY incoming_product FROM STDIN"
# One catalogue, one writer at a time: two lists of the same articles in other orders would block each other.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 0))"
MAKE = """
    INSERT INTO customers_product (sku, kind, names, category_id, price, cost, currency, stock, picture, link, brand)
    SELECT n.sku, coalesce(n.kind, 'merchandise'), n.names, c.id, n.price, n.cost, coalesce(n.currency, ''),
           n.stock, coalesce(n.picture, ''), coalesce(n.link, ''), coalesce(n.brand, '')
    FROM incoming_product AS n LEFT JOIN customers_category AS c ON c.path = n.category
    ON CONFLICT (upper(sku)) DO NOTHING
    RETURNING id, upper(sku)
"""
# What is not stated stays as it is. A new price or stock is a fact of its own, from which messages are made.
CHANGE = """
    WITH stated AS (
        SELECT upper(n.sku) AS sku, n.kind, n.names, c.id AS category_id, n.price, n.cost, n.currency, n.stock,
               n.picture, n.link, n.brand
        FROM incoming_product AS n LEFT JOIN customers_category AS c ON c.path = n.category
    ), before AS MATERIALIZED (
        SELECT p.id, p.price, p.stock FROM customers_product AS p JOIN stated AS s ON s.sku = upper(p.sku)
        ORDER BY p.id FOR UPDATE OF p
    ), changed AS (
        UPDATE customers_product AS p
        SET kind = coalesce(s.kind, p.kind), names = p.names || s.names,
            category_id = coalesce(s.category_id, p.category_id), price = coalesce(s.price, p.price),
            cost = coalesce(s.cost, p.cost), currency = coalesce(s.currency, p.currency),
            stock = coalesce(s.stock, p.stock), picture = coalesce(s.picture, p.picture),
            link = coalesce(s.link, p.link), brand = coalesce(s.brand, p.brand), updated_at = %(at)s
        FROM stated AS s, before
        WHERE upper(p.sku) = s.sku AND before.id = p.id
          AND (coalesce(s.kind, p.kind), p.names || s.names, coalesce(s.category_id, p.category_id),
               coalesce(s.price, p.price), coalesce(s.cost, p.cost), coalesce(s.currency, p.currency),
               coalesce(s.stock, p.stock), coalesce(s.picture, p.picture), coalesce(s.link, p.link),
               coalesce(s.brand, p.brand))
              IS DISTINCT FROM
              (p.kind, p.names, p.category_id, p.price, p.cost, p.currency, p.stock, p.picture, p.link, p.brand)
        RETURNING p.id, upper(p.sku) AS sku, before.price AS price_before, p.price, before.stock AS stock_before,
                  p.stock
    ), noted AS (
        INSERT INTO customers_productchange (product_id, at, price_before, price, stock_before, stock)
        SELECT id, %(at)s, price_before, price, stock_before, stock FROM changed
        WHERE (price_before, stock_before) IS DISTINCT FROM (price, stock) ORDER BY id
    )
    SELECT id, sku FROM changed
"""
# What was bought from a category or of a brand is asked of the articles as they stand, so buyers of long ago come and
# go with them.
MOVED = """
    SELECT EXISTS (
        SELECT FROM incoming_product AS n
        JOIN customers_product AS p ON upper(p.sku) = upper(n.sku)
        LEFT JOIN customers_category AS c ON c.path = n.category
        WHERE (n.category IS NOT NULL AND p.category_id IS DISTINCT FROM c.id) OR lower(n.brand) <> lower(p.brand)
    )
"""
FIND = """
    SELECT p.id, upper(p.sku) FROM customers_product AS p
    JOIN incoming_product AS n ON upper(n.sku) = upper(p.sku)
"""


@dataclass(frozen=True)
class Article:
    """What is stated of one article; None and an empty dict mean: nothing. `price` and `cost` are in minor
    units of `currency`; `category` is a path such as `Home/Kitchen/Mugs`."""

    sku: str
    kind: str | None = None
    names: dict[str, str] = field(default_factory=dict)
    category: str | None = None
    price: int | None = None
    cost: int | None = None
    currency: str | None = None
    stock: int | None = None
    picture: str | None = None
    link: str | None = None
    brand: str | None = None

    def and_then(self, later: "Article") -> "Article":
        """Both statements, of which the later one wins."""
        stated = {name: value for name, value in vars(later).items() if value is not None}
        return Article(**vars(self) | stated | {"sku": self.sku, "names": self.names | later.names})


@dataclass
class Recorded:
    """Ids of the articles named, by article number in capitals; and the ids of those made or changed."""

    ids: dict[str, int]
    made: set[int]
    changed: set[int]


@transaction.atomic
def record(articles: Sequence[Article], at: datetime, origin: Origin, language: str = "en") -> Recorded:
    """Make or update at most 10,000 articles, known by their number whatever its case.

    New categories get their names in `language`. Sends `products_changed` with those made or changed.
    """
    if len(articles) > MOST_PRODUCTS:
        raise ValueError(f"{len(articles)} articles in one call")
    merged: dict[str, Article] = {}
    for article in articles:
        known = merged.get(article.sku.upper())
        merged[article.sku.upper()] = known.and_then(article) if known else article
    new_categories = make_categories({a.category for a in merged.values() if a.category}, language)
    with connection.cursor() as cursor:
        _take(cursor, merged.values())
        cursor.execute(MOVED)
        if cursor.fetchone()[0] or new_categories:
            dirty.mark_everybody(at)
        # Changes first: an article that is made here is as stated already.
        changed = _ids(cursor, CHANGE, {"at": at})
        made = _ids(cursor, MAKE, {})
        ids = _ids(cursor, FIND, {})
    touched = sorted({*made.values(), *changed.values()})
    if touched:
        signals.products_changed.send(Product, ids=touched, at=at, origin=origin)
    return Recorded(ids, set(made.values()), set(changed.values()))


def make_categories(paths: set[str], language: str) -> bool:
    """Make the categories with these paths, and those above them; whether there was anything to make."""
    wanted = {part for path in paths for part in _way(path)} - set(
        Category.objects.filter(path__in={part for path in paths for part in _way(path)}).values_list(
            "path", flat=True
        )
    )
    for depth in sorted({path.count("/") for path in wanted}):
        level = [path for path in sorted(wanted) if path.count("/") == depth]
        above = {path.rpartition("/")[0] for path in level}
        parents = dict(Category.objects.filter(path__in=above).values_list("path", "pk"))
        Category.objects.bulk_create(
            [
                Category(
                    path=path,
                    parent_id=parents.get(path.rpartition("/")[0]),
                    names={language: path.rpartition("/")[2]},
                )
                for path in level
            ],
            ignore_conflicts=True,
        )
    return bool(wanted)


def _way(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _take(cursor: CursorWrapper, articles: Iterable[Article]) -> None:
    cursor.execute(TABLE)
    with cursor.copy(COPY) as copy:
        for a in articles:
            stated = [a.price, a.cost, a.currency, a.stock, a.picture, a.link, a.brand]
            copy.write_row([a.sku, a.kind, Jsonb(a.names), a.category, *stated])
    cursor.execute(LOCK)


def _ids(cursor: CursorWrapper, statement: str, params: dict[str, Any]) -> dict[str, int]:
    cursor.execute(statement, params)
    return {sku: pk for pk, sku in cursor.fetchall()}
