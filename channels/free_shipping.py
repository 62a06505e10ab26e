"""From which cart on shipping is free, and what is missing until then."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from channels.models import FreeShipping
from customers import audit
from customers.models import Shop, User

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


@transaction.atomic
def write(wanted: Thresholds, by: User, at: datetime) -> None:
    """Make these the thresholds, all that there are; the audit log keeps which places changed."""
    known = {(row.country, row.currency): row for row in FreeShipping.objects.select_for_update()}
    changed = sorted(
        " ".join(place).strip()
        for place in known.keys() | wanted.keys()
        if place not in known or known[place].amount != wanted.get(place)
    )
    FreeShipping.objects.filter(
        pk__in=[row.pk for place, row in known.items() if place not in wanted]
    ).delete()
    FreeShipping.objects.bulk_create(
        [FreeShipping(country=country, currency=cur, amount=n) for (country, cur), n in wanted.items()],
        update_conflicts=True,
        unique_fields=["country", "currency"],
        update_fields=["amount"],
    )
    if changed:
        audit.record(by, "free_shipping.changed", None, at, places=changed)
