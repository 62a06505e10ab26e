"""People of whom a list knows the e-mail address and no number: recorded here, in lists.

An address is no identity. It finds whoever has it, and makes somebody where nobody has; what is known of her stays, and
only what is missing is filled in. Where several people share the address, nothing of the list's profile is written.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from customers import signals
from customers.models import Customer, Origin
from customers.people import DIRTY, FIELDS, MAKE, MOST_PEOPLE, TEXTS, Person, take

# Two lists of different sources must not make the same person twice.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('contacts', 0))"
FIND = """
    UPDATE incoming_person AS p
    SET customer_id = coalesce(found.customer_id, nextval('customers_customer_id_seq')),
        home_store_id = found.store_id,
        outcome = CASE found.people WHEN 0 THEN 'made' WHEN 1 THEN 'same' ELSE 'shared' END
    FROM (
        SELECT n.number, max(s.id) AS store_id, min(c.id) AS customer_id, count(c.id) AS people
        FROM incoming_person AS n
        LEFT JOIN customers_store AS s ON s.number = n.home_store
        LEFT JOIN customers_customer AS c
            ON lower(c.email) = n.number AND c.merged_into_id IS NULL AND c.erased_at IS NULL
        GROUP BY n.number
    ) AS found
    WHERE found.number = p.number
"""
MISSING = {name: f"coalesce(nullif(c.{name}, ''), p.{name}, '')" for name in TEXTS} | {
    name: f"coalesce(c.{name}, p.{name})" for name in FIELDS if name not in TEXTS
}
FILL = f"""
    WITH changed AS (
        UPDATE customers_customer AS c
        SET {", ".join(f"{name} = {value}" for name, value in MISSING.items())},
            attributes = coalesce(p.attributes, '{{}}') || c.attributes, updated_at = %(at)s
        FROM incoming_person AS p
        WHERE p.outcome = 'same' AND c.id = p.customer_id
          AND ({", ".join(MISSING.values())}, coalesce(p.attributes, '{{}}') || c.attributes)
              IS DISTINCT FROM ({", ".join(f"c.{name}" for name in MISSING)}, c.attributes)
        RETURNING c.id
    )
    UPDATE incoming_person SET outcome = 'changed' FROM changed WHERE customer_id = changed.id
"""  # noqa: S608
ANSWER = """
    SELECT p.number, p.outcome, array_agg(c.id ORDER BY c.id)
    FROM incoming_person AS p
    JOIN customers_customer AS c ON lower(c.email) = p.number AND c.merged_into_id IS NULL AND c.erased_at IS NULL
    GROUP BY p.number, p.outcome
"""


class Outcome(NamedTuple):
    """`what` is made, changed, same or shared; `ids` are those of everybody who has the address."""

    what: str
    ids: list[int]


@transaction.atomic
def record(contacts: Sequence[Person], at: datetime, origin: Origin, source: str) -> dict[str, Outcome]:
    """Find or make the people with these addresses, at most 10,000; what becomes of each address.

    The `number` of each is her address in small letters. Of two statements on an address the first wins.
    """
    if len(contacts) > MOST_PEOPLE:
        raise ValueError(f"{len(contacts)} contacts in one call")
    merged: dict[str, Person] = {}
    for contact in contacts:
        known = merged.get(contact.number)
        merged[contact.number] = contact.and_then(known) if known else contact
    params: dict[str, Any] = {"source": source, "at": at, "origin": str(origin)}
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        take(cursor, merged.values(), params)
        for statement in (FIND, MAKE, FILL, DIRTY):
            cursor.execute(statement, params)
        cursor.execute(ANSWER)
        answer = {address: Outcome(what, ids) for address, what, ids in cursor.fetchall()}
    touched = {ids[0] for what, ids in answer.values() if what in ("made", "changed")}
    if touched:
        signals.people_changed.send(Customer, ids=sorted(touched), at=at, origin=origin)
    return answer


def find(addresses: Sequence[str]) -> dict[str, list[int]]:
    """Who has each of these addresses, in small letters; addresses that nobody has are left out."""
    statement = """
        SELECT lower(email), array_agg(id ORDER BY id) FROM customers_customer
        WHERE lower(email) = ANY(%s) AND merged_into_id IS NULL AND erased_at IS NULL GROUP BY lower(email)
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(addresses)])
        return dict(cursor.fetchall())
