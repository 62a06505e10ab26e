"""What a marketer, or somebody with her password, could write into a template: inert text, or refused."""

import itertools
import os
import time

import pytest
from django.utils import translation

from channels.messages import checks, fast, language
from channels.messages.page import Look, Page

CANARY = "canary-4f1d9"
VALUES = {
    "first_name": "Anna",
    "big": "x" * 10_000,
    "items": [{"name": "A", "link": "https://a.example"}] * 12,
    "number": 7,
}
ROOTS = [
    "first_name",
    "items",
    "number",
    "p",
    "forloop",
    "self",
    "request",
    "settings",
    "env",
    "context",
    "config",
]
ATTRIBUTES = [
    "__class__", "__class__.__mro__", "__init__.__globals__", "__dict__", "__subclasses__", "format",
    "upper.__self__", "__globals__.os.environ", "constructor.prototype", "_meta", "env", "template",
    "globals", "locals", "SECRET_KEY", "password"
]  # fmt: skip
TAGS = [
    "include", "render", "extends", "block", "load", "debug", "csrf_token", "url", "static", "import",
    "from", "macro", "call", "set", "raw", "endraw", "doc", "comment", "liquid", "capture", "assign",
    "increment", "decrement", "cycle", "tablerow", "case", "ifchanged", "autoescape", "ssi", "now",
    "with", "get_admin_log", "layout", "echo", "python", "exec", "eval"
]  # fmt: skip
FILTERS = [
    "safe", "raw", "escape", "attr", "map", "format", "pprint", "eval", "exec", "date", "where", "join",
    "split", "sort", "concat", "newline_to_br", "strip_html", "base64_decode", "escapejs", "json",
    "inspect", "reverse", "compact", "uniq", "sum", "find", "has", "reject", "h", "html_safe",
    "to_json", "call", "render", "include", "open", "read", "env", "getattr"
]  # fmt: skip
FOREIGN = [
    "${7*7}", "#{7*7}", "<%= 7*7 %>", "{{ 7*7 }}", "{{= 7 }}", "{{{ first_name }}}", "{# x #}", "@{first_name}",
    "{{ ''.join }}", "{{ [].size }}", "{{ config.items() }}", "{{ cycler.__init__ }}", "{{ lipsum() }}",
    "{{ first_name() }}", "{{ first_name.upper() }}", "{{ 'a'.format(b) }}", "{{ settings.SECRET_KEY }}",
    "{% if request.user.is_staff %}x{% endif %}", "{% for k in settings %}{{ k }}{% endfor %}",
    "{{ now }}", "{{ today }}", "{{ items[first_name] }}", "{{ items['__class__'] }}", "{{ items[0]['__class__'] }}",
    "{% for c in first_name %}{{ c.__class__ }}{% endfor %}", "{{ 'javascript:alert(1)' }}", "{{ '<script>' }}",
    "{{ first_name | default: settings }}", "{{ first_name", "{% if", "{% for x in", "}}{{", "{%", "{{}}", "{%%}",
    "{{ (1..1000000000) }}", "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% if (1..9999999999) contains 1.5 %}{% endif %}",
    "{{ (1..99999999) | size }}", "{% for i in (1..number) %}x{% endfor %}", "{{ big | times: big }}",
]  # fmt: skip
LOOP = "{% for p in items %}"
BOMBS = [
    "{{ big" + ' | append: "y" | replace: "x", "xxxxxxxxxx"' * 6 + " }}",
    '{{ "a"' + ' | replace: "a", "aaaaaaaaaa"' * 12 + " }}",
    '{{ big | replace: "", big }}',
    "{{ big" + " | append: big" * 200 + " }}",
    "{{ 9" + " | times: 999999999999" * 400 + " }}",
    "{{ 9.9" + " | times: 1000000000.5" * 400 + " }}",
    LOOP * 3 + "x" + "{% endfor %}" * 3,
    LOOP * 8 + "x" + "{% endfor %}" * 8,
    LOOP * 40 + "x" + "{% endfor %}" * 40,
    "{% if first_name %}" * 200 + "x" + "{% endif %}" * 200,
    LOOP + "{{ big }}" * 20 + "{% endfor %}",
    "{{ big }}" * 100,
    "x" * 150_000,
    "{{" + " " * 19_000,
    "{{ first_name" + " | upcase" * 2_000 + " }}",
    "{{ " * 5_000,
    "{% for " * 2_000,
    "{{ 1" + "1" * 10_000 + " | plus: 1 }}",
    "{{ first_name " + "| slice: 99999999999999999999 " * 50 + "}}",
    "{{ first_name | truncate: 99999999999, big }}" * 50,
]


def _payloads() -> list[str]:
    reads = [f"{{{{ {root}.{attribute} }}}}" for root, attribute in itertools.product(ROOTS, ATTRIBUTES)]
    tags = [f"{{% {tag} {argument} %}}" for tag in TAGS for argument in ("", "'/etc/passwd'", "x = settings")]
    filters = [f"{{{{ first_name | {name}{argument} }}}}" for name in FILTERS for argument in ("", ": '%x'")]
    return [*reads, *tags, *filters, *FOREIGN, *BOMBS]


PAYLOADS = _payloads()


@pytest.fixture(autouse=True)
def _canary(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    monkeypatch.setitem(os.environ, "STAMMKUNDE_CANARY", CANARY)
    settings.SECRET_KEY = CANARY  # type: ignore[attr-defined]


def _render(payload: str, *, html: bool) -> str:
    """The rendered text, or "" when it was refused at either step."""
    try:
        template = language.parse(payload, html=html)
        return fast.compiled(template)(VALUES)
    except (language.Broken, language.LiquidError):
        return ""


def test_the_corpus_is_large() -> None:
    assert len(set(PAYLOADS)) >= 300


@pytest.mark.parametrize("html", [False, True])
def test_no_payload_gets_anything_out(html: bool) -> None:
    for payload in PAYLOADS:
        began = time.process_time()
        text = _render(payload, html=html)
        took = time.process_time() - began
        assert took < 0.2, (took, payload[:80])
        assert len(text.encode()) <= 100_000, payload[:80]
        assert CANARY not in text
        for leak in ("<class", "<built-in", "<bound", "object at 0x", "49", "passwd:"):
            assert leak not in text or leak in payload, (payload[:80], text[:80])
        if html:
            assert "<script" not in text.replace(payload, "")


def test_what_is_not_inert_is_refused_where_it_is_written() -> None:
    """Each payload that means something to the parser is a fault in the editor, before any preview."""
    for payload in [
        p for p in PAYLOADS if p.startswith(("{{ request", "{{ settings", "{% include", "{% load"))
    ]:
        assert list(checks.template_faults(payload)), payload


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("a\nb {{ first_nam }}", "Line 2: there is no field “first_nam”. Is “first_name” meant?"),
        ("{{ first_name | upcas }}", "Line 1: the filter “upcas” does not exist."),
        ("{% include 'x' %}", "Line 1: the command “include” does not exist here."),
        ("{% for p in last_products %}x", "A command is not closed: {% endfor %} is missing."),
        ("{{ first_name", "Line 1: a curly bracket is not closed."),
        ("{{ }}", "An expression in curly brackets is empty or incomplete."),
        ("\n\n{% if first_name = 1 %}x{% endif %}", "Line 3: “{% if first_name = 1 %}x{% endif %}” is not understood."),
        ("{% for p in last_products %}{{ p.prise }}{% endfor %}",
         "Line 1: there is no field “prise”. Is “price” meant?"),
        ("{{ first_name.last }}", "Line 1: there is no field “last”."),
    ],
)  # fmt: skip
def test_a_broken_template_is_told_with_its_line(template: str, sentence: str) -> None:
    assert list(checks.template_faults(template)) == [sentence]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "www.linden.example", "https://", "https://a b.example", "//x.example",
     "https://user:secret@linden.example/", "{% if 1 %}https://a.example{% endif %}"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(address: str) -> None:
    page = Page("de", Look("#0f766e", "", {}, "", ""))
    assert list(checks.link_faults(address, page))


@pytest.mark.parametrize(
    "address",
    ["https://linden.example/?a=1", "mailto:post@linden.example", "tel:+49511", "{{ shop_url }}/x", "{{ opt_out_url }}"]
)  # fmt: skip
def test_an_address_that_is_one_is_taken(address: str) -> None:
    page = Page("de", Look("#0f766e", "", {}, "", ""))
    assert not list(checks.link_faults(address, page))


def test_a_field_may_be_asked_for_as_its_label_calls_it() -> None:
    with translation.override("de"):
        [sentence] = checks.template_faults("Hallo {{ Vorname }}")
    assert "first_name" in sentence
