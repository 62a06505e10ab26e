"""What is unknown, broken or malicious in a rule is a fault in words, and the rule matches nobody."""

import json
import math
from typing import Any

import pytest
from django.db import connection

from customers.segments import compiler, counting, tree, words
from customers.segments.counting import Count
from tests.customers.segment_world import AT
from tests.factories import CustomerFactory

GERMAN = {"condition": "language", "params": {"languages": ["de"]}}


def leaf(condition: Any, **params: Any) -> dict[str, Any]:
    return {"condition": condition, "params": params}


def deep(levels: int) -> Any:
    rule: Any = GERMAN
    for _level in range(levels):
        rule = {"all": [rule]}
    return rule


def count_is(value: Any) -> dict[str, Any]:
    return leaf("orders_count", operator="at_least", number=value, window="all")


BEHAVIOUR = {
    "kind": "view",
    "subject": "any",
    "operator": "at_least",
    "number": 1,
    "window": "all",
    "bought": "any",
}
CART = {"state": "open", "worth": 0, "from_hours": 0, "to_hours": 9, "subject": "any"}
CORPUS: dict[str, Any] = {
    "nothing": {},
    "null": None,
    "text": "all",
    "number": 7,
    "list": [GERMAN],
    "empty group": {"all": []},
    "empty group inside": {"all": [GERMAN, {"none": []}]},
    "two groups in one": {"all": [GERMAN], "any": [GERMAN]},
    "group with more": {"all": [GERMAN], "name": "x"},
    "unknown group": {"not": [GERMAN]},
    "group of a map": {"all": {"0": GERMAN}},
    "group of text": {"all": "language"},
    "null inside": {"all": [GERMAN, None]},
    "leaf without parameters": {"condition": "language"},
    "leaf with more": GERMAN | {"negate": True},
    "leaf and group": GERMAN | {"all": [GERMAN]},
    "unknown condition": leaf("password"),
    "condition that is a path": leaf("language__in", languages=["de"]),
    "condition that is SQL": leaf("1=1) OR (1=1"),
    "condition that is a number": leaf(7),
    "condition that is a list": leaf(["language"]),
    "parameters that are a list": {"condition": "language", "params": [["de"]]},
    "parameters that are null": {"condition": "language", "params": None},
    "unknown parameter": leaf("language", languages=["de"], order="id"),
    "lookup as parameter": leaf("language", languages__regex="(a+)+$"),
    "missing parameter": leaf("language"),
    "empty list": leaf("language", languages=[]),
    "text for a list": leaf("language", languages="de"),
    "map in a list": leaf("language", languages=[{"de": 1}]),
    "list in a list": leaf("language", languages=[["de"]]),
    "unknown language": leaf("language", languages=["xx'; DROP TABLE customers_customer; --"]),
    "unknown country": leaf("country", countries=["DEU"]),
    "unknown store": leaf("home_store", stores=[999_999]),
    "store that is SQL": leaf("home_store", stores=["1 OR 1=1"]),
    "store beyond a number": leaf("home_store", stores=["9" * 40]),
    "unicode digits": leaf("home_store", stores=["١"]),
    "unknown product": leaf("bought_product", products=[1], times=1, window="all"),
    "unknown operator": leaf("orders_count", operator=">= 0 OR 1=1 --", number=1, window="all"),
    "regex as operator": leaf("attribute", key="club", operator="regex", value="(a+)+$"),
    "unknown window": leaf("orders_count", operator="at_least", number=1, window="always"),
    "window without days": leaf("orders_count", operator="at_least", number=1, window="days"),
    "between without end": leaf("orders_count", operator="between", number=1, window="all"),
    "between upside down": leaf("orders_count", operator="between", number=3, upper=1, window="all"),
    "dates upside down": leaf(
        "orders_count", operator="at_least", number=1, window="dates", since="2026-02-01", until="2026-01-01"
    ),
    "no date": leaf("last_order", operator="since", date="2026-02-30"),
    "date far away": leaf("last_order", operator="since", date="9999-12-31"),
    "date with SQL": leaf("last_order", operator="since", date="2026-01-01'::date--"),
    "true for a number": count_is(True),
    "null for a number": count_is(None),
    "list for a number": count_is([1]),
    "text for a number": count_is("two"),
    "fraction for a count": count_is(1.5),
    "not a number": count_is(math.nan),
    "infinite": count_is(math.inf),
    "huge": count_is(10**30),
    "monstrous": count_is(10**5000),
    "huge as text": count_is("9" * 190),
    "NaN as money": leaf("revenue", operator="at_least", number="NaN", window="all"),
    "huge float as money": leaf("revenue", operator="at_least", number=1e300, window="all"),
    "exponent as money": leaf("revenue", operator="at_least", number="1e999999", window="all"),
    "negative count": count_is(-1),
    "days beyond a calendar": leaf("acquired_at", operator="within", days=10**9),
    "birthday too far": leaf("birthday", days=366),
    "age of a tree": leaf("age", operator="at_least", number=2026),
    "unknown RFM class": leaf("rfm_class", classes=["champions", "kings"]),
    "no RFM class": leaf("rfm_class", classes=[""]),
    "RFM class that is SQL": leaf("rfm_class", classes=["new') OR ('1'='1"]),
    "next order without days": leaf("next_order", operator="overdue"),
    "next order within no days": leaf("next_order", operator="within", days=0),
    "next order some time": leaf("next_order", operator="never"),
    "risk above everything": leaf("lapse_risk", operator="at_least", number=101),
    "risk as a fraction": leaf("lapse_risk", operator="at_least", number=0.6),
    "exactly a risk": leaf("lapse_risk", operator="exactly", number=60),
    "risk upside down": leaf("lapse_risk", operator="between", number=60, upper=50),
    "value that is no number": leaf("lifetime_value", operator="at_least", number="NaN"),
    "value in a window": leaf("lifetime_value", operator="at_least", number=1, window="all"),
    "zero byte": leaf("city", cities=["Ham\0burg"]),
    "lone surrogate": leaf("attribute", key="\ud800", operator="is_set"),
    "long text": leaf("attribute", key="k" * 5000, operator="is_set"),
    "long list": leaf("city", cities=[str(n) for n in range(5000)]),
    "only commas": leaf("postal_code", prefixes=" , ,"),
    "unknown topic": leaf("consent", state="has", purpose="sending", channel="email", topic="x' OR '1'='1"),
    "unknown channel": leaf("consent", state="has", purpose="sending", channel="pigeon", topic=""),
    "unknown kind of event": leaf("behaviour", **BEHAVIOUR | {"kind": "view' OR 1=1 --"}),
    "page without a name": leaf("behaviour", **BEHAVIOUR | {"kind": "page"}),
    "name of what has none": leaf("behaviour", **BEHAVIOUR | {"name": 7, "kind": ["page"]}),
    "bought in another way": leaf("behaviour", **BEHAVIOUR | {"bought": "never"}),
    "subject without products": leaf("behaviour", **BEHAVIOUR | {"subject": "products", "products": []}),
    "behaviour of an unknown category": leaf(
        "behaviour", **BEHAVIOUR | {"subject": "categories", "categories": [999_999]}
    ),
    "minus times": leaf("behaviour", **BEHAVIOUR | {"number": -1}),
    "last of nothing known": leaf("last_behaviour", what="event; --", operator="never"),
    "last without days": leaf("last_behaviour", what="view", operator="within"),
    "last in a map": leaf("last_behaviour", what={"view": 1}, operator="never"),
    "cart in an unknown state": leaf("cart", **CART | {"state": "stolen"}),
    "cart worth nothing known": leaf("cart", **CART | {"worth": "NaN"}),
    "cart worth upside down": leaf("cart", **CART | {"worth": 20, "worth_to": 10}),
    "cart worth up to infinity": leaf("cart", **CART | {"worth_to": math.inf}),
    "cart of no pieces": leaf("cart", **CART | {"items": 0}),
    "cart hours upside down": leaf("cart", **CART | {"from_hours": 5, "to_hours": 4}),
    "cart of the last century": leaf("cart", **CART | {"to_hours": 10**7}),
    "favourite of nothing": leaf("favourite"),
    "favourite of an unknown product": leaf("favourite", subject="products", products=["0"]),
    "favourite of a text": leaf("favourite", subject="products", products="1"),
    "random share of all": leaf("random_share", percent=100, draw="A"),
    "random share of a fraction": leaf("random_share", percent=0.5, draw="A"),
    "random share without a draw": leaf("random_share", percent=10, draw=" "),
    "random share with a list": leaf("random_share", percent=10, draw=["A"]),
    "interest of no points": leaf("interest", subject="any", points=0, window="all"),
    "interest in nothing": leaf("interest", subject="categories", categories=[], points=1, window="all"),
    "interest without a period": leaf("interest", subject="any", points=1),
    "interest in points of text": leaf("interest", subject="any", points="1; --", window="all"),
    "unknown segment": leaf("in_segment", segment=999_999),
    "segment that is SQL": leaf("in_segment", segment="1) OR (1=1"),
    "segment in a list": leaf("in_segment", segment=[1]),
    "no segment": leaf("in_segment"),
    "empty segment": leaf("in_segment", segment=""),
    "true for a segment": leaf("in_segment", segment=True),
    "unknown list": leaf("on_list", lists=[999_999]),
    "list that is SQL": leaf("on_list", lists=["1 OR 1=1"]),
    "no list": leaf("on_list", lists=[]),
    "unknown state": leaf("region", by="states", states=["DE-XX"]),
    "state of a country alone": leaf("region", by="states", states=["DE"]),
    "unknown kind of region": leaf("region", by="planet", states=["DE-HH"]),
    "ranges without a country": leaf("region", by="ranges", ranges="1-2"),
    "ranges of an unknown country": leaf("region", by="ranges", country="XX", ranges="1-2"),
    "range upside down": leaf("region", by="ranges", country="DE", ranges="20100-20000"),
    "range of other digits": leaf("region", by="ranges", country="DE", ranges="1-20000"),
    "range of letters": leaf("region", by="ranges", country="DE", ranges="1-2, x'; --"),
    "range of other numerals": leaf("region", by="ranges", country="DE", ranges="١-٢"),
    "range beyond a number": leaf("region", by="ranges", country="DE", ranges="9" * 40),
    "only commas in ranges": leaf("region", by="ranges", country="DE", ranges=", ;"),
    "too deep": deep(7),
    "a thousand deep": deep(900),
    "too many conditions": {"all": [GERMAN] * 61},
    "far too many conditions": {"all": [{"any": [GERMAN] * 1000}] * 1000},
    "too many groups": {"all": [{"all": [{"any": [GERMAN]}] * 40}] * 40},
}


@pytest.mark.parametrize("rule", CORPUS.values(), ids=CORPUS.keys())
def test_a_broken_rule_matches_nobody_and_says_so(rule: Any, db: None) -> None:
    CustomerFactory()
    for whole in (rule, {"none": [rule]}, {"any": [GERMAN, rule]}):
        compiled = compiler.compile_rule(whole, AT)
        assert compiled.faults
        assert all(len(sentence) > 10 for sentence in compiled.faults)
        assert ids(compiled) == []
        assert counting.count_within(compiled) == Count(0, True)
        assert counting.sample(compiled) == []
        assert "Nobody" in words.sentence(whole) or "Niemand" in words.sentence(whole)


@pytest.mark.parametrize("rule", CORPUS.values(), ids=CORPUS.keys())
def test_a_broken_exclusion_empties_the_audience(rule: Any, db: None) -> None:
    CustomerFactory()
    compiled = compiler.audience(GERMAN, [GERMAN, rule], AT)
    assert compiled.faults
    assert ids(compiled) == []


def test_json_a_thousand_deep_from_a_request_is_a_fault(db: None) -> None:
    text = '{"all":[' * 990 + json.dumps(GERMAN) + "]}" * 990
    try:
        rule = json.loads(text)
    except RecursionError:
        rule = None
    assert compiler.compile_rule(rule, AT).faults


@pytest.mark.parametrize(
    "rule",
    [
        leaf("city", cities=["'; DROP TABLE customers_customer; --", '"', "%s", "{}", "\\", "Hamburg%"]),
        leaf("attribute", key="a') OR 1=1 --", operator="is", value="'}' OR 1=1 --"),
        leaf("attribute", key='"}} OR 1=1', operator="contains", value="%' OR '1'='1"),
        leaf("attribute", key="x", operator="is", value='"], "y": ["'),
        leaf("acquisition_source", sources=["pg_sleep(10)", "$1", "{0}"]),
        leaf("postal_code", prefixes="%, _, '"),
    ],
)
def test_text_stays_text(rule: dict[str, Any], db: None) -> None:
    """What looks like SQL or a pattern is compared as it stands, and finds nobody."""
    CustomerFactory(city="Hamburg", postal_code="20095", attributes={"x": "y"}, acquisition_source="fair")
    compiled = compiler.compile_rule(rule, AT)
    assert compiled.faults == []
    assert ids(compiled) == []
    values = [
        text for value in rule["params"].values() for text in (value if isinstance(value, list) else [value])
    ]
    assert not [
        text for text in values if len(text) > 3 and text not in ("is", "contains") and text in compiled.sql
    ]
    assert len(ids(compiler.compile_rule({"none": [rule]}, AT))) == 1


def test_every_fault_is_told_with_its_place(db: None) -> None:
    rule = {"all": [GERMAN, {"any": [count_is("x"), leaf("nonsense")]}, {"none": []}]}
    places = [(fault.path, fault.field) for fault in tree.read(rule).faults]
    assert places == [("1.0", "number"), ("1.1", ""), ("2", "")]


def ids(compiled: compiler.Compiled) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        return [row[0] for row in cursor.fetchall()]
