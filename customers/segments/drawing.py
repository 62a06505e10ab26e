"""The editor's view of a rule: plain values that its templates draw, with faults at their places."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from customers.segments import comparing, editing, tree
from customers.segments.conditions import Condition, Lent, conditions
from customers.segments.fields import KeyField, ListField, Option, TextsField
from customers.segments.params import ParamsForm
from customers.segments.tree import MAX_DEPTH, Fault

FEW = 14  # so many values are shown as buttons; more are searched for


@dataclass(frozen=True)
class DrawnField:
    """One input. `kind` is its template: select, number, date, text, key, pills or search."""

    kind: str
    key: str
    place: str
    label: str
    help: str
    value: str
    options: list[Option]
    chosen: list[Option]
    attrs: dict[str, Any]
    redraws: bool
    free: bool
    faulty: bool
    found: list[Option] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> list[str]:
        return [value for value, _label in self.chosen]

    @property
    def picked(self) -> list[tuple[str, str, str]]:
        """Value, label and page of each that is chosen."""
        return [(value, label, self.links.get(value, "")) for value, label in self.chosen]

    @property
    def name(self) -> str:
        return f"{self.place}.{self.key}"

    @property
    def id(self) -> str:
        return f"{self.place}-{self.key}"


@dataclass(frozen=True)
class DrawnLeaf:
    place: str
    key: str
    label: str
    help: str
    fields: list[DrawnField]
    faults: list[str]
    needs: str = ""
    is_leaf: bool = True


@dataclass(frozen=True)
class DrawnGroup:
    place: str
    kind: str
    nodes: "list[DrawnGroup | DrawnLeaf]"
    faults: list[str]
    can_nest: bool
    is_leaf: bool = False


@dataclass(frozen=True)
class Pick:
    """A line of the picker."""

    key: str
    label: str
    help: str


def draw(rule: Any, finds: Mapping[str, str] | None = None, own: Lent | None = None) -> DrawnGroup:
    """The whole rule, of `own`. `finds` are searches made without scripts: the text by the name of the field."""
    drawn = _Pen(tree.read(rule, own).faults, finds or {}).node(rule, editing.ROOT, 1)
    if isinstance(drawn, DrawnLeaf):
        raise TypeError("the root of an edited rule is a group")
    return drawn


def fault_places(node: DrawnGroup | DrawnLeaf) -> Iterator[tuple[str, str, list[str]]]:
    """Each node's place and name with its faults, also where there are none (any more)."""
    yield node.place, node.label if isinstance(node, DrawnLeaf) else _("Group"), node.faults
    if isinstance(node, DrawnGroup):
        for child in node.nodes:
            yield from fault_places(child)


class _Pen:
    """Draws nodes; knows the faults by place and the searches by field."""

    def __init__(self, faults: list[Fault], finds: Mapping[str, str]) -> None:
        self.finds = finds
        self.sentences: dict[str, list[str]] = defaultdict(list)
        self.faulty: dict[str, set[str]] = defaultdict(set)
        for fault in faults:
            place = editing.place_of(fault.path)
            self.faulty[place].add(fault.field)
            if fault.sentence not in self.sentences[place]:
                self.sentences[place].append(fault.sentence)

    def node(self, node: Any, place: str, depth: int) -> DrawnGroup | DrawnLeaf:
        kind = editing.kind_of(node)
        if not kind:
            return self.leaf(node if isinstance(node, Mapping) else {}, place)
        nodes = [self.node(child, f"{place}-{index}", depth + 1) for index, child in enumerate(node[kind])]
        return DrawnGroup(place, kind, nodes, self.sentences[place], depth < MAX_DEPTH - 1)

    def leaf(self, node: Mapping[str, Any], place: str) -> DrawnLeaf:
        key, params, faults = node.get("condition"), node.get("params"), self.sentences[place]
        condition = conditions.get(key) if isinstance(key, str) else None
        if condition is None:
            return DrawnLeaf(place, str(key), _("Unknown condition"), "", [], faults)
        given = params if isinstance(params, Mapping) else {}
        fields, needs = list(self.fields(condition, given, place)), str(condition.needs(dict(given)))
        return DrawnLeaf(
            place, condition.key, str(condition.label), str(condition.help), fields, faults, needs
        )

    def fields(self, condition: Condition, params: Mapping[str, Any], place: str) -> Iterator[DrawnField]:
        redrawing = {other for other, _values in condition.Form.shown.values()}
        for name, of in condition.Form(params).fields.items():
            value = params.get(name, [] if getattr(of, "many", False) else "")
            chosen = _chosen(of, value)
            kind, options = _kind(of, chosen)
            yield DrawnField(
                kind=kind,
                key=name,
                place=place,
                label=_label(of),
                help=str(of.help_text),
                value="" if isinstance(value, list) else str(value),
                options=options,
                chosen=chosen,
                attrs=_attrs(of),
                redraws=name in redrawing,
                free=isinstance(of, TextsField),
                faulty=name in self.faulty[place],
                found=self.found(of, f"{place}.{name}"),
                links=_links(of, chosen),
            )

    def found(self, of: forms.Field, name: str) -> list[Option]:
        text = self.finds.get(name, "")
        return of.suggest(text) if text and isinstance(of, ListField) else []


def _label(of: forms.Field) -> str:
    return f"{of.label} ({comparing.currency()})" if isinstance(of, comparing.MoneyField) else str(of.label)


def _chosen(of: forms.Field, value: Any) -> list[Option]:
    if not isinstance(of, ListField):
        return []
    values = value if isinstance(value, list) else [value] if value and not of.many else []
    return list(zip(map(str, values), of.labels(values), strict=True))


def _links(of: forms.Field, chosen: list[Option]) -> dict[str, str]:
    if not isinstance(of, ListField):
        return {}
    return {value: of.link(value) for value, _label in chosen if value.isdecimal()}


def _kind(of: forms.Field, chosen: list[Option]) -> tuple[str, list[Option]]:
    if isinstance(of, ListField):
        options = [] if of.searched else _with(of.options(), chosen)
        return ("pills", options) if not of.searched and len(options) <= FEW else ("search", [])
    if isinstance(of, KeyField):
        return "key", of.suggest("")
    if isinstance(of, forms.ChoiceField):
        return "select", [(str(value), str(label)) for value, label in list(of.choices)]  # type: ignore[arg-type]
    kinds = {forms.IntegerField: "number", forms.DecimalField: "number", forms.DateField: "date"}
    return next((kind for base, kind in kinds.items() if isinstance(of, base)), "text"), []


def _with(options: list[Option], chosen: list[Option]) -> list[Option]:
    """What is chosen stays visible, even when nobody has it any more."""
    known = {value for value, _label in options}
    return options + [option for option in chosen if option[0] not in known]


def _attrs(of: forms.Field) -> dict[str, Any]:
    """What a browser may check before we do."""
    attrs: dict[str, Any] = {}
    if isinstance(of, forms.DecimalField):
        attrs["step"] = "0.01"
    if isinstance(of, forms.IntegerField):
        attrs |= {"min": of.min_value, "max": of.max_value}
    if isinstance(of, forms.CharField) and of.max_length and not isinstance(of, forms.ChoiceField):
        attrs["maxlength"] = of.max_length
    return {name: value for name, value in attrs.items() if value is not None}


def picks() -> list[tuple[str, list[Pick]]]:
    """All conditions by their group, in the reader's language."""
    groups: dict[str, list[Pick]] = {}
    for condition in conditions:
        pick = Pick(condition.key, str(condition.label), str(condition.help))
        groups.setdefault(str(condition.group), []).append(pick)
    return [(name, sorted(found, key=lambda pick: pick.label.casefold())) for name, found in groups.items()]


def form_field(key: str, name: str) -> ListField | None:
    """The field whose values the editor is asked to suggest; None when there is no such thing."""
    condition = conditions.get(key)
    form: type[ParamsForm] | None = condition.Form if condition else None
    of = form.base_fields.get(name) if form else None
    return of if isinstance(of, ListField) else None
