"""Our quick renderer gives what python-liquid gives, for any template of the language and any values."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError

from channels.messages import fast, language

NAMES = st.sampled_from(["a", "b", "n", "items", "none", "empty", "missing"])
PATHS = st.one_of(
    NAMES,
    st.sampled_from(
        ["p.name", "p.price", "p", "forloop.index", "forloop.last", "items.size", "items.first.name"]
    ),
)
LITERALS = st.sampled_from(['"x"', '"<&>"', "3", "2.5", "true", "nil", '""'])
FILTERS = st.sampled_from(
    [
        "upcase",
        "downcase",
        'default: "?"',
        "append: a",
        "size",
        "truncate: 4",
        "plus: 1",
        "first",
        'replace: "a", b',
    ]
)
WORDS = st.sampled_from(["Hallo ", "<p>", "\n", "ä € ", "  ", "&amp;"])


@st.composite
def outputs(draw: Any) -> str:
    parts = [draw(st.one_of(PATHS, LITERALS)), *draw(st.lists(FILTERS, max_size=2))]
    return "{{ " + " | ".join(parts) + " }}"


CONDITIONS = st.one_of(
    PATHS,
    st.builds("{} {} {}".format, PATHS, st.sampled_from(["==", "!=", "<", ">=", "contains"]), LITERALS),
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["and", "or"]), NAMES),
)


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    texts = st.lists(inner, max_size=3).map("".join)
    loops = st.sampled_from(
        ["items", "items limit: 2", "items offset: 1 reversed", "empty", "n", "a", "missing"]
    )
    return st.one_of(
        st.builds("{{% for p in {} %}}{}{{% endfor %}}".format, loops, texts),
        st.builds("{{% for p in {} %}}{}{{% else %}}{}{{% endfor %}}".format, loops, texts, texts),
        st.builds(
            "{{% if {} %}}{}{{% elsif {} %}}{}{{% else %}}{}{{% endif %}}".format,
            CONDITIONS,
            texts,
            CONDITIONS,
            texts,
            texts,
        ),
        st.builds("{{% unless {} %}}{}{{% else %}}{}{{% endunless %}}".format, CONDITIONS, texts, texts),
    )


TEMPLATES = st.lists(
    st.recursive(st.one_of(WORDS, outputs()), _blocks, max_leaves=8), min_size=1, max_size=6
).map("".join)
TEXTS = st.one_of(st.text(max_size=8), st.just('<script>&"'), st.just("{{ b }}"))
ITEMS = st.lists(
    st.fixed_dictionaries({"name": TEXTS, "price": st.one_of(TEXTS, st.integers(-9, 9))}), max_size=3
)
VALUES = st.fixed_dictionaries(
    {
        "a": TEXTS,
        "b": TEXTS,
        "n": st.integers(-99, 99),
        "items": ITEMS,
        "none": st.none(),
        "empty": st.just([]),
    }
)


def _outcome(render: Any, values: dict[str, Any]) -> str:
    try:
        return str(render(values))
    except LiquidError as error:
        return type(error).__name__


@settings(max_examples=400, deadline=None, derandomize=True)
@given(source=TEMPLATES, values=VALUES, html=st.booleans())
def test_both_renderers_give_the_same(source: str, values: dict[str, Any], html: bool) -> None:
    try:
        template = language.parse(source, html=html)
    except language.Broken:
        return
    assert _outcome(fast.compiled(template), values) == _outcome(template.render, values)
