"""Visitors become known: whose browser it is, from when on, and what that makes of its past."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers import carts, dirty, guest_orders
from customers.event_merge import LAST, LAST_TIMES, MERGE_OF_CUSTOMERS, UNPROVEN
from customers.models import Customer, Origin, Visitor
from customers.signals import visitors_identified

CHUNK = 10_000
MAKE = """
    INSERT INTO customers_visitor (anonymous_id) SELECT unnest(%(visitors)s::text[]) ORDER BY 1
    ON CONFLICT (anonymous_id) DO NOTHING
"""
LOCK = """
    SELECT anonymous_id, customer_id FROM customers_visitor WHERE anonymous_id = ANY(%(visitors)s)
    ORDER BY anonymous_id FOR UPDATE
"""
OWN = """
    UPDATE customers_visitor AS v SET customer_id = pair.customer_id, identified_at = %(at)s
    FROM unnest(%(visitors)s::text[], %(customers)s::bigint[]) AS pair (anonymous_id, customer_id)
    WHERE v.anonymous_id = pair.anonymous_id AND v.customer_id IS NULL
    RETURNING v.id
"""
# Its orders are told of, so that they become hers; those that a browser alone has spoken of are proof of nothing.
PAST = f"""
    WITH past AS (
        UPDATE customers_event AS e SET customer_id = v.customer_id FROM customers_visitor AS v
        WHERE v.id = ANY(%(ids)s) AND e.visitor_id = v.id AND e.customer_id IS NULL
        RETURNING e.source, e.kind, e.properties, e.customer_id
    )
    SELECT DISTINCT source, properties ->> 'order', customer_id FROM past
    WHERE kind = 'order' AND properties ? 'order' AND NOT properties ? '{UNPROVEN}'
"""  # noqa: S608
# Also those that were somebody else's as long as nobody knew whose browser it was.
CARTS = """
    SELECT DISTINCT cart_id FROM customers_event
    WHERE visitor_id = ANY(%(ids)s) AND customer_id IS NULL AND cart_id IS NOT NULL
"""
FAVOURITES = f"""
    INSERT INTO customers_favourite AS f (customer_id, product_id, added_at, removed_at)
    SELECT customer_id, product_id, coalesce(added, removed),
           CASE WHEN removed >= coalesce(added, '-infinity') THEN removed END
    FROM (
        SELECT v.customer_id, old.product_id, max(nullif(old.added_at, old.removed_at)) AS added,
               max(old.removed_at) AS removed
        FROM customers_favourite AS old JOIN customers_visitor AS v ON v.id = old.visitor_id
        WHERE v.id = ANY(%(ids)s) AND old.customer_id IS NULL
        GROUP BY v.customer_id, old.product_id ORDER BY v.customer_id, old.product_id
    ) AS stated
    {MERGE_OF_CUSTOMERS}
"""  # noqa: S608
FORGET_FAVOURITES = "DELETE FROM customers_favourite WHERE customer_id IS NULL AND visitor_id = ANY(%(ids)s)"
ROLL_UP = f"""
    INSERT INTO customers_customerstats AS s (customer_id, {", ".join(LAST)})
    SELECT customer_id, {LAST_TIMES} FROM customers_event WHERE (visitor_id, customer_id) IN (
        SELECT id, customer_id FROM customers_visitor WHERE id = ANY(%(ids)s)
    ) GROUP BY customer_id ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE
    SET {", ".join(f"{name} = greatest(s.{name}, excluded.{name})" for name in LAST)}
"""  # noqa: S608


@transaction.atomic
def identify(pairs: Iterable[tuple[str, int]], at: datetime) -> Counter[str]:
    """Say whose browsers these are, as (visitor, customer); what became of each.

    The fates are identified, known (she is its owner already), other_owner: a visitor never changes owner, and erased:
    nobody of whom nothing may be kept gets one. Of two customers named for one visitor the first counts. What the
    browser did before becomes hers: events, carts, favourites, roll-up.
    """
    wanted: dict[str, int] = {}
    fates: Counter[str] = Counter()
    named = list(pairs)
    erased = set(_erased({customer_id for _visitor, customer_id in named}))
    for visitor, customer_id in named:
        if customer_id in erased:
            fates["erased"] += 1
        elif wanted.setdefault(visitor, customer_id) != customer_id:
            fates["other_owner"] += 1
    if not wanted:
        return fates
    params: dict[str, Any] = {"visitors": list(wanted), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(MAKE, params)
        cursor.execute(LOCK, params)
        owners = dict(cursor.fetchall())
        free = [visitor for visitor in wanted if owners[visitor] is None]
        fates.update(
            "known" if owners[visitor] == wanted[visitor] else "other_owner"
            for visitor in wanted
            if owners[visitor] is not None
        )
        fates["identified"] = len(free)
    if free:
        _own(free, [wanted[visitor] for visitor in free], at)
    return fates


def _erased(customer_ids: set[int]) -> Iterable[int]:
    gone = Customer.objects.filter(pk__in=customer_ids, erased_at__isnull=False)
    return gone.values_list("pk", flat=True) if customer_ids else ()


def _own(visitors: list[str], customers: list[int], at: datetime) -> None:
    params: dict[str, Any] = {"visitors": visitors, "customers": customers, "at": at}
    with connection.cursor() as cursor:
        cursor.execute(OWN, params)
        params["ids"] = [row[0] for row in cursor.fetchall()]
        cursor.execute(CARTS, params)
        touched = [row[0] for row in cursor.fetchall()]
        cursor.execute(PAST, params)
        claims = [guest_orders.Claim(*row) for row in cursor.fetchall()]
        for statement in (FAVOURITES, FORGET_FAVOURITES, ROLL_UP):
            cursor.execute(statement, params)
    dirty.mark(customers, at)
    carts.derive(touched, at)
    guest_orders.claim(claims, at)
    for start in range(0, len(params["ids"]), CHUNK):
        ids = params["ids"][start : start + CHUNK]
        visitors_identified.send(Visitor, ids=ids, at=at, origin=Origin.LIVE)
