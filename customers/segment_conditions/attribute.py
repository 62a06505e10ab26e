"""A condition on the shop's own attributes, which are free JSON. Key and value are parameters, never SQL."""

import json
import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.segments import phrases
from customers.segments.comparing import NumberField
from customers.segments.conditions import Params, ProfileCondition, conditions
from customers.segments.fields import KeyField
from customers.segments.params import ParamsForm
from customers.segments.sql import Sql, every, some, sql

NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,6})?", re.ASCII)
TEXTS = frozenset({"is", "contains"})
NUMBERS = frozenset({"at_least", "at_most", "between"})
OPERATORS = [
    ("is", gettext_lazy("is")),
    ("contains", gettext_lazy("contains")),
    ("at_least", gettext_lazy("at least")),
    ("at_most", gettext_lazy("at most")),
    ("between", gettext_lazy("between")),
    ("is_set", gettext_lazy("is filled in")),
    ("is_missing", gettext_lazy("is not filled in")),
]


class AttributeForm(ParamsForm):
    key = KeyField(label=gettext_lazy("attribute"), max_length=80)
    operator = forms.ChoiceField(label=gettext_lazy("comparison"), choices=OPERATORS, initial="is")
    value = forms.CharField(label=gettext_lazy("value"), max_length=200)
    number = NumberField(label=gettext_lazy("value"), initial=1)
    upper = NumberField(label=gettext_lazy("and"), initial=10)
    shown = {
        "value": ("operator", TEXTS),
        "number": ("operator", NUMBERS),
        "upper": ("operator", frozenset({"between"})),
    }

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if {"number", "upper"} <= data.keys() and data["upper"] < data["number"]:
            self.add_error("upper", _("The second number is below the first."))
        return data


@conditions.register
class Attribute(ProfileCondition):
    key = "attribute"
    label = gettext_lazy("Attribute")
    help = gettext_lazy(
        "Something the shop knows about somebody, by its name. An empty or missing attribute fits only "
        "“is not filled in”."
    )
    Form = AttributeForm
    fact = gettext_lazy("such attribute")
    personal = True

    def test_sql(self, params: Params, at: datetime) -> Sql:
        operator = params["operator"]
        if operator in NUMBERS:
            return _number(params)
        return {"is": _is, "contains": _contains, "is_set": _is_set, "is_missing": _is_missing}[operator](
            params
        )

    def seen_sql(self, params: Params, at: datetime) -> Sql:
        return sql("nullif(c.attributes ->> {}::text, '')", params["key"])

    def words(self, params: Params) -> str:
        words = {
            "is": _("“%(key)s” is “%(value)s”"),
            "contains": _("“%(key)s” contains “%(value)s”"),
            "at_least": _("“%(key)s” is at least %(number)s"),
            "at_most": _("“%(key)s” is at most %(number)s"),
            "between": _("“%(key)s” is between %(number)s and %(upper)s"),
            "is_set": _("“%(key)s” is filled in"),
            "is_missing": _("“%(key)s” is not filled in"),
        }
        numbers = {name: phrases.number(params[name]) for name in ("number", "upper") if name in params}
        return words[params["operator"]] % (params | numbers)


def _is(params: Params) -> Sql:
    """Equal as text, as number, as true or false, or one of a list. Containment, so that the index helps."""
    key, value = params["key"], params["value"]
    readings = [json.dumps(value)]
    if NUMBER.fullmatch(value) or value in ("true", "false"):
        readings.append(value)
    wanted = [f"{{{json.dumps(key)}: {shape}}}" for text in readings for shape in (text, f"[{text}]")]
    return some(sql("c.attributes @> {}::jsonb", document) for document in wanted)


def _contains(params: Params) -> Sql:
    """Part of a text, capital and small letters alike."""
    text = sql("c.attributes -> {}::text", params["key"])
    found = sql("strpos(lower(c.attributes ->> {}::text), {}) > 0", params["key"], params["value"].lower())
    return sql("CASE WHEN jsonb_typeof({}) = 'string' THEN {} ELSE false END", text, found)


def _number(params: Params) -> Sql:
    """CASE, because AND may be evaluated in any order and a text cannot be cast."""
    value = sql("c.attributes -> {}::text", params["key"])
    number = sql("({})::numeric", value)
    tests = []
    if params["operator"] in ("at_least", "between"):
        tests.append(sql("{} >= {}", number, params["number"]))
    if params["operator"] in ("at_most", "between"):
        tests.append(sql("{} <= {}", number, params.get("upper", params["number"])))
    return sql("CASE WHEN jsonb_typeof({}) = 'number' THEN {} ELSE false END", value, every(tests))


def _is_set(params: Params) -> Sql:
    """There, and neither null nor an empty text."""
    return sql("coalesce(c.attributes ->> {}::text, '') <> ''", params["key"])


def _is_missing(params: Params) -> Sql:
    return sql("coalesce(c.attributes ->> {}::text, '') = ''", params["key"])
