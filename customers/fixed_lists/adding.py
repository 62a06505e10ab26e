"""Put people on a list, a million at once, in a handful of statements: by their numbers or addresses, or as a list page
found them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

from customers import audit, fixed_lists
from customers.fixed_lists.entries import Entry
from customers.models import Customer, FixedList, FixedListUpload, User

MAKE = """
    DROP TABLE IF EXISTS pg_temp.listed, pg_temp.matched;
    CREATE TEMPORARY TABLE listed (line int, text text, key text) ON COMMIT DROP
"""
COPY = "COPY listed (line, text, key) FROM STDIN"
# A number may stand in several systems, an address belong to several people. Merged people count as who they became.
MATCH = """
    CREATE TEMPORARY TABLE matched ON COMMIT DROP AS
    WITH keys AS MATERIALIZED (SELECT DISTINCT key FROM listed WHERE key <> ''),
    hits AS (
        SELECT k.key, coalesce(c.merged_into_id, c.id) AS id
        FROM keys k JOIN customers_customer c ON lower(c.email) = k.key
        UNION
        SELECT k.key, coalesce(c.merged_into_id, c.id)
        FROM keys k JOIN customers_identity i ON i.number = k.key JOIN customers_customer c ON c.id = i.customer_id
    )
    SELECT h.key, min(h.id) AS customer_id, count(*) AS people
    FROM hits h JOIN customers_customer c ON c.id = h.id
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL
    GROUP BY h.key
"""
ADD = """
    WITH added AS (
        INSERT INTO customers_fixedlistmember (fixed_list_id, customer_id, added_at)
        SELECT DISTINCT %(list)s::bigint, customer_id, %(at)s::timestamptz FROM matched WHERE people = 1
        ORDER BY customer_id
        ON CONFLICT (fixed_list_id, customer_id) DO NOTHING RETURNING customer_id
    )
    SELECT count(*), (array_agg(customer_id))[1:%(named)s] FROM added
"""
ADD_FOUND = """
    WITH found (id) AS MATERIALIZED ({people}),
    added AS (
        INSERT INTO customers_fixedlistmember (fixed_list_id, customer_id, added_at)
        SELECT %s::bigint, id, %s::timestamptz FROM found ORDER BY id
        ON CONFLICT (fixed_list_id, customer_id) DO NOTHING RETURNING customer_id
    )
    SELECT (SELECT count(*) FROM found), count(*), (array_agg(customer_id))[1:%s] FROM added
"""
REJECT = """
    INSERT INTO customers_fixedlistreject (upload_id, line, text, reason)
    SELECT %(upload)s, l.line, l.text,
           CASE WHEN l.key = '' THEN 'malformed' WHEN m.people > 1 THEN 'ambiguous' ELSE 'unknown' END
    FROM listed l LEFT JOIN matched m ON m.key = l.key WHERE l.key = '' OR m.people IS DISTINCT FROM 1
    ORDER BY l.line
"""
TOTALS = """
    SELECT (SELECT count(*) FROM listed),
           (SELECT count(DISTINCT customer_id) FROM matched WHERE people = 1),
           count(*) FILTER (WHERE reason = 'unknown'), count(*) FILTER (WHERE reason = 'ambiguous'),
           count(*) FILTER (WHERE reason = 'malformed')
    FROM customers_fixedlistreject WHERE upload_id = %(upload)s
"""


@transaction.atomic
def add(
    fixed_list: FixedList, entries: Iterable[Entry], user: User, at: datetime, file_name: str = ""
) -> FixedListUpload:
    """Everybody whom an entry names without doubt; what became of all of them. Raises what reading them raises."""
    fixed_lists.held(fixed_list)
    upload = FixedListUpload.objects.create(fixed_list=fixed_list, user=user, at=at, file_name=file_name)
    params = {"list": fixed_list.pk, "at": at, "upload": upload.pk, "named": fixed_lists.MOST_MARKED + 1}
    people = _match(entries, params, upload)
    upload.save()
    fixed_lists.changed(fixed_list, people, at)
    audit.record(
        user, "list.extended", fixed_list, at, upload=upload.pk, entries=upload.entries, added=upload.added
    )
    return upload


@transaction.atomic
def add_found(fixed_list: FixedList, people: QuerySet[Customer], user: User, at: datetime) -> tuple[int, int]:
    """All of them; how many these were, and how many are new on the list."""
    fixed_lists.held(fixed_list)
    found, added, new = _add_found(fixed_list, people, at)
    fixed_lists.changed(fixed_list, new, at)
    audit.record(user, "list.extended", fixed_list, at, found=found, added=added)
    return found, added


def _add_found(fixed_list: FixedList, people: QuerySet[Customer], at: datetime) -> tuple[int, int, list[int]]:
    try:
        sql, params = people.order_by().values_list("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0, 0, []
    with connection.cursor() as cursor:
        most = fixed_lists.MOST_MARKED + 1
        cursor.execute(ADD_FOUND.format(people=sql), [*params, fixed_list.pk, at, most])
        found, added, new = cursor.fetchone()
    return found, added, new or []


def _match(entries: Iterable[Entry], params: dict[str, Any], upload: FixedListUpload) -> list[int]:
    """Fill in the figures of the upload; the customers who are new on the list, as far as they are marked singly."""
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        with cursor.copy(COPY) as copy:
            for entry in entries:
                copy.write_row(entry)
        cursor.execute("ANALYZE listed")
        cursor.execute(MATCH)
        cursor.execute("ANALYZE matched")
        cursor.execute(ADD, params)
        upload.added, people = cursor.fetchone()
        cursor.execute(REJECT, params)
        cursor.execute(TOTALS, params)
        upload.entries, upload.found, upload.unknown, upload.ambiguous, upload.malformed = cursor.fetchone()
    return people or []
