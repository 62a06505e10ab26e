"""Profiles stated by a source are recorded here, in lists: who is new, who changed, who is as known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from customers import dirty, signals
from customers.models import Customer, Origin

MOST_PEOPLE = 10_000
TEXTS = (
    "salutation",
    "title",
    "first_name",
    "last_name",
    "email",
    "phone",
    "language",
    "country",
    "postal_code",
    "city",
    "time_zone",
    "acquisition_source",
)
FIELDS = (*TEXTS, "birthday", "acquired_at", "home_store_id")
TABLE = f"""
    CREATE TEMPORARY TABLE IF NOT EXISTS incoming_person (
        number text, {", ".join(f"{name} text" for name in TEXTS)}, birthday date, acquired_at timestamptz,
        home_store text, attributes jsonb, customer_id bigint, home_store_id bigint, outcome text
    ) ON COMMIT DELETE ROWS;
    TRUNCATE incoming_person;
"""
COPY = f"COPY incoming_person (number, {', '.join(TEXTS)}, birthday, acquired_at, home_store, attributes) FROM STDIN"
LOCK_SOURCE = "SELECT pg_advisory_xact_lock(hashtextextended('people of ' || %(source)s, 0))"
FIND = """
    UPDATE incoming_person AS p
    SET customer_id = coalesce(found.customer_id, nextval('customers_customer_id_seq')),
        home_store_id = found.store_id,
        outcome = CASE WHEN found.customer_id IS NULL THEN 'made' WHEN found.erased THEN 'erased' ELSE 'same' END
    FROM (
        SELECT n.number, s.id AS store_id, coalesce(c.merged_into_id, c.id) AS customer_id,
               c.erased_at IS NOT NULL OR winner.erased_at IS NOT NULL AS erased
        FROM incoming_person AS n
        LEFT JOIN customers_store AS s ON s.number = n.home_store
        LEFT JOIN customers_identity AS i ON i.source = %(source)s AND i.number = n.number
        LEFT JOIN customers_customer AS c ON c.id = i.customer_id
        LEFT JOIN customers_customer AS winner ON winner.id = c.merged_into_id
    ) AS found
    WHERE found.number = p.number
"""
MAKE = f"""
    INSERT INTO customers_customer (id, {", ".join(FIELDS)}, attributes)
    SELECT customer_id,
           {", ".join(f"coalesce({name}, '')" for name in TEXTS if name != "acquisition_source")},
           coalesce(acquisition_source, %(source)s), birthday, acquired_at, home_store_id,
           coalesce(attributes, '{{}}')
    FROM incoming_person WHERE outcome = 'made' ORDER BY customer_id
"""  # noqa: S608
NUMBER = """
    INSERT INTO customers_identity (customer_id, source, number)
    SELECT customer_id, %(source)s, number FROM incoming_person WHERE outcome = 'made'
"""
# An empty cell says nothing; what is known stays.
CHANGE = f"""
    WITH changed AS (
        UPDATE customers_customer AS c
        SET {", ".join(f"{name} = coalesce(p.{name}, c.{name})" for name in FIELDS)},
            attributes = c.attributes || coalesce(p.attributes, '{{}}'), updated_at = %(at)s
        FROM incoming_person AS p
        WHERE p.outcome = 'same' AND c.id = p.customer_id
          AND ({", ".join(f"coalesce(p.{name}, c.{name})" for name in FIELDS)},
               c.attributes || coalesce(p.attributes, '{{}}'))
              IS DISTINCT FROM ({", ".join(f"c.{name}" for name in FIELDS)}, c.attributes)
        RETURNING c.id
    )
    UPDATE incoming_person SET outcome = 'changed' FROM changed WHERE customer_id = changed.id
"""  # noqa: S608
DIRTY = """
    INSERT INTO customers_dirty (customer_id, at, origin)
    SELECT DISTINCT customer_id, %(at)s::timestamptz, %(origin)s FROM incoming_person
    WHERE outcome IN ('made', 'changed')
"""
ANSWER = "SELECT number, customer_id, outcome FROM incoming_person"


@dataclass(frozen=True)
class Person:
    """What a source states of one customer. `texts` are profile fields by name, only those that are stated;
    `home_store` is a store's number."""

    number: str
    texts: dict[str, str] = field(default_factory=dict)
    birthday: date | None = None
    acquired_at: datetime | None = None
    home_store: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)

    def and_then(self, later: "Person") -> "Person":
        """Both statements, of which the later one wins."""
        return Person(
            self.number,
            self.texts | later.texts,
            later.birthday or self.birthday,
            later.acquired_at or self.acquired_at,
            later.home_store or self.home_store,
            self.attributes | later.attributes,
        )


class Outcome(NamedTuple):
    """`what` is made, changed, same, or erased: of an erased person nothing is written."""

    customer_id: int
    what: str


@transaction.atomic
def record(people: Sequence[Person], at: datetime, origin: Origin, source: str) -> dict[str, Outcome]:
    """Make or update the customers with these numbers in `source`, at most 10,000; what becomes of each number.

    Later statements of a number win. A field that is not stated stays as it is.
    """
    if len(people) > MOST_PEOPLE:
        raise ValueError(f"{len(people)} people in one call")
    merged: dict[str, Person] = {}
    for person in people:
        known = merged.get(person.number)
        merged[person.number] = known.and_then(person) if known else person
    params: dict[str, Any] = {"source": source, "at": at, "origin": str(origin)}
    with connection.cursor() as cursor:
        take(cursor, merged.values(), params)
        for statement in (FIND, MAKE, NUMBER, CHANGE, DIRTY):
            cursor.execute(statement, params)
        cursor.execute(ANSWER)
        answer = {number: Outcome(customer_id, what) for number, customer_id, what in cursor.fetchall()}
    touched = sorted(
        {outcome.customer_id for outcome in answer.values() if outcome.what in ("made", "changed")}
    )
    if touched:
        signals.people_changed.send(Customer, ids=touched, at=at, origin=origin)
    return answer


SPEAK = """
    UPDATE customers_customer
    SET language = %(language)s, updated_at = %(at)s,
        stated_at = stated_at || jsonb_build_object('language', %(stamp)s::text)
    WHERE id = %(customer)s
"""


@transaction.atomic
def speak(customer_id: int, language: str, at: datetime) -> None:
    """Note the language that she chose herself; what sources stated before gives way to it."""
    stamp = f"s {at.astimezone(UTC).isoformat(timespec='microseconds')}"
    with connection.cursor() as cursor:
        cursor.execute(SPEAK, {"customer": customer_id, "language": language, "at": at, "stamp": stamp})
    dirty.mark([customer_id], at)


def take(cursor: CursorWrapper, people: Iterable[Person], params: dict[str, Any]) -> None:
    """Bring people into the table `incoming_person`, while others who do so for this source wait."""
    cursor.execute(TABLE)
    with cursor.copy(COPY) as copy:
        for person in people:
            texts = [person.texts.get(name) for name in TEXTS]
            attributes = Jsonb(person.attributes) if person.attributes else None
            copy.write_row(
                [person.number, *texts, person.birthday, person.acquired_at, person.home_store, attributes]
            )
    cursor.execute("ANALYZE incoming_person")
    cursor.execute(LOCK_SOURCE, params)
