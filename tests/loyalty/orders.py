"""Orders and refunds for the tests of points, recorded as shops report them."""

from datetime import datetime
from decimal import Decimal

from customers import orders
from customers.models import Customer, Identity, Order, Origin
from customers.orders import Line, Terms
from tests.loyalty.points import NOON

TERMS = Terms("shop", "EUR")


def buyer(number: str = "C1") -> Customer:
    person = Customer.objects.create(email=f"{number}@example.org".lower())
    Identity.objects.create(customer=person, source="shop", number=number)
    return person


def record(
    number: str,
    *articles: tuple[str, int, str],
    refund_of: str = "",
    customer: str = "C1",
    store: str = "",
    at: datetime = NOON,
    origin: Origin = Origin.LIVE,
    terms: Terms = TERMS,
    services: tuple[str, ...] = ("postage", "discount", "refund"),
) -> Order:
    """Articles are (sku, pieces, price in major units)."""
    lines = [
        Line(
            number,
            bool(refund_of),
            customer,
            "",
            store,
            at,
            sku,
            sku in services,
            sku,
            -pieces if refund_of else pieces,
            Decimal(price),
            refund_of,
            position,
        )
        for position, (sku, pieces, price) in enumerate(articles)
    ]
    orders.record(lines, terms, at, origin)
    return Order.objects.get(source="shop", number=number)
