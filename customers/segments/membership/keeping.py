"""Keep the members of all segments: those whose facts changed at once, everybody when a rule or the time asks for it.

All of it happens under one lock, so that two runs never decide about the same people from what they read before and
after a fact. Every step is a transaction of its own: what was taken is applied in it, or stays to be taken.
"""

import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q

from customers.dirty import EVERYBODY
from customers.models import Dirty, Segment, Shop
from customers.segments import compiler, tree
from customers.segments.membership import checking, differences, readings
from customers.segments.sql import Sql

MOST_PEOPLE = 5_000  # above it one difference of everybody is cheaper than asking about each
OFTEN = timedelta(minutes=10)
LONGEST = 120  # seconds for one segment; what takes longer is tried again after `OFTEN`
LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('segment membership', 0)), set_config('jit', 'off', true)"
# Of too many to be asked one by one, those of whom only imports told stay noted until everybody has been looked at.
TAKE = """
    WITH waiting AS MATERIALIZED (SELECT id FROM customers_dirty WHERE NOT taken FOR UPDATE SKIP LOCKED),
    gone AS (DELETE FROM customers_dirty WHERE id IN (SELECT id FROM waiting) RETURNING customer_id, origin),
    people AS MATERIALIZED (SELECT customer_id, bool_or(origin = 'live') AS live FROM gone GROUP BY customer_id),
    noted AS (
        INSERT INTO customers_dirty (customer_id, at, origin, taken)
        SELECT customer_id, %(at)s, 'import', true FROM people
        WHERE NOT live AND (SELECT count(*) FROM people) > %(most)s
    ), heard AS (
        DELETE FROM customers_dirty WHERE taken AND customer_id IN (SELECT customer_id FROM people WHERE live)
    )
    SELECT customer_id, live FROM people ORDER BY customer_id LIMIT %(most)s + 1
"""
log = logging.getLogger(__name__)
Clock = Callable[[], datetime]

_failed: dict[
    int, tuple[int, datetime]
] = {}  # segments that this process leaves alone for a while: revision, until


def tick(clock: Clock) -> bool:
    """Bring everything up to date; False when another run is at it, which will do what there is."""
    if not sweep(clock):
        return False
    # People must not wait for many large segments, so they come in between.
    return all(_tried(pk, clock) and sweep(clock) for pk in waiting(clock())) and _rest(clock)


@transaction.atomic
def _rest(clock: Clock) -> bool:
    """Once all have been looked at, nobody needs to remember whom an import told of."""
    if not _locked():
        return False
    noted = Dirty.objects.filter(taken=True)
    if noted.exists() and not waiting(clock()):
        noted.delete()
    return True


def waiting(at: datetime) -> list[int]:
    """The segments whose customers must all be looked at, in the order of their use in rules of others."""
    segments = Segment.objects.in_bulk()
    outdated = Segment.objects.filter(unbuilt() | Q(due_at__lte=at)).order_by("id")
    ids = [segment.pk for segment in outdated if not _left_alone(segment, at)]
    return sorted(ids, key=lambda pk: len(readings.below(segments[pk], segments)) if pk in segments else 0)


@transaction.atomic
def sweep(clock: Clock) -> bool:
    """Look at those whose facts changed. False when another run is at it."""
    with connection.cursor() as cursor:
        if not _locked():
            return False
        cursor.execute(TAKE, {"at": clock(), "most": MOST_PEOPLE})
        people = dict(cursor.fetchall())
    at = clock()  # after taking: no fact that is told of may lie after it
    if EVERYBODY in people or len(people) > MOST_PEOPLE:
        Segment.objects.filter(~unbuilt()).update(due_at=at)
    elif people:
        _check(list(people), [pk for pk, live in people.items() if not live], at)
    return True


def _check(people: list[int], imported: list[int], at: datetime) -> None:
    segments = _held()
    zone = ZoneInfo(Shop.current().time_zone)
    outdated = {pk for pk, each in segments.items() if each.built_revision != each.revision}
    local = at.astimezone(zone)
    rules = [
        rule
        for rule in readings.read(segments, zone.key)
        # The others are waiting to be built, from what is true then.
        if not ({rule.segment.pk} | readings.below(rule.segment, segments)) & outdated
    ]
    found = checking.belonging(rules, people, local)
    differences.of_people(found, people, imported, at, local.date())
    unasked = [rule.segment.pk for rule in rules if rule.segment.pk not in found]
    if unasked:
        Segment.objects.filter(pk__in=unasked).update(due_at=at)


def _tried(segment_id: int, clock: Clock) -> bool:
    """One segment that the database cannot work out must not keep the others from being built."""
    try:
        return build(segment_id, clock)
    except DatabaseError as error:
        segment = Segment.objects.filter(pk=segment_id).first()
        if segment is not None:
            log.error("Segment %s cannot be built: %s", segment_id, type(error).__name__)
            _failed[segment_id] = segment.revision, clock() + OFTEN
        return True


@transaction.atomic
def build(segment_id: int, clock: Clock) -> bool:
    """Look at everybody for one segment. Until it commits, readers see the members as they were."""
    if not _locked():
        return False
    segment = _held(segment_id).get(segment_id)
    if segment is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{LONGEST}s"])
    at = clock()
    zone = ZoneInfo(Shop.current().time_zone)
    compiled = compiler.compile_rule(segment.rule, at)
    by_rule = bool(compiled.faults) or segment.built_revision != segment.revision
    members = Sql(compiled.sql, compiled.params)
    differences.of_segment(segment_id, members, at, at.astimezone(zone).date(), by_rule=by_rule)
    # With a fault it stays unbuilt: nobody belongs, and it is tried again, since what is missing may come back.
    built = None if compiled.faults else segment.revision
    due_at = None if compiled.faults else _due_at(segment, at.astimezone(zone))
    Segment.objects.filter(pk=segment_id).update(built_revision=built, built_at=at, due_at=due_at)
    if built != segment.built_revision:
        _outdate_users(segment_id)
    return True


def _outdate_users(segment_id: int) -> None:
    segments = Segment.objects.in_bulk()
    users = [pk for pk, each in segments.items() if segment_id in readings.below(each, segments) - {pk}]
    Segment.objects.filter(pk__in=users).update(built_revision=None)


def _due_at(segment: Segment, at: datetime) -> datetime:
    """When all must be looked at again: often if the rule asks for time, else each night, to mend what was missed."""
    midnight = next_midnight(at)
    node = tree.read(segment.rule).node
    timely = node is not None and readings.depends_on_time(node, at)
    return min(at + OFTEN, midnight) if timely else midnight


def next_midnight(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)


def unbuilt() -> Q:
    """Segments whose members do not follow their rule yet."""
    return Q(built_revision=None) | ~Q(built_revision=F("revision"))


def _left_alone(segment: Segment, at: datetime) -> bool:
    revision, until = _failed.get(segment.pk, (None, at))
    return revision == segment.revision and at < until


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        return bool(cursor.fetchone()[0])


def _held(segment_id: int | None = None) -> dict[int, Segment]:
    """The segments, in id order, none of which can be deleted until the transaction ends; saving one can go on."""
    where = "" if segment_id is None else "WHERE id = %s"
    text = f"SELECT * FROM customers_segment {where} ORDER BY id FOR KEY SHARE"  # noqa: S608
    return {each.pk: each for each in Segment.objects.raw(text, [] if segment_id is None else [segment_id])}
