"""Who is in a segment as it is kept, for whom rules are too slow to ask each time: journeys, lists, plots.

`keeping` writes it, at most a minute behind the facts. Who must know exactly, such as the launch of a campaign,
compiles the rule instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from customers.models import Dirty, Segment, SegmentChange, SegmentSize, Shop
from customers.segments import tree
from customers.segments.sql import Sql, sql

BEHIND = timedelta(minutes=5)  # facts that wait so long, or a segment that is due so long: something is wrong
FORGET = 50_000  # changes in one statement


@dataclass(frozen=True)
class State:
    """How a segment stands. `kind` is building (never built, or the rule was changed since), fault, late (the members
    are those of `as_of`) or current. The figures are those of the members as they are kept."""

    kind: str
    size: int
    entered: int
    left: int
    as_of: datetime | None
    fault: str = ""


def members(segment: Segment) -> Sql:
    """A SELECT of `customer_id`, each once."""
    return sql("SELECT m.customer_id FROM customers_segmentmember m WHERE m.segment_id = {}", segment.pk)


def state(segment: Segment, at: datetime) -> State:
    return states([segment], at)[segment.pk]


def states(segments: Iterable[Segment], at: datetime) -> dict[int, State]:
    """As `state`, in three queries for all of them."""
    chosen = {segment.pk: segment for segment in segments}
    day = Shop.day(at)
    newest = {
        size.segment_id: size
        for size in SegmentSize.objects.filter(segment__in=chosen)
        .order_by("segment_id", "-day")
        .distinct("segment_id")
    }
    oldest = Dirty.objects.filter(taken=False).order_by("id").values_list("at", flat=True).first()
    waiting_since = oldest if oldest is not None and oldest < at - BEHIND else None
    return {pk: _state(segment, newest.get(pk), day, at, waiting_since) for pk, segment in chosen.items()}


def _state(
    segment: Segment, size: SegmentSize | None, day: date, at: datetime, waiting_since: datetime | None
) -> State:
    faults = tree.read(segment.rule).faults
    is_late = waiting_since or (segment.due_at is not None and segment.due_at < at - BEHIND)
    if faults:
        kind = "fault"
    elif segment.built_revision is None or segment.built_revision != segment.revision:
        kind = "building"
    else:
        kind = "late" if is_late else "current"
    is_today = size is not None and size.day == day
    return State(
        kind,
        size.size if size else 0,
        size.entered if size and is_today else 0,
        size.left if size and is_today else 0,
        max(filter(None, (segment.built_at, waiting_since)), default=None)
        if kind == "late"
        else segment.built_at,
        faults[0].sentence if faults else "",
    )


def sizes(segment: Segment, since: date, until: date) -> list[tuple[date, int]]:
    """The size at the end of each day in this stretch; nothing for the days before the segment was first built."""
    known = SegmentSize.objects.filter(segment=segment, day__lte=until).order_by("day")
    before = known.filter(day__lt=since).last()
    by_day = dict(known.filter(day__gte=since).values_list("day", "size"))
    size, found = (before.size if before else None), []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        size = by_day.get(day, size)
        if size is not None:
            found.append((day, size))
    return found


def forget_changes(before: datetime) -> int:
    """Delete who entered and left before that, in steps; how many rows these were. The sizes stay."""
    forgotten = 0
    while True:
        old = SegmentChange.objects.filter(at__lt=before).order_by("id").values("id")[:FORGET]
        count, _of = SegmentChange.objects.filter(id__in=list(old.values_list("id", flat=True))).delete()
        forgotten += count
        if count < FORGET:
            return forgotten
