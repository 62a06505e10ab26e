"""Stored rules as trees that can be asked about a few people again and again.

Reading a rule checks every parameter with a form, which costs more than asking the database. So each process keeps what
it has read, as long as nothing it was read from can have changed: the rule, the rules it uses, and the last time that
all customers were looked at (`built_at`; whatever else a rule is read from, such as categories, has that done again).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from customers.models import Segment
from customers.segments import tree
from customers.segments.sql import Sql
from customers.segments.tree import Fault, Leaf, Node

MOMENT = timedelta(seconds=1)
LATER = [timedelta(hours=1), timedelta(days=1), timedelta(days=40), timedelta(days=400)]


@dataclass
class Rule:
    """A segment's rule as it was read. `names` has one name for equal leaves, so that they are asked once."""

    segment: Segment
    version: tuple[Any, ...]
    node: Node | None
    faults: list[Fault]
    names: dict[int, str] = field(default_factory=dict)
    probes: dict[str, "Probe"] = field(default_factory=dict)

    def leaves(self) -> Iterator[tuple[str, Leaf]]:
        if self.node is not None:
            for leaf in tree.leaves(self.node):
                yield self.names[id(leaf)], leaf

    def probe(self, name: str, leaf: Leaf, at: datetime) -> Sql:
        known = self.probes.get(name)
        if known is None or not known.serves(at):
            known = self.probes[name] = Probe.of(leaf, at)
        return known.at(at)


@dataclass(frozen=True)
class Probe:
    """A condition's probe as it was made once. What moves with the clock is moved, as long as the day lasts, since
    making it again asks the database for categories and the like."""

    sql: Sql
    made_at: datetime
    lasts: bool  # it is the same at any time
    moving: tuple[bool, ...] | None  # the values that move; None: it must be made anew each time

    @classmethod
    def of(cls, leaf: Leaf, at: datetime) -> "Probe":
        probe, later = (leaf.condition.probe_sql(leaf.params, at + step) for step in (timedelta(0), MOMENT))
        return cls(probe, at, not leaf_depends_on_time(leaf, at), _moving(probe, later))

    def serves(self, at: datetime) -> bool:
        return self.lasts or (self.moving is not None and self.made_at.date() == at.date())

    def at(self, at: datetime) -> Sql:
        if self.lasts or self.moving is None:
            return self.sql
        ahead = at - self.made_at
        values = zip(self.sql.params, self.moving, strict=True)
        return Sql(self.sql.text, tuple(value + ahead if moves else value for value, moves in values))


def _moving(probe: Sql, later: Sql) -> tuple[bool, ...] | None:
    """Which values of a probe have moved on with the clock by MOMENT; None if it has changed otherwise."""
    if probe.text != later.text:
        return None
    moving = []
    for value, then in zip(probe.params, later.params, strict=True):
        moves = isinstance(value, datetime) and then == value + MOMENT
        if not moves and then != value:
            return None
        moving.append(moves)
    return tuple(moving)


_read: dict[int, Rule] = {}
_used: dict[int, tuple[int, set[int]]] = {}  # by revision


def read(segments: Mapping[int, Segment], zone: str) -> list[Rule]:
    """The rules of all these segments, from memory where they stand."""
    for gone in _read.keys() - segments.keys():
        del _read[gone]
        _used.pop(gone, None)
    for segment in segments.values():
        version = _version(segment, segments, zone)
        known = _read.get(segment.pk)
        if known is None or known.version != version:
            _read[segment.pk] = _rule(segment, version)
    return [_read[pk] for pk in segments]


def once(number: int, stored: Any) -> Rule:
    """A rule that is no segment's (any more), under this number; it is not kept."""
    return _rule(Segment(pk=number, rule=stored), ())


def _rule(segment: Segment, version: tuple[Any, ...]) -> Rule:
    reading = tree.read(segment.rule)
    if reading.node is None:
        return Rule(segment, version, None, reading.faults)
    node = tree.expanded(reading.node)
    names = {id(leaf): _name(leaf) for leaf in tree.leaves(node)}
    return Rule(segment, version, node, reading.faults, names)


def _name(leaf: Leaf) -> str:
    return json.dumps([leaf.condition.key, leaf.stored], sort_keys=True)


def _version(segment: Segment, segments: Mapping[int, Segment], zone: str) -> tuple[Any, ...]:
    used = sorted(below(segment, segments))
    revisions = [(pk, segments[pk].revision if pk in segments else None) for pk in used]
    return zone, segment.revision, segment.built_at, *revisions


# --- Segments in the rules of segments ---


def below(segment: Segment, segments: Mapping[int, Segment]) -> set[int]:
    """The segments that its rule uses, and those that these use."""
    found: set[int] = set()
    ahead = set(_uses(segment))
    while ahead:
        pk = ahead.pop()
        if pk not in found:
            found.add(pk)
            ahead |= _uses(segments[pk]) if pk in segments else set()
    return found


def _uses(segment: Segment) -> set[int]:
    revision, found = _used.get(segment.pk, (None, set()))
    if revision != segment.revision:
        found = uses(segment.rule)
        _used[segment.pk] = segment.revision, found
    return found


def uses(rule: Any, condition: str = "in_segment") -> set[int]:
    """The ids of the segments (or of what else that condition is about) that a rule names itself.

    The rule may be damaged.
    """
    found: set[int] = set()
    ahead = [rule]
    while ahead:
        part = ahead.pop()
        if isinstance(part, list):
            ahead.extend(part)
        elif isinstance(part, Mapping) and part.get("condition") == condition:
            found |= _numbers(part.get("params"))
        elif isinstance(part, Mapping):
            ahead.extend(part.values())
    return found


def _numbers(params: Any) -> set[int]:
    values = params.values() if isinstance(params, Mapping) else []
    flat = [each for value in values for each in (value if isinstance(value, list) else [value])]
    return {int(text) for text in map(str, flat) if text.isdecimal() and len(text) < 19}


# --- Time ---


def depends_on_time(node: Node, at: datetime) -> bool:
    return any(leaf_depends_on_time(leaf, at) for leaf in tree.leaves(node))


def leaf_depends_on_time(leaf: Leaf, at: datetime) -> bool:
    """Whether it is another question later."""
    now = leaf.condition.probe_sql(leaf.params, at)
    return any(leaf.condition.probe_sql(leaf.params, at + later) != now for later in LATER)
