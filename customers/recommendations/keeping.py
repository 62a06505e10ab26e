"""Learning for the whole shop, and putting what was learnt in the place of what was known before."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Q

from customers.models import RecommendationBasis
from customers.recommendations import learning
from customers.recommendations.learning import Learnt, Links

LEASE = timedelta(hours=1)
# Products that went away in the meantime are left out. Readers see the old table until the commit.
MAKE = """
    CREATE TEMP TABLE learnt (product_id bigint, sold float8, bought bigint[], bought_scores float8[],
                              viewed bigint[], viewed_scores float8[]) ON COMMIT DROP
"""
SWAP = """
    INSERT INTO customers_productaffinity (product_id, sold, bought, bought_scores, viewed, viewed_scores)
    SELECT learnt.* FROM learnt JOIN customers_product AS p ON p.id = learnt.product_id
    ORDER BY learnt.product_id FOR KEY SHARE OF p
"""


def run(at: datetime) -> RecommendationBasis | None:
    """Bring everything up to date as of `at`; None when another run is at it."""
    if not _claimed(at):
        return None
    learnt = learning.learn(at)
    basis = RecommendationBasis(
        pk=1,
        at=at,
        products=len(learnt.products),
        purchases=learnt.purchases,
        views=learnt.views,
    )
    with transaction.atomic():
        _write(learnt)
        basis.save()
    return basis


def _claimed(at: datetime) -> bool:
    RecommendationBasis.objects.bulk_create([RecommendationBasis(pk=1)], ignore_conflicts=True)
    free = Q(started_at=None) | Q(started_at__lt=at - LEASE)
    return RecommendationBasis.objects.filter(free, pk=1).update(started_at=at) == 1


def _write(learnt: Learnt) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        with cursor.copy("COPY learnt FROM STDIN") as copy:
            for row in _rows(learnt):
                copy.write_row(row)
        cursor.execute("DELETE FROM customers_productaffinity")
        cursor.execute(SWAP)
        cursor.execute("DROP TABLE learnt")


def _rows(learnt: Learnt) -> Iterator[tuple[Any, ...]]:
    bought, viewed = _parts(learnt.bought, learnt), _parts(learnt.viewed, learnt)
    numbers = zip(learnt.products.tolist(), learnt.sold.tolist(), bought, viewed, strict=True)
    for product, sold, (others, scores), (seen, seen_scores) in numbers:
        yield product, sold, others, scores, seen, seen_scores


def _parts(links: Links, learnt: Learnt) -> Iterator[tuple[list[int], list[float]]]:
    """The others and their scores, for each product in turn."""
    starts = np.searchsorted(links.product, learnt.products)
    ends = np.searchsorted(links.product, learnt.products, side="right")
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        yield links.other[start:end].tolist(), links.score[start:end].tolist()
