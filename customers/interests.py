"""Categories that customers picked themselves."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction

from customers import dirty
from customers.models import Category, Interest

MOST_OFFERED = 24

PICK = """
    INSERT INTO customers_interest AS old (customer_id, category_id, stated_at)
    SELECT %(customer)s, category, %(at)s FROM unnest(%(categories)s::bigint[]) AS category ORDER BY category
    ON CONFLICT (customer_id, category_id) DO UPDATE
    SET stated_at = CASE WHEN old.withdrawn_at IS NULL THEN old.stated_at ELSE excluded.stated_at END,
        withdrawn_at = NULL
"""


def offered() -> list[Category]:
    """The uppermost categories; where there is only one, those below it."""
    top = list(Category.objects.filter(parent=None)[: MOST_OFFERED + 1])
    if len(top) == 1:
        top = list(Category.objects.filter(parent=top[0])[: MOST_OFFERED + 1]) or top
    return top[:MOST_OFFERED]


def of(customer_id: int) -> set[int]:
    """The categories that she is interested in now."""
    current = Interest.objects.filter(customer=customer_id, withdrawn_at=None)
    return set(current.values_list("category_id", flat=True))


@transaction.atomic
def choose(customer_id: int, picked: Collection[int], dropped: Collection[int], at: datetime) -> None:
    """Note that she picked these categories, and dropped those. May be repeated."""
    with connection.cursor() as cursor:
        cursor.execute(PICK, {"customer": customer_id, "categories": sorted(picked), "at": at})
    current = Interest.objects.filter(customer=customer_id, category__in=dropped, withdrawn_at=None)
    current.update(withdrawn_at=at)
    dirty.mark([customer_id], at)
