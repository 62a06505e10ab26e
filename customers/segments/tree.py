"""The rule as a tree: read from JSON, checked, never trusted.

A rule is `{"all" | "any" | "none": [nodes]}` or `{"condition": key, "params": {...}}`. A node's place is its
path, such as "0.2" for the third node in the first of the root; the root's is "". A condition that lends another
rule (a segment in a segment) is a leaf that holds the tree of that rule; `expanded` puts it in the leaf's place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from customers.segments.conditions import Condition, LendingCondition, Lent, Params, conditions
from customers.segments.params import ParamsForm

GROUPS = ("all", "any", "none")
MAX_DEPTH = 6
MAX_LEAVES = 60


@dataclass(frozen=True)
class Fault:
    """What is wrong, where (path of the node, name of the parameter), in words that say the mend.

    `circular`: because rules use each other in a circle.
    """

    path: str
    sentence: str
    field: str = ""
    circular: bool = False


@dataclass(frozen=True)
class Leaf:
    """A checked condition: `params` are cleaned for its SQL, `stored` is how they stand in JSON.

    `inner` is the rule that it lends, in whose place it stands.
    """

    condition: Condition
    params: Params
    stored: Params
    path: str
    inner: "Node | None" = None


@dataclass(frozen=True)
class Group:
    kind: str
    nodes: "tuple[Node, ...]"
    path: str


Node = Leaf | Group


@dataclass
class Reading:
    """What became of a rule: its tree, or faults. `node` is None exactly when there are faults."""

    node: Node | None = None
    faults: list[Fault] = field(default_factory=list)


def read(rule: Any, own: Lent | None = None) -> Reading:
    """Check a rule all through, so that every fault is told at once.

    `own` is what the rule is the rule of; what it uses must not use that again.
    """
    reader = _Reader(own)
    node = reader.whole(rule, "", 1)
    return Reading(None if reader.faults else node, reader.faults)


def expanded(node: Node) -> Node:
    """The tree without lent rules: each stands where it is used."""
    if isinstance(node, Leaf):
        return node if node.inner is None else expanded(node.inner)
    return Group(node.kind, tuple(expanded(child) for child in node.nodes), node.path)


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions that are asked, also those of lent rules."""
    if isinstance(node, Group):
        for child in node.nodes:
            yield from leaves(child)
    elif node.inner is None:
        yield node
    else:
        yield from leaves(node.inner)


def plain(node: Node) -> dict[str, Any]:
    """The checked rule as it is stored: exactly the parameters that count, each in one form."""
    if isinstance(node, Group):
        return {node.kind: [plain(child) for child in node.nodes]}
    return {"condition": node.condition.key, "params": node.stored}


def standalone(rule: Any) -> Any:
    """The rule with those that it uses written out, so that it stays what it is when they change.

    A rule with a fault stays as it is, and so does its fault.
    """
    node = read(rule).node
    if node is None or expanded(node) == node:
        return rule
    return plain(expanded(node))


def child_path(path: str, place: int) -> str:
    return f"{path}.{place}" if path else str(place)


def _is_too_big(rule: Any) -> bool:
    """Count before looking closely, so that a monster costs nothing."""
    level, leaves_seen = [rule], 0
    for _depth in range(MAX_DEPTH):
        groups = [nodes for part in level for nodes in _lists(part)]
        leaves_seen += sum(1 for part in level if isinstance(part, Mapping) and "condition" in part)
        level = [node for nodes in groups for node in nodes[: MAX_LEAVES + 1]][: 2 * MAX_LEAVES]
        if leaves_seen > MAX_LEAVES or len(level) >= 2 * MAX_LEAVES:
            return True
    return False


def _lists(part: Any) -> list[list[Any]]:
    if not isinstance(part, Mapping):
        return []
    return [part[kind] for kind in GROUPS if isinstance(part.get(kind), list)]


class _Reader:
    """Reads one rule and those that it uses, and gathers the faults."""

    def __init__(self, own: Lent | None) -> None:
        self.faults: list[Fault] = []
        self.chain = [own] if own else []
        self.asked = self.used = 0
        self.is_full = False

    def whole(self, rule: Any, path: str, depth: int) -> Node | None:
        """A rule from its root. `depth` is that of the place where it stands."""
        if _is_too_big(rule):
            self._fault(path, _("The rule has more than %d conditions. Divide it up.") % MAX_LEAVES)
            return None
        return self.node(rule, path, depth)

    def node(self, rule: Any, path: str, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            deep = _("Groups are nested too deeply; at most %d levels are possible.") % MAX_DEPTH
            self._fault(path, deep)
        elif isinstance(rule, Mapping) and set(rule) == {"condition", "params"}:
            return self._leaf(rule, path, depth)
        elif isinstance(rule, Mapping) and len(rule) == 1 and set(rule) <= set(GROUPS):
            return self._group(rule, path, depth)
        elif rule in ({}, None):
            self._fault(path, _("The rule is empty. Add a condition."))
        else:
            self._fault(path, _("This part of the rule is damaged. Remove it and add it again."))
        return None

    def _fault(self, path: str, sentence: str, field: str = "", *, circular: bool = False) -> None:
        self.faults.append(Fault(path, sentence, field, circular))

    def _group(self, rule: Mapping[str, Any], path: str, depth: int) -> Group | None:
        kind = next(iter(rule))
        nodes = rule[kind]
        if not isinstance(nodes, list):
            self._fault(path, _("This part of the rule is damaged. Remove it and add it again."))
            return None
        if not nodes:
            empty = _("This group is empty. Add a condition or remove the group.")
            self._fault(path, empty if path else _("The rule is empty. Add a condition."))
            return None
        found = [self.node(child, child_path(path, place), depth + 1) for place, child in enumerate(nodes)]
        return Group(kind, tuple(node for node in found if node is not None), path)

    def _leaf(self, rule: Mapping[str, Any], path: str, depth: int) -> Leaf | None:
        key = rule["condition"]
        condition = conditions.get(key) if isinstance(key, str) else None
        if condition is None:
            self._fault(path, _("This condition does not exist (any more). Remove it."))
            return None
        form: ParamsForm = condition.Form(rule["params"])
        wrong = [(text, name) for name, texts in form.sentences().items() for text in texts]
        for text, name in wrong:
            self._fault(path, text, name)
        if wrong or self._overflows(path, condition):
            return None
        leaf = Leaf(condition, form.cleaned_data, form.plain(), path)
        return self._lending(leaf, condition, depth) if isinstance(condition, LendingCondition) else leaf

    def _overflows(self, path: str, condition: Condition) -> bool:
        """Count what is asked in the end. It stops the reading, since segments of segments multiply."""
        if isinstance(condition, LendingCondition):
            self.used += 1
        else:
            self.asked += 1
        if max(self.asked, self.used) > MAX_LEAVES and not self.is_full:
            self.is_full = True
            many = _("With the segments it uses, the rule has more than %d conditions. Divide it up.")
            self._fault(path, many % MAX_LEAVES)
        return self.is_full

    def _lending(self, leaf: Leaf, condition: LendingCondition, depth: int) -> Leaf | None:
        """With the tree of the lent rule, whose faults are told where it is used."""
        lent = condition.lends(leaf.params)
        if lent is None:
            self._fault(leaf.path, _("This segment does not exist (any more). Choose another one."))
            return None
        if lent.key in {each.key for each in self.chain}:
            self._fault(leaf.path, _circle([*self.chain, lent]), circular=True)
            return None
        told, self.faults = self.faults, []
        self.chain.append(lent)
        inner = self.whole(lent.rule, leaf.path, depth)
        self.chain.pop()
        wrong, self.faults = self.faults, told
        for fault in wrong:
            sentence = fault.sentence if fault.circular else _told_by(lent, fault.sentence)
            self._fault(leaf.path, sentence, circular=fault.circular)
        return None if wrong or inner is None else replace(leaf, inner=inner)


def _circle(chain: list[Lent]) -> str:
    """The way round, from where it is entered."""
    names = [lent.name for lent in chain[[lent.key for lent in chain].index(chain[-1].key) :]]
    way = " → ".join(_("“%s”") % name for name in names)
    return _("These segments use each other in a circle: %s. Take one of them out.") % way


def _told_by(lent: Lent, sentence: str) -> str:
    return _("The segment “%(name)s” has a fault: %(fault)s") % {"name": lent.name, "fault": sentence}
