"""A rule as one sentence in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from customers.segments import phrases, tree
from customers.segments.tree import Group, Leaf, Node


def sentence(rule: Any) -> str:
    """ "Customers for whom: the language is German and (at least 2 orders or ...)", or the fault."""
    reading = tree.read(rule)
    if reading.node is None:
        return _("Nobody, because the rule has a fault: %s") % reading.faults[0].sentence
    return _("Customers for whom: %s.") % clause(reading.node)


def clause(node: Node, inside: str = "") -> str:
    """A node as part of a sentence, in brackets where it stands inside a group of another kind."""
    if isinstance(node, Leaf):
        return node.condition.words(node.params)
    if len(node.nodes) == 1 and node.kind != "none":
        return clause(node.nodes[0], inside)
    text = _group(node)
    return f"({text})" if inside and node.kind not in (inside, "none") else text


def _group(node: Group) -> str:
    parts = [clause(child, node.kind) for child in node.nodes]
    if node.kind == "all":
        return phrases.both(parts)
    if node.kind == "any":
        return phrases.either(parts)
    if len(parts) == 1:
        return _("not (%s)") % parts[0]
    return _("none of this: (%s)") % phrases.either(parts)
