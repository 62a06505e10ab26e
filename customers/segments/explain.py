"""Is she in, and why: a rule's tree for one customer, with what each condition saw. One statement for the whole tree.

A condition is true or not. Of those that are not true, it is said where the fact is not known at all. Groups know that
too: "all" is unknown when nothing in it is false and something unknown, "any" when nothing is true and something
unknown; "none" is about what is known to be true and never unknown.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from customers.models import Shop
from customers.segments import counting, tree, words
from customers.segments.conditions import LIVING, PEOPLE, LendingCondition, Lent
from customers.segments.sql import Sql, join, sql
from customers.segments.tree import Fault, Group, Leaf, Node

YES, NO, UNKNOWN = "yes", "no", "unknown"
SECONDS = 5.0


@dataclass(frozen=True)
class Trace:
    """A node of the tree, judged. `kind` is condition, segment (a lent rule, whose tree is the only node) or a group's;
    `seen` is what the condition looked at, in words."""

    path: str
    kind: str
    words: str
    verdict: str
    seen: str = ""
    nodes: "tuple[Trace, ...]" = ()
    link: str = ""


@dataclass(frozen=True)
class Explained:
    """`trace` is None when nobody belongs because of `faults`, when she is gone (merged, erased), or when it took too
    long (`too_slow`)."""

    trace: Trace | None = None
    faults: tuple[Fault, ...] = ()
    too_slow: bool = False


def explain(
    rule: Any, customer_id: int, at: datetime, own: Lent | None = None, *, masked: bool = False
) -> Explained:
    """`masked`: for a reader who sees no names; what personal conditions looked at is left out."""
    reading = tree.read(rule, own)
    if reading.node is None:
        return Explained(faults=tuple(reading.faults))
    local = at.astimezone(ZoneInfo(Shop.current().time_zone))
    leaves = list(tree.leaves(reading.node))
    try:
        with counting.limited(SECONDS):
            answers = _answers(leaves, customer_id, local)
    except counting.TooSlow:
        return Explained(too_slow=True)
    if answers is None:
        return Explained()
    told = dict(zip(map(id, leaves), answers, strict=True))
    return Explained(_trace(reading.node, told, masked))


def _answers(leaves: list[Leaf], customer_id: int, at: datetime) -> list[tuple[bool, Any, bool]] | None:
    """Of each leaf whether it is true, what it saw, and whether it looks at something."""
    seen = [leaf.condition.seen_sql(leaf.params, at) for leaf in leaves]
    columns = [
        part
        for leaf, looked in zip(leaves, seen, strict=True)
        for part in (leaf.condition.probe_sql(leaf.params, at), looked or Sql("NULL"))
    ]
    whose = sql("c.id = {} AND {}", customer_id, LIVING)
    statement = sql("SELECT {} FROM {} WHERE {}", join(", ", columns), PEOPLE, whose)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, statement.params)
        row = cursor.fetchone()
    if row is None:
        return None
    return list(zip(row[::2], row[1::2], (looked is not None for looked in seen), strict=True))


def _trace(node: Node, told: dict[int, tuple[bool, Any, bool]], masked: bool) -> Trace:
    if isinstance(node, Group):
        nodes = tuple(_trace(child, told, masked) for child in node.nodes)
        return Trace(
            node.path, node.kind, "", _together(node.kind, [child.verdict for child in nodes]), "", nodes
        )
    if isinstance(node.condition, LendingCondition) and node.inner is not None:
        inner, page = _trace(node.inner, told, masked), node.condition.page(node.params)
        return Trace(node.path, "segment", words.clause(node), inner.verdict, "", (inner,), page)
    is_true, value, looks = told[id(node)]
    hidden = value is None or (masked and node.condition.personal)
    seen = "" if hidden else node.condition.seen_words(value, node.params)
    verdict = YES if is_true else UNKNOWN if looks and value is None else NO
    return Trace(node.path, "condition", words.clause(node), verdict, seen)


def _together(kind: str, verdicts: list[str]) -> str:
    if kind == "none":
        return NO if YES in verdicts else YES
    decisive, otherwise = (NO, YES) if kind == "all" else (YES, NO)
    if decisive in verdicts:
        return decisive
    return UNKNOWN if UNKNOWN in verdicts else otherwise
