"""Turn a rule into one statement that selects its customers.

In an `all` group the most selective member is computed first and materialised; the others are probed for
these candidates, or joined as sets where that is cheaper. Nothing is asked per person of a whole audience.
Whatever is unknown or invalid makes the whole rule match nobody (otherwise `none` would turn a broken
condition into everybody).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from customers.models import Shop
from customers.segments import estimates, tree
from customers.segments.conditions import LIVING, PEOPLE, people
from customers.segments.sql import Sql, every, join, some, sql
from customers.segments.tree import Fault, Group, Leaf, Node

NOBODY = Sql("SELECT c.id FROM customers_customer c WHERE false")
PROBE_COST = 2.0  # planner units for one warm index look-up; a set is joined when probing would cost more
HASHED = 50_000  # ids that one hash table surely holds


@dataclass(frozen=True)
class Compiled:
    """`sql` selects one column `id` of living customers (not merged, not erased), each once; `params` are its
    values. With `located` faults it selects nobody."""

    sql: str
    params: tuple[Any, ...]
    located: tuple[Fault, ...] = ()

    @property
    def faults(self) -> list[str]:
        return [fault.sentence for fault in self.located]


def compile_rule(rule: Any, at: datetime) -> Compiled:
    return audience(rule, [], at)


def audience(rule: Any, exclusions: Sequence[Any], at: datetime) -> Compiled:
    """The rule's customers without those of any exclusion; a fault in any of them empties the whole."""
    if at.tzinfo is None:
        raise ValueError("a segment is compiled for an aware time")
    readings = [tree.read(rule), *(tree.read(exclusion) for exclusion in exclusions)]
    faults = tuple(fault for reading in readings for fault in reading.faults)
    trees = tuple(tree.expanded(reading.node) for reading in readings if reading.node is not None)
    if faults:
        return Compiled(NOBODY.text, NOBODY.params, faults)
    nodes: tuple[Node, ...] = trees[:1]
    if exclusions:
        nodes += (Group("none", trees[1:], ""),)
    zone = ZoneInfo(Shop.current().time_zone)
    statement = Statement(at.astimezone(zone)).whole(Group("all", nodes, ""))
    return Compiled(statement.text, statement.params)


class Statement:
    """One statement in the making: its materialised parts, and the time it is asked for."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.parts: list[Sql] = []

    def whole(self, node: Group) -> Sql:
        body = self._all(node)
        if not self.parts:
            return body
        named = [sql(f"s{place} (id) AS MATERIALIZED ({{}})", part) for place, part in enumerate(self.parts)]
        return sql("WITH {} {}", join(", ", named), body)

    # --- Everybody for whom a node is true ---

    def _set(self, node: Node) -> Sql:
        test = self._test(node)
        if test is not None:
            return people(test)
        if isinstance(node, Leaf):
            return node.condition.set_sql(node.params, self.at)
        if node.kind == "any":
            return join(" UNION ", [self._set(child) for child in self._bundled(node)])
        return self._all(node if node.kind == "all" else Group("all", (node,), node.path))

    def _all(self, node: Group) -> Sql:
        """Candidates by what the planner can order itself, or by the most selective member; then the rest as filters
        on them."""
        nodes = self._flat(node)
        asked = [(child, self._simple(child)) for child in nodes]
        simple = [(child, test) for child, test in asked if test is not None]
        others = [child for child, test in asked if test is None]
        count = min((self._rows(child) for child, _test in simple), default=inf)
        first = min((child for child in others if not self._is_none(child)), key=self._rows, default=None)
        sources: list[Node | None] = [None]
        if first is not None and self._rows(first) <= count:
            others.remove(first)
            count = self._rows(first)
            sources = [
                *(self._bundled(first) if isinstance(first, Group) and first.kind == "any" else [first])
            ]
        tests = [LIVING, *(test for _child, test in simple)]
        bodies = [self._candidates(source, tests) for source in sources]
        base = Base(self, join(" UNION ", bodies), count, is_union=len(bodies) > 1)
        return base.with_filters([self._filter(child, base) for child in others])

    def _candidates(self, source: Node | None, tests: list[Sql]) -> Sql:
        """Those of the node (None: everybody) who pass the tests."""
        if source is None:
            return sql("SELECT c.id FROM {} WHERE {}", PEOPLE, every(tests))
        test = self._test(source)
        if test is not None:
            return self._candidates(None, [*tests, test])
        found = sql("({}) x (id) JOIN {} ON c.id = x.id", self._set(source), PEOPLE)
        return sql("SELECT c.id FROM {} WHERE {}", found, every(tests))

    # --- A node as a test of the candidates `c` of `base` ---

    def _filter(self, node: Node, base: "Base") -> Sql:
        test = self._test(node)
        if test is not None:
            return test
        if isinstance(node, Leaf):
            if self._probes(node, base):
                return node.condition.probe_sql(node.params, self.at)
            return sql("c.id IN ({})", node.condition.set_sql(node.params, self.at))
        if node.kind == "all":
            return every(self._filter(child, base) for child in node.nodes)
        if node.kind == "none":
            return every(self._without(child, base) for child in node.nodes)
        if self._is_light(node, base):
            return some(self._filter(child, base) for child in node.nodes)
        return sql("c.id IN ({})", self._union(node, base))

    def _without(self, node: Node, base: "Base") -> Sql:
        """Candidates of whom the node is not known to be true."""
        test = self._test(node)
        if test is not None:
            return sql("({}) IS NOT TRUE", test)
        if isinstance(node, Leaf) and self._probes(node, base):
            return sql("NOT ({})", node.condition.probe_sql(node.params, self.at))
        if isinstance(node, Group) and node.kind == "any":
            return every(self._without(child, base) for child in node.nodes)
        if isinstance(node, Group) and self._is_light(node, base):
            return sql("({}) IS NOT TRUE", self._filter(node, base))
        return sql("NOT EXISTS (SELECT 1 FROM ({}) x (id) WHERE x.id = c.id)", self._restricted(node, base))

    def _union(self, node: Group, base: "Base") -> Sql:
        return join(" UNION ALL ", [self._restricted(child, base) for child in self._bundled(node)])

    def _restricted(self, node: Node, base: "Base") -> Sql:
        """The ids for whom it is true, at least among the candidates."""
        if isinstance(node, Leaf) and self._test(node) is None and not self._probes(node, base):
            return node.condition.set_sql(node.params, self.at)
        return sql("SELECT c.id FROM {} WHERE {}", base.source(), self._filter(node, base))

    # --- Looking at nodes ---

    def _simple(self, node: Node) -> Sql | None:
        """A filter of which the planner makes a scan or a join by itself, in the order that it finds best."""
        test = self._test(node)
        if test is not None:
            return test
        if isinstance(node, Leaf):
            return node.condition.probe_sql(node.params, self.at) if self._joins(node) else None
        if node.kind == "none" and len(node.nodes) == 1 and self._joins(node.nodes[0]):
            return sql("NOT ({})", self._simple(node.nodes[0]))
        return None

    def _joins(self, node: Node) -> bool:
        return isinstance(node, Leaf) and node.condition.probe_joins(node.params)

    def _test(self, node: Node) -> Sql | None:
        """A test of the rows `c` and `s` alone, when the node asks about nothing else. Null counts as not true."""
        if isinstance(node, Leaf):
            return node.condition.test_sql(node.params, self.at)
        tests = [self._test(child) for child in node.nodes]
        known = [test for test in tests if test is not None]
        if len(known) < len(tests):
            return None
        if node.kind == "none":
            return sql("({}) IS NOT TRUE", some(known))
        return every(known) if node.kind == "all" else some(known)

    def _flat(self, node: Group) -> list[Node]:
        """The members of an `all`, with those of `all` groups right inside it; each part of a `none` by itself."""
        nodes: list[Node] = []
        for child in node.nodes:
            if isinstance(child, Group) and child.kind == "all":
                nodes.extend(self._flat(child))
            elif isinstance(child, Group) and child.kind == "none":
                nodes.extend(Group("none", (part,), child.path) for part in child.nodes)
            else:
                nodes.append(child)
        return nodes

    def _bundled(self, node: Group) -> list[Node]:
        """The members of an `any`, those that are mere tests as one, so that they are one scan."""
        rows = tuple(child for child in node.nodes if self._test(child) is not None)
        others = [child for child in node.nodes if self._test(child) is None]
        return [Group("any", rows, node.path), *others] if rows else others

    def _is_none(self, node: Node) -> bool:
        return isinstance(node, Group) and node.kind == "none"

    def _is_light(self, node: Node, base: "Base") -> bool:
        """Whether it may stand below an OR or a NOT, where the planner cannot join: it hashes a set or probes."""
        if isinstance(node, Group):
            return all(self._is_light(child, base) for child in node.nodes)
        if self._test(node) is not None or self._probes(node, base):
            return True
        return estimates.leaf(node, self.at).rows <= HASHED

    def _probes(self, node: Leaf, base: "Base") -> bool:
        if self._joins(node):
            return True
        return base.count * PROBE_COST < estimates.leaf(node, self.at).cost

    def _rows(self, node: Node) -> float:
        if isinstance(node, Leaf):
            return estimates.leaf(node, self.at).rows
        if node.kind == "none":
            return inf
        return (min if node.kind == "all" else sum)(self._rows(child) for child in node.nodes)


class Base:
    """The candidates of a group, about `count` of them. They are materialised when a filter asks for them again."""

    def __init__(self, statement: Statement, body: Sql, count: float, *, is_union: bool) -> None:
        self.statement, self.body, self.count, self.is_union = statement, body, count, is_union
        self.name = ""  # ours alone: s0, s1, ...

    def source(self) -> Sql:
        if not self.name:
            self.name = f"s{len(self.statement.parts)}"
            self.statement.parts.append(self.body)
        return sql("{} JOIN {} ON c.id = {}.id", Sql(self.name), PEOPLE, Sql(self.name))

    def with_filters(self, filters: list[Sql]) -> Sql:
        if not filters:
            return self.body
        if self.name or self.is_union:
            return sql("SELECT c.id FROM {} WHERE {}", self.source(), every(filters))
        return sql("{} AND {}", self.body, every(filters))
