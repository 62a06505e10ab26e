"""Write who entered and who left: members, changes, sizes and the signal, all in the caller's transaction."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import connection

from customers import signals
from customers.models import Origin, SegmentChange
from customers.segments.sql import Sql, sql

MOST_IDS = 10_000  # in one signal


class Changed(NamedTuple):
    """What became of one segment: the ids of its SegmentChange rows, of those who entered and of those who left, and
    which of both are people of whom only an import has told."""

    entered: list[int]
    left: list[int]
    imported: list[int]


def of_people(
    belonging: Mapping[int, Collection[int]],
    people: Collection[int],
    imported: Collection[int],
    at: datetime,
    day: date,
) -> None:
    """Make exactly these of the people members of these segments; nobody else is touched. `imported`: those of them
    of whom only imports have told."""
    pairs = [(segment_id, person) for segment_id, members in belonging.items() for person in members]
    fits = sql(
        "SELECT * FROM unnest({}::bigint[], {}::bigint[]) AS f (segment_id, customer_id)",
        [segment_id for segment_id, _person in pairs],
        [person for _segment_id, person in pairs],
    )
    looked_at = sql("m.customer_id = ANY({}) AND m.segment_id = ANY({})", list(people), list(belonging))
    quiet = sql("ANY({}::bigint[])", list(imported))
    changed = _apply(fits, looked_at, quiet, at, by_rule=False)
    _keep_sizes(changed, day)
    _tell(changed.values(), at, by_rule=False)


def of_segment(segment_id: int, members: Sql, at: datetime, day: date, *, by_rule: bool) -> None:
    """Make exactly those whom the statement selects members of the segment."""
    fits = sql("SELECT {}::bigint AS segment_id, x.id AS customer_id FROM ({}) x (id)", segment_id, members)
    quiet = sql("ANY(SELECT customer_id FROM customers_dirty WHERE taken)")
    changed = _apply(fits, sql("m.segment_id = {}", segment_id), quiet, at, by_rule=by_rule)
    _keep_sizes({segment_id: Changed([], [], [])} | changed, day)
    with connection.cursor() as cursor:
        cursor.execute(COUNT_AGAIN, [segment_id, segment_id, day])
    _tell(changed.values(), at, by_rule=by_rule)


def _apply(fits: Sql, looked_at: Sql, imported: Sql, at: datetime, *, by_rule: bool) -> dict[int, Changed]:
    """A full join can only be hashed or merged, and rows are deleted by their place: no plan becomes quadratic when the
    planner takes a table that is just being filled for an empty one."""
    statement = sql(
        """WITH fits AS MATERIALIZED ({}), differing AS MATERIALIZED (
            SELECT coalesce(f.segment_id, m.segment_id) AS segment_id,
                   coalesce(f.customer_id, m.customer_id) AS customer_id, m.customer_id IS NULL AS entered, m.place
            FROM (SELECT m.segment_id, m.customer_id, m.ctid AS place FROM customers_segmentmember m WHERE {}) m
            FULL JOIN fits f ON f.segment_id = m.segment_id AND f.customer_id = m.customer_id
            WHERE m.customer_id IS NULL OR f.customer_id IS NULL
        ), gone AS (
            DELETE FROM customers_segmentmember
            WHERE ctid = ANY(ARRAY(SELECT place FROM differing WHERE NOT entered))
        ), come AS (
            INSERT INTO customers_segmentmember (segment_id, customer_id, since)
            SELECT segment_id, customer_id, {}::timestamptz FROM differing WHERE entered
        ), changed AS (
            INSERT INTO customers_segmentchange (segment_id, customer_id, entered, by_rule, at)
            SELECT segment_id, customer_id, entered, {}::bool, {}::timestamptz FROM differing
            RETURNING id, segment_id, customer_id, entered
        )
        SELECT segment_id, array_agg(id) FILTER (WHERE entered), array_agg(id) FILTER (WHERE NOT entered),
               array_agg(id) FILTER (WHERE customer_id = {})
        FROM changed GROUP BY segment_id""",
        fits,
        looked_at,
        at,
        by_rule,
        at,
        imported,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        return {
            segment_id: Changed(came or [], went or [], quiet or [])
            for segment_id, came, went, quiet in cursor.fetchall()
        }


SIZES = """
    INSERT INTO customers_segmentsize AS kept (segment_id, day, size, entered, "left")
    SELECT told.segment_id, %s, coalesce((
        SELECT s.size FROM customers_segmentsize AS s WHERE s.segment_id = told.segment_id ORDER BY s.day DESC LIMIT 1
    ), 0) + told.came - told.went, told.came, told.went
    FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS told (segment_id, came, went)
    ON CONFLICT (segment_id, day) DO UPDATE
    SET size = kept.size + excluded.entered - excluded."left", entered = kept.entered + excluded.entered,
        "left" = kept."left" + excluded."left"
"""
COUNT_AGAIN = """
    UPDATE customers_segmentsize
    SET size = (SELECT count(*) FROM customers_segmentmember WHERE segment_id = %s)
    WHERE segment_id = %s AND day = %s
"""


def _keep_sizes(changed: Mapping[int, Changed], day: date) -> None:
    if not changed:
        return
    came = [len(each.entered) for each in changed.values()]
    went = [len(each.left) for each in changed.values()]
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [day, list(changed), came, went])


def _tell(changed: Iterable[Changed], at: datetime, *, by_rule: bool) -> None:
    told: dict[Origin, list[int]] = {Origin.LIVE: [], Origin.IMPORT: []}
    for each in changed:
        quiet = set(each.imported)
        for pk in (*each.entered, *each.left):
            told[Origin.IMPORT if pk in quiet else Origin.LIVE].append(pk)
    for origin, ids in told.items():
        for start in range(0, len(ids), MOST_IDS):
            signals.segment_members_changed.send(
                SegmentChange,
                ids=sorted(ids)[start : start + MOST_IDS],
                at=at,
                origin=origin,
                by_rule=by_rule,
            )
