"""Numbers, orders, behaviour, carts, favourites, fixed lists, interests, browsers, notes and the roll-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from customers import carts, dirty, stats
from customers.event_merge import LAST, MERGE_OF_CUSTOMERS
from customers.models import (
    Cart,
    Customer,
    Event,
    Favourite,
    FixedListMember,
    Identity,
    Interest,
    Note,
    Order,
    Visitor,
)
from customers.privacy import Count, PersonalData, personal_data

MOVE = [
    f"UPDATE {table} SET customer_id = %(winner)s WHERE customer_id = %(loser)s"  # noqa: S608  (names of our own)
    for table in (
        "customers_identity",
        "customers_order",
        "customers_event",
        "customers_cart",
        "customers_visitor",
        "customers_note",
    )
]
FAVOURITES = f"""
    WITH hers AS (DELETE FROM customers_favourite WHERE customer_id = %(loser)s RETURNING *)
    INSERT INTO customers_favourite AS f (customer_id, product_id, added_at, removed_at)
    SELECT %(winner)s, product_id, added_at, removed_at FROM hers ORDER BY product_id
    {MERGE_OF_CUSTOMERS}
"""  # noqa: S608
# A list on which both stand has one member less.
LISTS = """
    WITH shared AS MATERIALIZED (
        SELECT id FROM customers_fixedlist WHERE id IN (
            SELECT fixed_list_id FROM customers_fixedlistmember WHERE customer_id IN (%(loser)s, %(winner)s)
            GROUP BY fixed_list_id HAVING count(*) = 2
        ) ORDER BY id FOR UPDATE
    ),
    hers AS (DELETE FROM customers_fixedlistmember WHERE customer_id = %(loser)s RETURNING *),
    taken_over AS (
        INSERT INTO customers_fixedlistmember (fixed_list_id, customer_id, added_at)
        SELECT fixed_list_id, %(winner)s, added_at FROM hers ORDER BY fixed_list_id
        ON CONFLICT (fixed_list_id, customer_id) DO NOTHING
    )
    UPDATE customers_fixedlist AS l SET size = l.size - 1 FROM shared WHERE l.id = shared.id
"""
INTERESTS = """
    WITH hers AS (DELETE FROM customers_interest WHERE customer_id = %(loser)s RETURNING *)
    INSERT INTO customers_interest AS i (customer_id, category_id, stated_at, withdrawn_at)
    SELECT %(winner)s, category_id, stated_at, withdrawn_at FROM hers ORDER BY category_id
    ON CONFLICT (customer_id, category_id) DO UPDATE
    SET stated_at = excluded.stated_at, withdrawn_at = excluded.withdrawn_at
    WHERE coalesce(excluded.withdrawn_at, excluded.stated_at) > coalesce(i.withdrawn_at, i.stated_at)
"""
ROLL_UP = f"""
    WITH hers AS (DELETE FROM customers_customerstats WHERE customer_id = %(loser)s RETURNING *)
    INSERT INTO customers_customerstats AS s (customer_id, {", ".join(LAST)})
    SELECT %(winner)s, {", ".join(LAST)} FROM hers
    ON CONFLICT (customer_id) DO UPDATE
    SET {", ".join(f"{name} = greatest(s.{name}, excluded.{name})" for name in LAST)}
"""  # noqa: S608
# Whoever was merged into the loser before leads to the winner now: nothing follows two steps.
TOMBSTONES = "UPDATE customers_customer SET merged_into_id = %(winner)s WHERE merged_into_id = %(loser)s"
MERGE = (
    *MOVE,
    FAVOURITES,
    LISTS,
    INTERESTS,
    ROLL_UP,
    TOMBSTONES,
)
MOVES = _("taken over")
KINDS: tuple[tuple[Any, Any], ...] = (
    (Identity, _("Customer numbers")),
    (Order, _("Orders and refunds")),
    (Cart, _("Carts")),
    (Event, _("Things done in the shop or app")),
    (Favourite, _("Favourites")),
    (FixedListMember, _("Fixed lists")),
    (Interest, _("Interests")),
    (Visitor, _("Browsers and apps")),
    (Note, _("Notes")),
)


@personal_data.register
class History(PersonalData):
    key = "history"
    order = 90

    def merge(self, loser: Customer, winner: Customer, at: datetime) -> None:
        params = {"loser": loser.pk, "winner": winner.pk}
        hers = list(Order.objects.filter(customer=loser).values_list("pk", flat=True))
        told = Event.objects.filter(customer_id=loser.pk).values("cart_id")
        touched = list(Cart.objects.filter(pk__in=told).values_list("pk", flat=True))
        stats.recount([loser.pk, winner.pk])  # locks both in the order of everybody, and the orders follow
        with connection.cursor() as cursor:
            for statement in MERGE:
                cursor.execute(statement, params)
        stats.recount([winner.pk])
        carts.derive(touched, at)
        carts.bought(hers, at)
        dirty.mark([loser.pk, winner.pk], at)

    def counts(self, customer: Customer) -> Sequence[Count]:
        return [
            Count(label, model._default_manager.filter(customer_id=customer.pk).count(), MOVES)
            for model, label in KINDS
        ]
