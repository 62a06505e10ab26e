"""The rule in the editor: what the form says is what comes back, and each button does one thing."""

from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings

from customers.segments import drawing, editing, tree
from customers.segments.conditions import conditions
from customers.segments.drawing import DrawnGroup, DrawnLeaf
from tests.customers import segment_rules, segment_world

GERMAN = {"condition": "language", "params": {"languages": ["de"]}}
NESTED = {"all": [GERMAN, {"any": [GERMAN, {"none": [GERMAN]}]}]}


def posted(node: DrawnGroup | DrawnLeaf, data: QueryDict | None = None) -> QueryDict:
    """What a browser sends for the form that is drawn."""
    data = data if data is not None else QueryDict(mutable=True)
    if isinstance(node, DrawnGroup):
        data[f"{node.place}.kind"] = node.kind
        for child in node.nodes:
            posted(child, data)
        return data
    data[f"{node.place}.condition"] = node.key
    for field in node.fields:
        data.setlist(field.name, field.values if field.kind in ("pills", "search") else [field.value])
    return data


def test_what_is_drawn_comes_back_as_the_same_rule(db: None) -> None:
    segment_world.build()

    @settings(
        max_examples=150,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(segment_rules.trees())
    def check(rule: dict[str, Any]) -> None:
        stored = tree.plain(tree.read(rule).node)  # type: ignore[arg-type]
        again = tree.read(editing.read(posted(drawing.draw(editing.editable(stored))))).node
        assert again is not None
        assert tree.plain(again) == editing.editable(stored)

    check()


@pytest.mark.parametrize("key", [condition.key for condition in conditions])
def test_every_condition_can_be_added_and_drawn(key: str, db: None) -> None:
    rule, place = editing.apply(editing.blank(), f"add:r:{key}")
    assert place == "r-0"
    leaf = drawing.draw(rule).nodes[0]
    assert isinstance(leaf, DrawnLeaf)
    assert leaf.label
    assert leaf.help
    again = editing.read(posted(drawing.draw(rule)))["all"][0]
    assert again["condition"] == key
    assert filled(again["params"]) == filled(rule["all"][0]["params"])


def test_moving(db: None) -> None:
    a, b, c = ({"condition": "language", "params": {"languages": [code]}} for code in ("de", "en", "fr"))
    rule: Any = {"all": [a, {"any": [b, c]}]}

    def moved(action: str) -> Any:
        return editing.apply(rule, action)

    assert moved("move:r-0:r-1:1") == ({"all": [{"any": [b, a, c]}]}, "r-0-1")
    assert moved("move:r-0:r:2") == ({"all": [{"any": [b, c]}, a]}, "r-1")
    assert moved("move:r-1-1:r:0") == ({"all": [c, a, {"any": [b]}]}, "r-0")
    assert moved("move:r-1:r:0") == ({"all": [{"any": [b, c]}, a]}, "r-0")
    assert moved("up:r-1-1") == ({"all": [a, {"any": [c, b]}]}, "r-1-0")
    assert moved("up:r-1-0") == ({"all": [a, b, {"any": [c]}]}, "r-1")
    assert moved("up:r-1") == ({"all": [{"any": [b, c]}, a]}, "r-0")
    assert moved("down:r-0") == ({"all": [{"any": [a, b, c]}]}, "r-0-0")
    assert moved("down:r-1-0") == ({"all": [a, {"any": [c, b]}]}, "r-1-1")
    assert moved("down:r-1-1") == ({"all": [a, {"any": [b]}, c]}, "r-2")
    for nonsense in ("up:r-0", "down:r-1", "up:r", "move:r:r-1:0", "move:r-1:r-1:0", "move:r-1:r-1-0:0"):
        assert moved(nonsense)[0] == rule
    for nonsense in (
        "move:r-0:r-1:9",
        "move:r-0:r-1:-1",
        "move:r-0:r-1",
        "move:r-0:r-0:0",
        "move:r-9:r:0",
        "move:r-0:x:0",
    ):
        assert moved(nonsense)[0] == rule


def filled(params: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items() if value != ""}


def test_buttons(db: None) -> None:
    def done(action: str, rule: Any = NESTED) -> Any:
        return editing.apply(rule, action)[0]

    assert done("remove:r-0") == {"all": [{"any": [GERMAN, {"none": [GERMAN]}]}]}
    assert done("remove:r-1-1") == {"all": [GERMAN, {"any": [GERMAN]}]}
    assert done("duplicate:r-1-1") == {
        "all": [GERMAN, {"any": [GERMAN, {"none": [GERMAN]}, {"none": [GERMAN]}]}]
    }
    assert done("group:r-1") == {"all": [GERMAN, {"any": [GERMAN, {"none": [GERMAN]}, {"none": []}]}]}
    english = {"condition": "language", "params": {"languages": ["de", "en"]}}
    assert done("choose:r-0:languages:en")["all"][0] == english
    assert done("choose:r-0:languages:de") == NESTED
    assert done("drop:r-0:languages:de")["all"][0]["params"] == {"languages": []}
    assert NESTED == {"all": [GERMAN, {"any": [GERMAN, {"none": [GERMAN]}]}]}


@pytest.mark.parametrize(
    "action",
    [
        *(
            "",
            "explode:r",
            "remove",
            "remove:r",
            "remove:r-9",
            "remove:r-0-0",
            "remove:x",
            "add:r",
            "add:r:nothing",
        ),
        *("add:r-0:language", "choose:r-0:nothing:x", "choose:r:languages:x", "choose:r-0:languages"),
        *("drop:r-0:languages", "duplicate:r", "duplicate:r-0-0", "group:r-0", "__class__:r", "add:r-0;:x"),
        "remove:r" + "-0" * 400,
    ],
)
def test_a_button_that_makes_no_sense_changes_nothing(action: str, db: None) -> None:
    assert editing.apply(NESTED, action)[0] == NESTED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "r.kind=all&r-0.kind=all&r-0-0.kind=none",
        "r.kind=or+1%3D1&r-0.condition=language&r-0.languages=de",
        "r.condition=language",
        "r.kind=all&r-5.condition=nothing&r-5.password=x",
        "r.kind=all&r-0.condition=city&r-0.cities=a%00b&r-0.__class__=x",
        "&".join(f"r-{n}.condition=language" for n in range(999)) + "&r.kind=all",
        "r.kind=all&" + "&".join("r" + "-0" * n + ".kind=all" for n in range(1, 30)),
    ],
)
def test_any_form_is_read_without_an_error(text: str, db: None) -> None:
    rule = editing.read(QueryDict(text))
    assert drawing.draw(editing.editable(rule)).place == "r"
    tree.read(rule)
