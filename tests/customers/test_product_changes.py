"""A new price or stock is a fact of its own; whatever else changes is none."""

from datetime import UTC, datetime

import pytest

from customers import products
from customers.models import Origin, ProductChange
from customers.products import Article
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def record(*articles: Article) -> None:
    products.record(articles, AT, Origin.LIVE)


@pytest.mark.parametrize(
    ("stated", "noted"),
    [
        ({"price": 990}, [(1290, 990, 5, 5)]),
        ({"stock": 0}, [(1290, 1290, 5, 0)]),
        ({"price": 990, "stock": 9, "names": {"de": "Tasse"}}, [(1290, 990, 5, 9)]),
        ({"price": 1290, "stock": 5}, []),
        ({"names": {"de": "Tasse"}}, []),
    ],
)
def test_a_change_of_price_or_stock_is_noted(stated, noted):
    mug = ProductFactory(sku="mug", price=1290, stock=5)
    record(Article("MUG", **stated), Article("NEW", price=1, stock=1))
    rows = ProductChange.objects.values_list(
        "product", "at", "price_before", "price", "stock_before", "stock"
    )
    assert list(rows) == [(mug.pk, AT, *values) for values in noted]
    record(Article("MUG", **stated))
    assert ProductChange.objects.count() == len(noted), "said twice, it changed once"
