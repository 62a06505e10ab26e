"""What every kind of block must keep to: it compiles as it is added, says everything as text, loads nothing."""

import re

import pytest

from channels.formats.email import UnknownMarkup
from channels.messages import compiler
from channels.messages.blocks import Block, blocks
from channels.messages.page import Look
from tests.factories import ProductFactory

LOOK = Look(
    "#0f766e", "", {"de": "Kaufhaus Linden GmbH\nKöln"}, "Kaufhaus <Linden>", "https://linden.example"
)
NASTY = '<b>"quoted"</b> & {{ first_name }} ]]> -- zq0qz'
ALL = list(blocks)


def _compile(fields: dict[str, object], language: str = "de") -> compiler.Compiled:
    draft = compiler.Draft(language, "Hallo", "", [fields])
    return compiler.compile_draft(draft, LOOK, marketing=True, constants={})


def _filled(block: Block) -> dict[str, object]:
    """The block with nasty words in every text and a link in every address."""
    fields = {"id": "b1", "kind": block.key, **block.new("de")}
    fields |= dict.fromkeys(block.texts, NASTY) | dict.fromkeys(
        block.links, "https://linden.example/?a=1&b=2"
    )
    if "products" in block.Form.base_fields:
        fields["products"] = [ProductFactory(link="https://linden.example/p").pk for _number in range(3)]
    return fields


@pytest.mark.django_db
@pytest.mark.parametrize("block", ALL, ids=lambda block: block.key)
def test_a_block_compiles_as_it_is_added(block: Block) -> None:
    assert block.label
    assert block.icon
    assert _compile({"id": "b1", "kind": block.key, **block.new("en")}, "en").html.startswith(
        "<!doctype html>"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("block", ALL, ids=lambda block: block.key)
def test_words_stay_words_and_merge_fields_survive(block: Block) -> None:
    compiled = _compile(_filled(block))
    body = compiled.html.split("<body", 1)[1]
    assert "<b>" not in body
    if block.texts and block.key != "products":
        assert "{{ first_name }}" in compiled.html
        assert "{{ first_name }}" in compiled.text
        assert "zq0qz" in compiled.html
        assert '"quoted"' in compiled.text


@pytest.mark.django_db
@pytest.mark.parametrize("block", ALL, ids=lambda block: block.key)
def test_every_link_of_a_block_is_counted_and_stands_in_the_text_too(block: Block) -> None:
    compiled = _compile(_filled(block))
    own = [target for target in compiled.targets if target.label != LOOK.shop_name]
    if block.links or block.key == "products":
        assert own
    for target in own:
        mark = f"{{{{ link_{target.position} }}}}"
        assert mark in compiled.html
        assert mark in compiled.text
    assert "linden.example/" not in compiled.html


@pytest.mark.django_db
@pytest.mark.parametrize("block", ALL, ids=lambda block: block.key)
def test_a_mail_loads_nothing_but_pictures(block: Block) -> None:
    html = _compile(_filled(block)).html
    assert "<script" not in html
    assert "@import" not in html
    assert not re.search(r"<link\b", html)
    assert 'lang="de"' in html
    assert "color-scheme" in html


@pytest.mark.django_db
@pytest.mark.parametrize("block", ALL, ids=lambda block: block.key)
def test_what_stands_before_and_behind_a_block_is_in_a_strip_of_the_card(block: Block) -> None:
    """Not in the head of the mail, and not in the last of several columns."""
    around = [{"id": n, "kind": "text", "text": f"Absatz {n}"} for n in "12"]
    draft = compiler.Draft("de", "Hallo", "", [around[0], _filled(block), around[1]])
    html = compiler.compile_draft(draft, LOOK, marketing=True, constants={}).html
    head, *strips = html.split('class="card')
    assert "Kaufhaus" in head
    assert "Absatz" not in head
    behind = next(strip for strip in strips if "Absatz 2" in strip)
    if block.key in ("products", "recommendations", "cart", "back_in_stock"):
        assert "mj-column-per-33" not in behind
        assert ".name }}" not in behind


@pytest.mark.django_db
def test_the_footer_is_last_and_cannot_be_left_out_of_marketing() -> None:
    compiled = _compile({"id": "b1", "kind": "text", "text": "Hallo"})
    assert compiled.html.rindex("{{ opt_out_url }}") > compiled.html.index("Hallo")
    assert "Kaufhaus Linden GmbH<br />Köln" in compiled.html
    assert "Newsletter abbestellen: {{ opt_out_url }}" in compiled.text
    moved = compiler.complete([{"id": "f", "kind": "footer"}, {"id": "t", "kind": "text"}], marketing=True)
    assert [each["kind"] for each in moved] == ["text", "footer"]


def test_markup_that_mjml_does_not_know_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(blocks["divider"]), "mjml", lambda self, fields, page: "<mj-carousel />")
    with pytest.raises(UnknownMarkup, match="mj-carousel"):
        _compile({"id": "b1", "kind": "divider"})
