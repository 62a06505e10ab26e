"""What goes with what: products that the same people buy, or look at, in orders and views before a moment.

Two products are alike as far as the same people have to do with both (cosine over people, drawn to nothing where few
are). What somebody did counts half after `HALF_LIFE` days. An order without a customer is a person of its own, and so
is a visitor whom nobody knows. Each product keeps the `NEAREST` that it is most alike; it is then shown to those who
bought one of them, in the order of likeness x how well it sells now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

DAYS = 365
MOST = 5_000_000  # pairs, the newest: more change nothing that could be seen
MOST_EACH = 500  # products of a person: whoever has more is a dealer, and costs the square of it
HALF_LIFE = 60.0
RECENT = 30  # days of which sales are counted
NEAREST = 30
DRAWN = 1.0  # to nothing, where few people stand behind a likeness
LONGEST = 60  # products kept with one
BLOCK = 256  # columns at a time, which bounds the memory

BOUGHT = """
    SELECT coalesce(o.customer_id, -o.id), l.product_id,
           (extract(epoch FROM %(at)s - max(o.placed_at)) / 86400)::float8 AS age
    FROM customers_order AS o
    JOIN customers_orderline AS l ON l.order_id = o.id AND l.quantity > 0
    JOIN customers_product AS p ON p.id = l.product_id AND p.kind = 'merchandise'
    WHERE o.kind = 'order' AND o.placed_at < %(at)s AND o.placed_at >= %(at)s - make_interval(days => %(days)s)
    GROUP BY 1, 2 ORDER BY age LIMIT %(most)s
"""
VIEWED = """
    SELECT coalesce(e.customer_id, -e.visitor_id), e.product_id,
           (extract(epoch FROM %(at)s - max(e.at)) / 86400)::float8 AS age
    FROM customers_event AS e
    JOIN customers_product AS p ON p.id = e.product_id AND p.kind = 'merchandise'
    WHERE e.kind = 'view' AND coalesce(e.customer_id, e.visitor_id) IS NOT NULL
      AND e.at < %(at)s AND e.at >= %(at)s - make_interval(days => %(days)s)
    GROUP BY 1, 2 ORDER BY age LIMIT %(most)s
"""
SOLD = """
    SELECT l.product_id, count(DISTINCT l.order_id), 0::float8
    FROM customers_order AS o
    JOIN customers_orderline AS l ON l.order_id = o.id AND l.quantity > 0
    WHERE o.kind = 'order' AND o.placed_at < %(at)s AND o.placed_at >= %(at)s - make_interval(days => %(recent)s)
    GROUP BY 1
"""
# COPY's binary format: each row tells how many columns it has, and before each how long it is.
ROW = np.dtype(
    [
        ("columns", ">i2"),
        *(("length of person", ">i4"), ("person", ">i8")),
        *(("length of product", ">i4"), ("product", ">i8")),
        *(("length of age", ">i4"), ("age", ">f8")),
    ]
)
HEADER, TRAILER = 19, 2  # bytes before and after the rows


@dataclass(frozen=True)
class Pairs:
    """Arrays of one length: that a person bought or viewed a product, the last time `age` days ago."""

    person: Whole
    product: Whole
    age: Floats

    @property
    def weight(self) -> Floats:
        return np.asarray(2 ** (-self.age / HALF_LIFE))


@dataclass(frozen=True)
class Links:
    """Arrays of one length, by product, best first: who has to do with `product` may like `other`."""

    product: Whole
    other: Whole
    score: Floats


@dataclass(frozen=True)
class Learnt:
    """`sold` is how well each of `products` sells now; both in the order of ids."""

    products: Whole
    sold: Floats
    bought: Links
    viewed: Links
    purchases: int
    views: int


def learn(at: datetime) -> Learnt:
    """From everything before `at`."""
    bought, viewed = pairs(BOUGHT, at), pairs(VIEWED, at)
    recent = pairs(SOLD, at)
    products = np.unique(np.concatenate([bought.product, viewed.product]))
    sold = sales(products, bought, recent)
    return Learnt(
        products,
        sold,
        links(bought, products, sold),
        links(viewed, products, sold),
        len(bought.age),
        len(viewed.age),
    )


def pairs(query: str, at: datetime) -> Pairs:
    values = {"at": at, "days": DAYS, "most": MOST, "recent": RECENT}
    data = bytearray()
    command = connection.ops.compose_sql(f"COPY ({query}) TO STDOUT (FORMAT BINARY)", values)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for block in copy:
            data += block
    rows = np.frombuffer(data, ROW, (len(data) - HEADER - TRAILER) // ROW.itemsize, HEADER)
    plain: dict[str, Any] = {name: rows[name].astype(np.int64) for name in ("person", "product")}
    return Pairs(**plain, age=rows["age"].astype(np.float64))


def sales(products: Whole, bought: Pairs, recent: Pairs) -> Floats:
    """Orders of the last `RECENT` days, and up to a half for earlier ones, so that no product in demand has nothing.

    `recent` holds the product where others have the person, and the number of orders where they have the product.
    """
    older = np.bincount(np.searchsorted(products, bought.product), bought.weight, len(products))
    found = np.isin(recent.person, products)
    sold = np.minimum(older, 1) / 2
    np.add.at(sold, np.searchsorted(products, recent.person[found]), recent.product[found])
    return np.asarray(sold, dtype=np.float64)


def links(found: Pairs, products: Whole, sold: Floats) -> Links:
    """The nearest of every product, turned round, so that they can be asked for by what somebody bought."""
    part = _newest_each(found)
    matrix = _matrix(part, products)
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
    told: list[tuple[Whole, Whole, Floats]] = []
    for start in range(0, len(products), BLOCK):
        block = sparse.csc_matrix(matrix.T @ matrix[:, start : start + BLOCK])
        told += [_nearest(block, column, start, lengths) for column in range(block.shape[1])]
    if not told:
        return Links(products, products, sold)
    seeds, others, likeness = (np.concatenate(column) for column in zip(*told, strict=True))
    return _best(products[seeds], products[others], likeness * sold[others])


def _newest_each(found: Pairs) -> Pairs:
    order = np.lexsort((found.age, found.person))
    person = found.person[order]
    places = np.arange(len(person)) - np.searchsorted(person, person)
    kept = order[places < MOST_EACH]
    return Pairs(found.person[kept], found.product[kept], found.age[kept])


def _matrix(found: Pairs, products: Whole) -> Any:
    people, rows = np.unique(found.person, return_inverse=True)
    cells = (found.weight, (rows, np.searchsorted(products, found.product)))
    return sparse.csc_matrix(cells, shape=(len(people), len(products)))


def _nearest(block: Any, column: int, start: int, lengths: Floats) -> tuple[Whole, Whole, Floats]:
    """(place of each product that is near, the place of this one, likeness)."""
    cells = slice(block.indptr[column], block.indptr[column + 1])
    near, mine = block.indices[cells].astype(np.int64), start + column
    likeness = block.data[cells] / (lengths[near] * lengths[mine] + DRAWN)
    likeness[near == mine] = 0
    if len(near) > NEAREST:
        top = np.argpartition(-likeness, NEAREST)[:NEAREST]
        near, likeness = near[top], likeness[top]
    real = likeness > 0
    near, likeness = near[real], likeness[real]
    return near, np.full(len(near), mine, dtype=np.int64), likeness


def _best(product: Whole, other: Whole, score: Floats) -> Links:
    """By product, best first, at most `LONGEST` of each."""
    order = np.lexsort((other, -score, product))
    product = product[order]
    kept = np.arange(len(product)) - np.searchsorted(product, product) < LONGEST
    return Links(product[kept], other[order][kept], score[order][kept])
