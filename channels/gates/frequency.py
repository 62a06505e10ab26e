"""Does she get too much? Else the message waits until there is room, and gives way to a more important one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from channels import pacing
from channels.arbiter import contacts, eligibility, facts, frequency, places, policy
from channels.arbiter.contacts import Contacts
from channels.arbiter.frequency import Asked, Decision, Now, Rival
from channels.arbiter.openings import Openings
from channels.arbiter.policy import Cap, Policy
from channels.arbiter.registry import Gate, gates
from channels.arbiter.rows import Row, Verdicts, wait
from channels.models import Message


@gates.register
class Frequency(Gate):
    """Counts what she was sent, or may have been, over all channels and campaigns; service messages do not count. Who
    wants marketing at most weekly or monthly has that as one more limit.

    Slices decide while they hold her Reach rows, so that two of them never take the same room.
    """

    key = "frequency"
    position = 920

    def gate(self, rows: Sequence[Row], at: datetime) -> Verdicts:
        asked = [row for row in rows if row.purpose == Message.Purpose.MARKETING]
        if not asked:
            return {}
        question = _Question(policy.load(), _wishes(asked), at)
        longest = question.longest(asked)
        if not longest:
            return {}
        zones = [question.zone(row).key for row in asked]
        known = contacts.load(asked, zones, at - timedelta(days=longest + 1), at)
        decisions = {
            row.id: question.decide(row, known)
            for row in asked
            if row.customer_id in known.calls or row.id in known.rivals
        }
        decisions |= _without_those_who_will_not_go(asked, decisions, known, question)
        return _verdicts(asked, decisions, question.rule)


def _wishes(rows: Sequence[Row]) -> dict[int, Cap]:
    chosen = pacing.caps({row.customer_id for row in rows})
    return {customer_id: Cap("", gap.days, 1) for customer_id, gap in chosen.items()}


class _Question:
    """What is the same for all rows of a moment. `wishes`: the limits that people have chosen themselves."""

    def __init__(self, rule: Policy, wishes: dict[int, Cap], at: datetime) -> None:
        self.rule = rule
        self.wishes = wishes
        self.at = at
        self._now: dict[ZoneInfo, Now] = {}
        self._without_rivals: dict[tuple[Any, ...], Decision] = {}

    def zone(self, row: Row) -> ZoneInfo:
        """Of several that may be hers the one with the most people: a limit needs one day to count by."""
        return places.zones(row.time_zone, row.country, self.rule.zone)[0]

    def stretch(self, row: Row) -> int:
        return row.stretch if self.rule.slow_down else 1

    def longest(self, rows: Sequence[Row]) -> int:
        """So many days back a message may count for one of them; 0 where nothing is limited."""
        usual = max((cap.days for cap in self.rule.caps), default=0)
        wished = max((cap.days for cap in self.wishes.values()), default=0)
        return max(usual * max(self.stretch(row) for row in rows), wished)

    def decide(self, row: Row, known: Contacts, without: frozenset[int] = frozenset()) -> Decision:
        rivals = [rival for rival in known.rivals.get(row.id, ()) if rival.id not in without]
        row_id = None if row.version_id is None else row.id
        wish = self.wishes.get(row.customer_id)
        asked = Asked(row_id, row.priority, row.cap_class, self.stretch(row), wish)
        calls = known.calls.get(row.customer_id, ())
        now = self._of(self.zone(row))
        if rivals:
            return frequency.decide(asked, calls, rivals, self.rule.caps, now)
        # Many people had the same kinds of messages on the same days: each such case is worked out once.
        case = (*asked[1:], now.zone, *calls)
        if case not in self._without_rivals:
            self._without_rivals[case] = frequency.decide(asked, calls, (), self.rule.caps, now)
        return self._without_rivals[case]

    def _of(self, zone: ZoneInfo) -> Now:
        if zone not in self._now:
            self._now[zone] = Now(self.at, self.at.astimezone(zone).date(), zone)
        return self._now[zone]


def _without_those_who_will_not_go(
    rows: Sequence[Row], decisions: dict[int, Decision], known: Contacts, question: _Question
) -> dict[int, Decision]:
    """Decide again where the rivals that won will be withheld themselves, such as for want of consent."""
    idle = _idle({rival for decision in decisions.values() for rival in decision.rivals}, question.at)
    found: dict[int, Decision] = {}
    for row in rows:
        decision, without = decisions.get(row.id), idle
        if decision and any(rival.id in idle for rival in decision.rivals):
            found[row.id] = question.decide(row, known, without)
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
