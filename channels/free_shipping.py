"""From which cart on shipping is free, and what is missing until then."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from channels.models import FreeShipping
from customers.models import Shop

Thresholds = Mapping[tuple[str, str], int]


class Cart(NamedTuple):
    """`value` in minor units of `currency`; `country`: where she lives, else the shop's."""

    value: int
    currency: str
    country: str


class Gap(NamedTuple):
    """What is `missing`, in minor units of `currency`, and how much of the way is done, in per cent."""

    missing: int
    currency: str
    percent: int


# Her newest cart with something in it that she has not bought, of the last month.
CARTS = """
    SELECT DISTINCT ON (cart.customer_id) cart.customer_id, cart.value, cart.currency, c.country
    FROM customers_cart cart JOIN customers_customer c ON c.id = cart.customer_id
    WHERE cart.customer_id = ANY(%s) AND cart.state <> 'bought' AND cart.items > 0
      AND cart.last_activity_at > %s - interval '30 days'
    ORDER BY cart.customer_id, cart.last_activity_at DESC, cart.id DESC
"""


def thresholds() -> Thresholds:
    """{(country, currency): minor units}; country "" is everywhere else."""
    rows = FreeShipping.objects.values_list("country", "currency", "amount")
    return {(country, currency): amount for country, currency, amount in rows}


def threshold(known: Thresholds, country: str, currency: str) -> int | None:
    return known.get((country, currency)) or known.get(("", currency))


def by_currency(known: Thresholds, country: str) -> dict[str, int]:
    """What holds in this country, by currency."""
    found = {currency: threshold(known, country, currency) for _country, currency in known}
    return {currency: amount for currency, amount in found.items() if amount}


def carts(customer_ids: Collection[int], at: datetime) -> dict[int, Cart]:
    home = Shop.current().country
    with connection.cursor() as cursor:
        cursor.execute(CARTS, [list(customer_ids), at])
        return {pk: Cart(value, cur, country or home) for pk, value, cur, country in cursor.fetchall()}


def gaps(customer_ids: Collection[int], at: datetime) -> dict[int, Gap]:
    """What is missing in the carts of these people; nobody who has no cart, or whose shipping is free already."""
    known = thresholds()
    if not known:
        return {}
    found = {}
    for customer_id, cart in carts(customer_ids, at).items():
        amount = threshold(known, cart.country, cart.currency)
        if amount and cart.value < amount:
            found[customer_id] = Gap(amount - cart.value, cart.currency, 100 * cart.value // amount)
    return found
