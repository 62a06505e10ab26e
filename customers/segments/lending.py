"""Segments and lists that rules use: the lock under which uses begin and end, and who uses what.

A rule keeps a reference to the segment or list. So that no two rules ever use each other, and nothing in use is
deleted, saving a rule and deleting what rules may use happen one at a time.
"""

from collections.abc import Mapping

from django.db import connection

from customers.models import Segment
from customers.segments import tree
from customers.segments.conditions import Lent
from customers.segments.membership import readings
from customers.segments.tree import Fault

LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('segment references', 0))"


def lock() -> None:
    """Until the transaction ends, nobody else begins or ends a use."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def lent(segment: Segment) -> Lent:
    return Lent(segment.pk, segment.name, segment.rule)


def users(condition: str, number: int) -> list[Segment]:
    """The segments whose own rule names this number in that condition."""
    segments = Segment.objects.order_by("name")
    return [each for each in segments if number in readings.uses(each.rule, condition)]


def faults(segment: Segment) -> list[Fault]:
    return tree.read(segment.rule, lent(segment)).faults


def above(segment: Segment, segments: Mapping[int, Segment]) -> list[Segment]:
    """Those whose rule uses the segment, also through others."""
    return [each for each in segments.values() if segment.pk in readings.below(each, segments)]
