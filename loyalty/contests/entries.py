"""Entries of contests: from what customers do and buy, for points, or free.

What happens is only noted (`note_events`, `note_orders`: one statement in the transaction of the fact); the sweeper
makes entries of it, one statement for a contest's next 10,000. What counts is when it happened, not when we heard of
it, until the contest is drawn.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count

from config import clocks
from customers.models import Customer, SegmentMember
from loyalty import ledger
from loyalty.bookings import Booking
from loyalty.contests.refusals import Refused
from loyalty.models import Contest, ContestEntry, ContestFact, Program

AT_ONCE = 10_000
SOURCE = "contest"
State, Way = Contest.State, Contest.Way
WAITING = [State.OPEN, State.CLOSED]

NOTE_EVENTS = """
    INSERT INTO loyalty_contestfact (contest_id, customer_id, source, reference, at)
    SELECT c.id, e.customer_id, 'event', e.id::text, e.at
    FROM loyalty_contest c JOIN customers_event e
        ON e.kind = c.event_kind AND (c.event_name = '' OR c.event_name = e.name)
        AND e.at >= c.starts_at AND e.at < c.ends_at
    WHERE c.state IN ('open', 'closed') AND c.way = 'event'
      AND e.id = ANY(%(ids)s) AND e.customer_id IS NOT NULL AND e.at >= %(since)s AND e.at < %(until)s
"""
# An order counts as what it is worth when it is first told of that is enough; refunds take no entry away.
NOTE_ORDERS = """
    INSERT INTO loyalty_contestfact (contest_id, customer_id, source, reference, at)
    SELECT c.id, o.customer_id, 'order', o.id::text, o.placed_at
    FROM loyalty_contest c JOIN customers_order o
        ON o.placed_at >= c.starts_at AND o.placed_at < c.ends_at AND o.base_total >= coalesce(c.least_value, 1)
    WHERE c.state IN ('open', 'closed') AND c.way = 'purchase'
      AND o.id = ANY(%(ids)s) AND o.kind = 'order' AND o.customer_id IS NOT NULL
"""
# The contest's row is held, so nobody else counts its entries meanwhile. Those of a merged customer are her winner's.
COUNT_IN = """
    WITH taken AS (
        DELETE FROM loyalty_contestfact WHERE id IN (
            SELECT id FROM loyalty_contestfact WHERE contest_id = %(contest)s ORDER BY id LIMIT %(most)s
            FOR UPDATE SKIP LOCKED
        ) RETURNING customer_id, source, reference, at
    ), fresh AS (
        SELECT DISTINCT ON (t.source, t.reference) owner.id AS person, t.source, t.reference, t.at,
               (t.at AT TIME ZONE %(zone)s)::date AS day
        FROM taken t JOIN customers_customer c ON c.id = t.customer_id
        JOIN customers_customer owner ON owner.id = coalesce(c.merged_into_id, c.id) AND owner.erased_at IS NULL
        WHERE (%(segment)s::bigint IS NULL OR EXISTS (
                SELECT FROM customers_segmentmember m WHERE m.segment_id = %(segment)s AND m.customer_id = owner.id))
          AND NOT EXISTS (SELECT FROM loyalty_contestentry e WHERE e.contest_id = %(contest)s
                          AND e.customer_id = owner.id AND e.source = t.source AND e.reference = t.reference)
        ORDER BY t.source, t.reference, t.at
    ), had AS (
        SELECT customer_id, day, count(*) AS that_day FROM loyalty_contestentry
        WHERE contest_id = %(contest)s AND customer_id IN (SELECT person FROM fresh) GROUP BY customer_id, day
    ), of_day AS (
        SELECT f.*, coalesce(h.that_day, 0)
               + row_number() OVER (PARTITION BY f.person, f.day ORDER BY f.at, f.source, f.reference) AS day_slot
        FROM fresh f LEFT JOIN had h ON h.customer_id = f.person AND h.day = f.day
    ), counted AS (
        SELECT d.*, coalesce((SELECT sum(h.that_day) FROM had h WHERE h.customer_id = d.person), 0)
               + row_number() OVER (PARTITION BY d.person ORDER BY d.at, d.source, d.reference) AS slot
        FROM of_day d WHERE d.day_slot <= %(per_day)s
    )
    INSERT INTO loyalty_contestentry (contest_id, customer_id, source, reference, at, day, slot, day_slot)
    SELECT %(contest)s, person, source, reference, at, day, slot, day_slot FROM counted
    WHERE slot <= %(per_customer)s ORDER BY at, source, reference
"""


class Chances(NamedTuple):
    """How many entries she has, in all and today, and how many the rules still allow now."""

    entries: int
    today: int
    left: int


def note_events(event_ids: Collection[int], at: datetime) -> None:
    open_ones = Contest.objects.filter(state__in=WAITING, way=Way.EVENT).values_list("starts_at", "ends_at")
    windows = list(open_ones)
    if windows:
        since, until = min(each[0] for each in windows), max(each[1] for each in windows)
        _run(NOTE_EVENTS, {"ids": list(event_ids), "since": since, "until": until})


def note_orders(order_ids: Collection[int], at: datetime) -> None:
    if Contest.objects.filter(state__in=WAITING, way=Way.PURCHASE).exists():
        _run(NOTE_ORDERS, {"ids": list(order_ids)})


def sweep(at: datetime) -> int:
    """Make entries of what was noted; how many facts were looked at."""
    with_facts = ContestFact.objects.values_list("contest_id", flat=True).distinct().order_by("contest_id")
    return sum(_sweep(contest_id) for contest_id in list(with_facts))


@transaction.atomic
def _sweep(contest_id: int) -> int:
    contest = Contest.objects.select_for_update().filter(pk=contest_id).first()
    before = ContestFact.objects.filter(contest_id=contest_id).count()
    if contest is None or contest.state not in WAITING:
        ContestFact.objects.filter(contest_id=contest_id).delete()
        return before
    params = {
        "contest": contest.pk,
        "segment": contest.segment_id,
        "zone": contest.time_zone,
        "per_day": contest.per_day,
        "per_customer": contest.per_customer,
        "most": AT_ONCE,
    }
    _run(COUNT_IN, params)
    return min(before, AT_ONCE)


# --- One at a time, by herself ---


def chances(contest: Contest, customer_id: int, at: datetime) -> Chances:
    today = clocks.local_day(at, contest.time_zone)
    days = list(
        ContestEntry.objects.filter(contest=contest, customer=customer_id).values_list("day", flat=True)
    )
    left = min(contest.per_customer - len(days), contest.per_day - days.count(today))
    return Chances(len(days), days.count(today), max(0, left))


def may_take_part(contest: Contest, customer_id: int) -> bool:
    members = SegmentMember.objects.filter(segment=contest.segment_id, customer=customer_id)
    return contest.segment_id is None or members.exists()


@transaction.atomic
def enter(contest_id: int, customer_id: int, known: int, at: datetime) -> ContestEntry | None:
    """An entry for points, or free. `known` is how many entries her page showed: who sends it twice enters once, and
    then the answer is None. Raises Refused."""
    contest = Contest.objects.select_for_update(no_key=True).get(pk=contest_id)  # one after the other
    person = Customer.objects.living().filter(pk=customer_id).first()
    if not _is_open(contest, at) or person is None:
        raise Refused("not_open")
    if not may_take_part(contest, customer_id):
        raise Refused("not_hers")
    now = chances(contest, customer_id, at)
    if known < now.entries:
        return None
    if not now.left:
        raise Refused("limit" if now.entries >= contest.per_customer else "day_limit")
    return _book(contest, customer_id, now, at)


def _is_open(contest: Contest, at: datetime) -> bool:
    by_herself = contest.way in (Way.POINTS, Way.FORM)
    return by_herself and contest.state == State.OPEN and contest.starts_at <= at < contest.ends_at


def _book(contest: Contest, customer_id: int, now: Chances, at: datetime) -> ContestEntry:
    slot = now.entries + 1
    entry = ContestEntry(
        contest=contest,
        customer_id=customer_id,
        source=contest.way,
        reference=f"{customer_id}/{slot}",
        at=at,
        day=clocks.local_day(at, contest.time_zone),
        slot=slot,
        day_slot=now.today + 1,
    )
    if contest.program and contest.points:
        row = Booking(customer_id, contest.points, SOURCE, f"{contest.pk}/{customer_id}/{slot}")
        entry.paid_id = _pay(contest.program, row, at)
    entry.save(force_insert=True)
    return entry


def _pay(program: Program, row: Booking, at: datetime) -> int:
    booked = ledger.spend(program, [row], at)[0]
    if not booked.done or booked.entry_id is None:
        raise Refused("points")
    return booked.entry_id


# --- For the contest's page ---


def by_day(contest: Contest, at: datetime) -> list[tuple[Any, int]]:
    """(day, entries) for each day of its window until now."""
    found = dict(
        ContestEntry.objects.filter(contest=contest).order_by("day").values_list("day").annotate(Count("id"))
    )
    last = min(contest.ends_on, clocks.local_day(at, contest.time_zone))
    days = max(0, (last - contest.starts_on).days + 1)
    return [(on, found.get(on, 0)) for on in (contest.starts_on + timedelta(days=n) for n in range(days))]


def _run(statement: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
