"""Keeping the members of segments: building them, looking at one person, at ten thousand, at everybody again.

Each function works on the customers and segments that are there, and gives seconds. The peer is the pattern of Mautic:
batches of 300, each asking the rule again for who is missing, then a row at a time.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from customers import dirty
from customers.models import Customer, Dirty, Segment, SegmentChange, SegmentMember
from customers.segments import compiler
from customers.segments.membership import keeping

BATCH = 300


def seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def build(segment: Segment, at: datetime) -> dict[str, float]:
    """The first build of a segment, and a difference of everybody that finds nothing new."""
    return {
        "build": seconds(lambda: keeping.build(segment.pk, lambda: at)),
        "difference": seconds(lambda: keeping.build(segment.pk, lambda: at)),
        "members": segment.members.count(),
    }


def batches_of_300(segment: Segment, at: datetime, most: int | None = None) -> dict[str, float]:
    """The same build by the peer's pattern; with `most` it stops after so many batches and tells how many it did."""
    compiled = compiler.compile_rule(segment.rule, at)
    missing = (
        f"SELECT r.id FROM ({compiled.sql}) r WHERE NOT EXISTS (SELECT FROM customers_segmentmember m"
        " WHERE m.segment_id = %s AND m.customer_id = r.id) ORDER BY r.id LIMIT %s"
    )
    SegmentMember.objects.filter(segment=segment).delete()
    began, done = time.perf_counter(), 0
    while most is None or done < most:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(missing, [*compiled.params, segment.pk, BATCH])
            found = [row[0] for row in cursor.fetchall()]
            for customer_id in found:
                SegmentMember.objects.create(segment=segment, customer_id=customer_id, since=at)
        if not found:
            break
        done += 1
    return {"seconds": time.perf_counter() - began, "batches": done}


def one_person(at: datetime, rounds: int = 20) -> float:
    """The median time of a sweep for one changed person against all segments that are built."""
    person = Customer.objects.order_by("pk").values_list("pk", flat=True)[Customer.objects.count() // 2]
    times = sorted(_sweep([person], at) for _ in range(rounds))
    return times[rounds // 2]


def many_people(count: int, at: datetime) -> float:
    """Sweeps for so many changed people, who come in three parts as they do within a minute of three ticks."""
    ids = list(Customer.objects.order_by("key").values_list("pk", flat=True)[:count])
    part = -(-count // 3)
    return sum(_sweep(ids[start : start + part], at) for start in range(0, count, part))


def _sweep(people: list[int], at: datetime) -> float:
    Dirty.objects.all().delete()
    dirty.mark(people, at)
    return seconds(lambda: keeping.sweep(lambda: at))


def forget() -> None:
    """Begin anew."""
    for model in (SegmentMember, SegmentChange):
        model.objects.all().delete()
    Segment.objects.update(built_revision=None, built_at=None, due_at=None)


def segments(rules: list[Any]) -> list[Segment]:
    return Segment.objects.bulk_create(
        Segment(name=f"Measured {number}", rule=rule, revision=1) for number, rule in enumerate(rules)
    )
