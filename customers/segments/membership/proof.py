"""Prove that the members that are kept are those whom the rules select."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.db.models import Q

from customers.models import Segment
from customers.segments import compiler
from customers.segments.membership import keeping
from customers.segments.sql import Sql, sql


class Difference(NamedTuple):
    """Somebody who is kept as a member and does not belong, or belongs and is not kept."""

    segment_id: int
    customer_id: int
    is_kept: bool


def differences(at: datetime, limit: int) -> list[Difference]:
    """Where members and rules disagree, at most so many. One statement a segment, so runs meanwhile do no harm.

    Who waits to be looked at is left out, and so are segments that wait to be built. Where a rule asks for time, she
    may be as the rule had it when all were last looked at, or as it has it now.
    """
    found: list[Difference] = []
    for segment in Segment.objects.order_by("id").exclude(keeping.unbuilt() | Q(due_at__lte=at)):
        found.extend(_of(segment, at, limit - len(found)))
    return found


def _of(segment: Segment, at: datetime, limit: int) -> Iterator[Difference]:
    disagreements = [_disagreement(segment, moment) for moment in sorted({at, segment.built_at or at})]
    statement = sql(
        """SELECT id, is_kept FROM ({}) x
        WHERE NOT EXISTS (SELECT FROM customers_dirty d WHERE d.customer_id IN (x.id, 0)) LIMIT {}""",
        Sql(
            " INTERSECT ".join(each.text for each in disagreements),
            sum((e.params for e in disagreements), ()),
        ),
        limit,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        for customer_id, is_kept in cursor.fetchall():
            yield Difference(segment.pk, customer_id, is_kept)


def _disagreement(segment: Segment, at: datetime) -> Sql:
    compiled = compiler.compile_rule(segment.rule, at)
    return sql(
        """(SELECT coalesce(m.customer_id, r.id) AS id, m.customer_id IS NOT NULL AS is_kept
        FROM (SELECT customer_id FROM customers_segmentmember WHERE segment_id = {}) m
        FULL JOIN ({}) r (id) ON r.id = m.customer_id WHERE m.customer_id IS NULL OR r.id IS NULL)""",
        segment.pk,
        Sql(compiled.sql, compiled.params),
    )
