"""Segments and lists that rules use: the lock under which uses begin and end, and who uses what.

A rule keeps a reference to the segment or list. So that no two rules ever use each other, and nothing in use is
deleted, saving a rule and deleting what rules may use happen one at a time.
"""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.urls import reverse

from customers.models import FixedList, Segment
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


def used(rule: Any) -> list[tuple[str, str]]:
    """Name and page of each segment and list that the rule names itself."""
    segments = Segment.objects.filter(pk__in=readings.uses(rule)).order_by("name")
    lists = FixedList.objects.filter(pk__in=readings.uses(rule, "on_list")).order_by("name")
    return [
        *((each.name, reverse("segment_edit", args=[each.pk])) for each in segments),
        *((each.name, reverse("fixed_list", args=[each.pk])) for each in lists),
    ]


def faults(segment: Segment) -> list[Fault]:
    return tree.read(segment.rule, lent(segment)).faults


def above(segment: Segment, segments: Mapping[int, Segment]) -> list[Segment]:
    """Those whose rule uses the segment, also through others."""
    return [each for each in segments.values() if segment.pk in readings.below(each, segments)]
