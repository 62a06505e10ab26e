"""A rule while it is being edited: read from the editor's form, changed by its buttons, any faults allowed.

Nodes are named by their place: "r" is the root, "r-0-2" the third node of its first. A field of the form is
"r-0-2.days"; the two names "kind" (of a group) and "condition" (of a leaf) say what the node is.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from customers.segments.conditions import conditions
from customers.segments.fields import ListField
from customers.segments.tree import GROUPS

Rule = dict[str, Any]
ROOT = "r"
PLACE = re.compile(r"r(-\d{1,3}){0,8}", re.ASCII)
FIELD = re.compile(r"(r(?:-\d{1,3}){0,8})\.([a-z_]{1,40})", re.ASCII)
MAX_FIELDS = 900


class Posted(Protocol):
    """What the editor sends: Django's QueryDict."""

    def getlist(self, key: str) -> list[str]: ...

    def keys(self) -> Any: ...


def blank() -> Rule:
    return {"all": []}


def editable(rule: Any) -> Rule:
    """A stored rule as the editor shows it: a group at the root."""
    if isinstance(rule, Mapping) and kind_of(rule):
        return dict(rule)
    return {"all": [rule]} if isinstance(rule, Mapping) and "condition" in rule else blank()


def kind_of(node: Any) -> str:
    """ "all", "any" or "none" of a group; "" of anything else."""
    return next(
        (kind for kind in GROUPS if isinstance(node, Mapping) and isinstance(node.get(kind), list)), ""
    )


def number(place: str) -> list[int]:
    return [int(part) for part in place.split("-")[1:]]


def place_of(path: str) -> str:
    """The editor's name of a path of `tree`: "0.2" is "r-0-2"."""
    return "-".join([ROOT, *(path.split(".") if path else [])])


# --- From the form ---


def read(posted: Posted) -> Rule:
    """The rule that the form holds. Anything that is not a node of ours is passed over."""
    fields: dict[str, dict[str, list[str]]] = {}
    for key in list(posted.keys())[:MAX_FIELDS]:
        if found := FIELD.fullmatch(key):
            values = [value.replace("\0", "") for value in posted.getlist(key)]
            fields.setdefault(found[1], {})[found[2]] = values
    if "kind" not in fields.get(ROOT, {}):
        return blank()
    return _node(ROOT, fields) or blank()


def begun(asked: Posted) -> Rule | None:
    """A rule of one condition, as an address asks for it: "condition" names it, the rest are its fields."""
    own = {
        key: [value.replace("\0", "") for value in asked.getlist(key)]
        for key in list(asked.keys())[:MAX_FIELDS]
    }
    if not own.get("condition") or own["condition"][0] not in conditions:
        return None
    return {"all": [{"condition": own["condition"][0], "params": _params(own)}]}


def _node(place: str, fields: dict[str, dict[str, list[str]]]) -> Rule | None:
    own = fields.get(place, {})
    if "condition" in own:
        return {"condition": own["condition"][0], "params": _params(own)}
    if "kind" not in own:
        return None
    children = sorted((child for child in fields if _parent(child) == place), key=number)
    nodes = [node for child in children if (node := _node(child, fields)) is not None]
    kind = own["kind"][0]
    return {kind if kind in GROUPS else "all": nodes}


def _params(own: dict[str, list[str]]) -> dict[str, Any]:
    """Only the fields of the condition's form that count. One that has just come to count starts as it would
    in a new condition; one that does not count any more is forgotten."""
    condition = conditions.get(own["condition"][0])
    if condition is None:
        return {}
    found: dict[str, Any] = {}
    for name, field in condition.Form.base_fields.items():
        if getattr(field, "many", False):
            found[name] = [value for value in own.get(name, []) if value]
        elif own.get(name):
            found[name] = own[name][-1]
    form = condition.Form(found)
    fresh = {
        name: of.initial for name, of in form.fields.items() if name not in found and of.initial is not None
    }
    return {name: value for name, value in (found | fresh).items() if name in form.fields}


def _parent(place: str) -> str:
    return place.rpartition("-")[0]


# --- Buttons ---


def apply(rule: Rule, action: str) -> tuple[Rule, str]:
    """Do what a button says, such as "add:r-0:language"; gives the rule and the place that gets the focus.

    Unknown actions, and places that are not there, change nothing.
    """
    changed = copy.deepcopy(rule)
    verb, *details = action.split(":", 3)
    do = ACTIONS.get(verb)
    if do is None or not details or not PLACE.fullmatch(details[0]):
        return rule, ""
    try:
        return changed, do(changed, *details)
    except (LookupError, TypeError):
        return rule, ""


def node_at(rule: Rule, place: str) -> Any:
    """LookupError if there is no such node."""
    node: Any = rule
    for index in number(place):
        node = members(node)[index]
    return node


def members(node: Any) -> list[Any]:
    kind = kind_of(node)
    if not kind:
        raise LookupError("not a group")
    nodes: list[Any] = node[kind]
    return nodes


def _add(rule: Rule, place: str, key: str) -> str:
    nodes = members(node_at(rule, place))
    nodes.append({"condition": key, "params": initial(key)})
    return f"{place}-{len(nodes) - 1}"


def initial(key: str) -> dict[str, Any]:
    """The parameters of a new condition: what its form starts with."""
    form = conditions[key].Form
    start = {
        name: [] if getattr(field, "many", False) else field.initial
        for name, field in form.base_fields.items()
        if getattr(field, "many", False) or field.initial is not None
    }
    hidden = form(start).hidden()
    return {name: value for name, value in start.items() if name not in hidden}


def _group(rule: Rule, place: str) -> str:
    nodes = members(node_at(rule, place))
    nodes.append({"none": []} if kind_of(node_at(rule, place)) == "any" else {"any": []})
    return f"{place}-{len(nodes) - 1}"


def _remove(rule: Rule, place: str) -> str:
    siblings = members(node_at(rule, _parent(place)))
    del siblings[number(place)[-1]]
    return _parent(place)


def _duplicate(rule: Rule, place: str) -> str:
    siblings, index = members(node_at(rule, _parent(place))), number(place)[-1]
    siblings.insert(index + 1, copy.deepcopy(siblings[index]))
    return f"{_parent(place)}-{index + 1}"


def _move(rule: Rule, place: str, group: str, index: str) -> str:
    """Put a node before the one that is the `index`-th of a group now, or behind its last."""
    siblings, old, node = members(node_at(rule, _parent(place))), number(place)[-1], node_at(rule, place)
    target = members(node_at(rule, group))
    if f"{group}-".startswith(f"{place}-") or not (index.isdecimal() and int(index) <= len(target)):
        raise LookupError("a node does not move into itself")
    new = int(index) - (target is siblings and old < int(index))
    del siblings[old]
    target.insert(new, node)
    return _place_of(rule, node)


def _up(rule: Rule, place: str) -> str:
    """One line up, into a group that ends there or out of one that begins."""
    siblings, old = members(node_at(rule, _parent(place))), number(place)[-1]
    if old == 0:
        return _move(rule, place, _parent(_parent(place)), str(number(place)[-2]))
    before = f"{_parent(place)}-{old - 1}"
    if kind_of(siblings[old - 1]):
        return _move(rule, place, before, str(len(members(siblings[old - 1]))))
    return _move(rule, place, _parent(place), str(old - 1))


def _down(rule: Rule, place: str) -> str:
    siblings, old = members(node_at(rule, _parent(place))), number(place)[-1]
    if old == len(siblings) - 1:
        return _move(rule, place, _parent(_parent(place)), str(number(place)[-2] + 1))
    if kind_of(siblings[old + 1]):
        return _move(rule, place, f"{_parent(place)}-{old + 1}", "0")
    return _move(rule, place, _parent(place), str(old + 2))


def _place_of(rule: Rule, node: Any) -> str:
    return next(place for place in places(rule) if node_at(rule, place) is node)


def _choose(rule: Rule, place: str, field: str, value: str) -> str:
    params, is_many = _choice(rule, place, field)
    if not is_many:
        params[field] = value
    elif value not in map(str, params.get(field, [])):
        params[field] = [*params.get(field, []), value]
    return place


def _drop(rule: Rule, place: str, field: str, value: str) -> str:
    params, is_many = _choice(rule, place, field)
    if is_many:
        params[field] = [kept for kept in params.get(field, []) if str(kept) != value]
    else:
        params.pop(field, None)
    return place


def _choice(rule: Rule, place: str, field: str) -> tuple[dict[str, Any], bool]:
    """The parameters that hold the choice, and whether it is a list. LookupError where nothing is chosen."""
    leaf = node_at(rule, place)
    of = conditions[leaf["condition"]].Form.base_fields[field]
    if not isinstance(of, ListField):
        raise LookupError(field)
    return leaf["params"], of.many


def _show(rule: Rule, place: str) -> str:
    """Nothing but drawing anew; the focus stays where it is."""
    node_at(rule, place)
    return ""


ACTIONS: dict[str, Any] = {
    "add": _add,
    "group": _group,
    "remove": _remove,
    "move": _move,
    "up": _up,
    "down": _down,
    "duplicate": _duplicate,
    "choose": _choose,
    "drop": _drop,
    "show": _show,
}


def places(rule: Any, place: str = ROOT) -> Sequence[str]:
    """All places of a rule, from the top."""
    found = [place]
    for index, child in enumerate(members(rule) if kind_of(rule) else []):
        found.extend(places(child, f"{place}-{index}"))
    return found
