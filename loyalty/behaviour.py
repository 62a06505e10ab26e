"""What customers earn for what they do: a review, a visit, a sign-up, as often as rules allow."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count

from config import clocks
from customers.models import Event, Origin
from loyalty import ledger, programs, terms
from loyalty.bookings import BOOKED, Booking
from loyalty.earning_rules.base import Limit
from loyalty.models import Account, Entry, Program
from loyalty.terms import Frozen, Rule

EVENT = "event"
# An event, and the rules for it of which one may count.
Done = tuple[Event, list[Rule]]


def reward(event_ids: Collection[int], at: datetime, origin: Origin = Origin.LIVE) -> int:
    """Book points for these events, as far as rules and their limits allow; how many bookings."""
    return sum(_reward(program, event_ids, at, origin) for program in programs.active())


@transaction.atomic
def _reward(program: Program, event_ids: Collection[int], at: datetime, origin: Origin) -> int:
    now = terms.newest(program)
    today = clocks.local_day(at, program.time_zone)
    rivals = _rivals(now, today) if now else {}
    if not now or not rivals:
        return 0
    events = Event.objects.filter(
        pk__in=list(event_ids), customer_id__isnull=False, kind__in={kind for kind, _name in rivals}
    ).order_by("at", "pk")
    done = [
        (event, rules)
        for event in events
        for (kind, name), rules in rivals.items()
        if kind == event.kind and name in ("", event.name)
    ]
    if not done:
        return 0
    ledger.hold_accounts(program, {event.customer_id for event, _rules in done if event.customer_id})
    rows = _allowed(program, now, done, today)
    return sum(each.fate == BOOKED for each in ledger.earn(program, rows, at, origin)) if rows else 0


def _rivals(now: Frozen, today: date) -> dict[tuple[str, str], list[Rule]]:
    """The rules for the same event, the most generous first: of these the first counts whose limits are not reached."""
    found: dict[tuple[str, str], list[Rule]] = {}
    for rule in now.rules:
        if rule.counts(today) and (wanted := rule.plugin.event(rule.params)):
            found.setdefault(wanted, []).append(rule)
    for rules in found.values():
        rules.sort(key=lambda rule: (-rule.plugin.event_points(rule.params), rule.id))
    return found


def _allowed(program: Program, now: Frozen, done: list[Done], today: date) -> list[Booking]:
    """A booking for each event that has a rule whose limits are not reached. Their accounts are held."""
    references = [_reference(rule, event) for event, rules in done for rule in rules]
    known = set(
        Entry.objects.filter(program=program, source=EVENT, reference__in=references).values_list(
            "reference", flat=True
        )
    )
    counted = _counted(program, done, today)
    rows = []
    for event, rules in done:
        if any(_reference(rule, event) in known for rule in rules):
            continue
        for rule in rules:
            places = [(event.customer_id or 0, rule.id, limit) for limit in rule.plugin.limits(rule.params)]
            if all(counted.get(place, 0) < place[2].most for place in places):
                counted |= {place: counted.get(place, 0) + 1 for place in places}
                rows.append(_booking(event, rule, now, today))
                break
    return rows


def _reference(rule: Rule, event: Event) -> str:
    return f"{rule.id}/{event.pk}"


def _booking(event: Event, rule: Rule, now: Frozen, today: date) -> Booking:
    available_from, expires_at = now.window(today)
    return Booking(
        event.customer_id or 0,
        rule.plugin.event_points(rule.params),
        EVENT,
        _reference(rule, event),
        store_id=event.store_id,
        rule_id=rule.id,
        terms_id=now.id,
        counts_for_tier=True,
        available_from=available_from,
        expires_at=expires_at,
    )


def _counted(program: Program, done: list[Done], today: date) -> dict[tuple[int, int, Limit], int]:
    """How often each limit of each customer was used in its period."""
    people = {event.customer_id for event, _rules in done}
    counted: dict[tuple[int, int, Limit], int] = {}
    for rule in {rule.id: rule for _event, rules in done for rule in rules}.values():
        for limit in rule.plugin.limits(rule.params):
            since = _since(limit.period, today, program.time_zone)
            for customer, count in _bookings(program, rule.id, people, since):
                counted[customer, rule.id, limit] = count
    return counted


def _since(period: str, today: date, zone: str) -> datetime:
    first = {"day": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}[
        period
    ]
    return clocks.instant(datetime.combine(first, time()), zone)


def _bookings(
    program: Program, rule_id: int, people: set[int | None], since: datetime
) -> list[tuple[int, int]]:
    rows = Account.objects.filter(
        program=program, customer__in=people, entries__rule=rule_id, entries__at__gte=since
    )
    return list(rows.values_list("customer_id").annotate(count=Count("entries")))
