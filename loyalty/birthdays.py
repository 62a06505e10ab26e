"""Points for birthdays: on the day by the customer's own clock, and once a year whatever happens.

"Once" is the key of the booking (customer and year), which the database keeps unique: neither a second run, nor a rule
made anew, nor a birthday that is moved gives a second present in a year. A run looks some days back, so that a night
without workers costs nobody her present. Who was born on 29 February has it on 28 February in common years.
"""

from calendar import isleap
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction

from channels.arbiter import places
from customers.models import Origin
from loyalty import ledger, programs, terms
from loyalty.bookings import BOOKED, Booking
from loyalty.models import Program
from loyalty.terms import Frozen

BIRTHDAY = "birthday"
LOOKS_BACK = 3  # days
AT_ONCE = 5_000

# By the index on (month, day): some thousand rows at a million customers. Who was given hers this year, or was merged
# with somebody who was, is left out.
BORN = """
    SELECT c.id, c.time_zone, c.country, d.on_day
    FROM unnest(%(months)s::int[], %(days)s::int[], %(on)s::date[]) AS d (month, day, on_day)
    JOIN customers_customer c ON c.birthday IS NOT NULL AND EXTRACT(MONTH FROM c.birthday) = d.month
        AND EXTRACT(DAY FROM c.birthday) = d.day
    WHERE c.merged_into_id IS NULL AND c.erased_at IS NULL AND NOT EXISTS (
        SELECT FROM loyalty_entry e
        WHERE e.program_id = %(program)s AND e.source = 'birthday' AND e.kind = 'earn' AND e.reference IN (
            SELECT one.id || '/' || EXTRACT(YEAR FROM d.on_day) FROM customers_customer one
            WHERE one.id = c.id OR one.merged_into_id = c.id))
    ORDER BY c.id
"""


class Born(NamedTuple):
    customer_id: int
    time_zone: str
    country: str
    on: date


def give(at: datetime) -> int:
    """Book what birthdays earn; how many presents. Two statements, and one more for each AT_ONCE presents."""
    return sum(_give(program, at) for program in programs.active())


def _give(program: Program, at: datetime) -> int:
    now = terms.newest(program)
    if now is None or not any(rule.plugin.birthday_points(rule.params) for rule in now.rules):
        return 0
    rows = [row for born in _born(program, at) if (row := _present(program, now, born, at))]
    given = 0
    for start in range(0, len(rows), AT_ONCE):
        with transaction.atomic():
            answers = ledger.earn(program, rows[start : start + AT_ONCE], at, Origin.LIVE)
        given += sum(each.fate == BOOKED for each in answers)
    return given


def _born(program: Program, at: datetime) -> list[Born]:
    """Whose day it may be somewhere on earth, or was in the last days."""
    days = [at.date() + timedelta(days=n) for n in range(-LOOKS_BACK - 1, 2)]
    wanted = [each for day in days for each in _month_days(day)]
    params: dict[str, Any] = {
        "months": [month for month, _day, _on in wanted],
        "days": [day for _month, day, _on in wanted],
        "on": [on for _month, _day, on in wanted],
        "program": program.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(BORN, params)
        return [Born(*row) for row in cursor.fetchall()]


def _month_days(on: date) -> Iterator[tuple[int, int, date]]:
    yield on.month, on.day, on
    if (on.month, on.day) == (2, 28) and not isleap(on.year):
        yield 2, 29, on


def _present(program: Program, now: Frozen, born: Born, at: datetime) -> Booking | None:
    zone = places.zones(born.time_zone, born.country, program.time_zone)[0]
    today = at.astimezone(zone).date()
    if not today - timedelta(days=LOOKS_BACK) <= born.on <= today:
        return None
    rules = [rule for rule in now.rules if rule.counts(born.on) and rule.plugin.birthday_points(rule.params)]
    if not rules:
        return None
    rule = max(rules, key=lambda rule: rule.plugin.birthday_points(rule.params))
    _waits, expires_at = now.window(at.astimezone(zone).date())
    return Booking(
        born.customer_id,
        rule.plugin.birthday_points(rule.params),
        BIRTHDAY,
        f"{born.customer_id}/{born.on.year}",
        rule_id=rule.id,
        terms_id=now.id,
        available_from=at,  # a present has no return window
        expires_at=expires_at,
    )
