"""The rule as a tree: read from JSON, checked, never trusted.

A rule is `{"all" | "any" | "none": [nodes]}` or `{"condition": key, "params": {...}}`. A node's place is its
path, such as "0.2" for the third node in the first of the root; the root's is "".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from customers.segments.conditions import Condition, Params, conditions
from customers.segments.params import ParamsForm

GROUPS = ("all", "any", "none")
MAX_DEPTH = 6
MAX_LEAVES = 60


@dataclass(frozen=True)
class Fault:
    """What is wrong, where (path of the node, name of the parameter), in words that say the mend."""

    path: str
    sentence: str
    field: str = ""


@dataclass(frozen=True)
class Leaf:
    """A checked condition: `params` are cleaned for its SQL, `stored` is how they stand in JSON."""

    condition: Condition
    params: Params
    stored: Params
    path: str


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


def read(rule: Any) -> Reading:
    """Check a rule all through, so that every fault is told at once."""
    if _is_too_big(rule):
        return Reading(
            None, [Fault("", _("The rule has more than %d conditions. Divide it up.") % MAX_LEAVES)]
        )
    faults: list[Fault] = []
    node = _node(rule, "", 1, faults)
    return Reading(None if faults else node, faults)


def leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    else:
        for child in node.nodes:
            yield from leaves(child)


def plain(node: Node) -> dict[str, Any]:
    """The checked rule as it is stored: exactly the parameters that count, each in one form."""
    if isinstance(node, Group):
        return {node.kind: [plain(child) for child in node.nodes]}
    return {"condition": node.condition.key, "params": node.stored}


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


def _node(rule: Any, path: str, depth: int, faults: list[Fault]) -> Node | None:
    if depth > MAX_DEPTH:
        faults.append(
            Fault(path, _("Groups are nested too deeply; at most %d levels are possible.") % MAX_DEPTH)
        )
    elif isinstance(rule, Mapping) and set(rule) == {"condition", "params"}:
        return _leaf(rule, path, faults)
    elif isinstance(rule, Mapping) and len(rule) == 1 and set(rule) <= set(GROUPS):
        return _group(rule, path, depth, faults)
    elif rule in ({}, None):
        faults.append(Fault(path, _("The rule is empty. Add a condition.")))
    else:
        faults.append(Fault(path, _("This part of the rule is damaged. Remove it and add it again.")))
    return None


def _group(rule: Mapping[str, Any], path: str, depth: int, faults: list[Fault]) -> Group | None:
    kind = next(iter(rule))
    nodes = rule[kind]
    if not isinstance(nodes, list):
        faults.append(Fault(path, _("This part of the rule is damaged. Remove it and add it again.")))
        return None
    if not nodes:
        empty = _("This group is empty. Add a condition or remove the group.")
        faults.append(Fault(path, empty if path else _("The rule is empty. Add a condition.")))
        return None
    found = [_node(child, child_path(path, place), depth + 1, faults) for place, child in enumerate(nodes)]
    return Group(kind, tuple(node for node in found if node is not None), path)


def _leaf(rule: Mapping[str, Any], path: str, faults: list[Fault]) -> Leaf | None:
    key = rule["condition"]
    condition = conditions.get(key) if isinstance(key, str) else None
    if condition is None:
        faults.append(Fault(path, _("This condition does not exist (any more). Remove it.")))
        return None
    form: ParamsForm = condition.Form(rule["params"])
    wrong = [Fault(path, text, name) for name, texts in form.sentences().items() for text in texts]
    if wrong:
        faults.extend(wrong)
        return None
    return Leaf(condition, form.cleaned_data, form.plain(), path)
