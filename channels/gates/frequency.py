"""Does she get too much? Else the message waits until there is room, and gives way to a more important one."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from channels.arbiter import contacts, eligibility, facts, frequency, places, policy
from channels.arbiter.contacts import Contacts
from channels.arbiter.frequency import Asked, Decision, Rival
from channels.arbiter.openings import Openings
from channels.arbiter.policy import Policy
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, wait
from channels.models import Message


@gates.register
class Frequency(Gate):
    """Counts what she was sent, or may have been, over all channels and campaigns; service messages do not count.

    Slices decide while they hold her Reach rows, so that two of them never take the same room.
    """

    key = "frequency"
    position = 920

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        rule = policy.load() if asked else None
        if rule is None or not rule.caps:
            return {}
        longest = max(cap.days for cap in rule.caps)
        known = contacts.load(asked, at - timedelta(days=longest + 1), at)
        decisions = {row.id: _decide(row, known, rule, at) for row in asked if _is_known(row, known)}
        decisions |= _without_those_who_will_not_go(asked, decisions, known, rule, at)
        return _verdicts(asked, decisions, rule)


def _is_known(row: Row, known: Contacts) -> bool:
    return row.customer_id in known.calls or row.id in known.rivals


def _decide(
    row: Row, known: Contacts, rule: Policy, at: datetime, without: frozenset[int] = frozenset()
) -> Decision:
    rivals = [rival for rival in known.rivals.get(row.id, ()) if rival.id not in without]
    zone = places.zones(row.time_zone, row.country, rule.zone)[0]
    asked = Asked(None if row.version_id is None else row.id, row.priority, row.cap_class)
    return frequency.decide(asked, known.calls.get(row.customer_id, ()), rivals, rule.caps, zone, at)


def _without_those_who_will_not_go(
    rows: Sequence[Row], decisions: dict[int, Decision], known: Contacts, rule: Policy, at: datetime
) -> dict[int, Decision]:
    """Decide again where the rivals that won will be withheld themselves, such as for want of consent."""
    idle = _idle({rival for decision in decisions.values() for rival in decision.rivals}, at)
    found: dict[int, Decision] = {}
    for row in rows:
        decision, without = decisions.get(row.id), idle
        if decision and any(rival.id in idle for rival in decision.rivals):
            found[row.id] = _decide(row, known, rule, at, without)
    return found


def _idle(rivals: set[Rival], at: datetime) -> frozenset[int]:
    if not rivals:
        return frozenset()
    return frozenset(eligibility.final(facts.load(sorted(rival.id for rival in rivals)), at))


def _verdicts(rows: Sequence[Row], decisions: dict[int, Decision], rule: Policy) -> Verdicts:
    """Those without room, each until she may be written to again."""
    when = Openings(rule)
    verdicts: Verdicts = {}
    for row in rows:
        decision = decisions.get(row.id)
        if decision and decision.verdict and decision.verdict.until:
            until = when.of(row.whereabouts, decision.verdict.until).at
            verdicts[row.id] = wait(decision.verdict.reason, until)
    return verdicts
