"""From a frozen version to what each person reads."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels import links
from channels.messages import rendering, versions
from channels.messages.rendering import Rendered, RenderFault
from channels.models import Link, MessageVersion
from customers.models import Customer, Product
from tests.channels import mails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_cache() -> None:
    rendering.forget()


def _freeze(*blocks: dict[str, object], languages: tuple[str, ...] = ("de",)) -> MessageVersion:
    return versions.freeze(mails.message(*blocks, languages=languages), None)


def _render(version: MessageVersion, person: Customer, **fields: object) -> Rendered:
    result = rendering.render([mails.row(version, person, **fields)], mails.NOW)[1]
    assert isinstance(result, Rendered), result
    return result


def test_each_person_gets_her_own_words() -> None:
    version = _freeze(mails.text("{{ salutation }}, gruß aus {{ city }}"))
    anna, bert = mails.customer(city="Köln"), mails.customer(first_name="Bert", last_name="", city="Bonn")
    results = rendering.render([mails.row(version, anna, 1), mails.row(version, bert, 2)], mails.NOW)
    assert results[1].subject == "Hallo Anna"
    assert "Guten Tag Anna Lindner, gruß aus Köln" in results[1].html
    assert "Guten Tag Anna Lindner, gruß aus Köln" in results[1].text
    assert "Guten Tag, gruß aus Bonn" in results[2].text


def test_a_batch_takes_as_many_queries_as_one_row() -> None:
    version = _freeze(
        mails.text("{{ salutation }} {{ store_name }} {% for p in last_products %}{{ p.name }}{% endfor %}")
    )
    people = [mails.customer(email=f"{number}@example.org") for number in range(30)]
    rows = [mails.row(version, person, number) for number, person in enumerate(people)]
    rendering.render(rows[:1], mails.NOW)
    with CaptureQueriesContext(
        connection,
    ) as one:
        rendering.render(rows[:1], mails.NOW)
    with CaptureQueriesContext(connection) as many:
        rendering.render(rows, mails.NOW)
    assert len(many) == len(one) <= 10


@pytest.mark.parametrize(
    ("language", "expected"), [("de", "DE"), ("de-AT", "DE"), ("en", "EN"), ("fr", "DE"), ("", "DE")]
)
def test_a_missing_language_falls_back(language: str, expected: str) -> None:
    message = mails.message(mails.text("DE"))
    mails.content(message, "en", mails.text("EN"))
    version = versions.freeze(message, None)
    assert expected in _render(version, mails.customer(), language=language).text


def test_without_any_fitting_language_only_that_row_is_faulty() -> None:
    message = mails.message(mails.text("FR"), languages=())
    mails.brand(imprint={"fr": "Kaufhaus"})
    mails.content(message, "fr", mails.text("FR"))
    version = versions.freeze(message, None)
    rows = [mails.row(version, mails.customer(), 1, language="fr"), mails.row(version, mails.customer(), 2)]
    results = rendering.render(rows, mails.NOW)
    assert isinstance(results[1], Rendered)
    assert isinstance(results[2], RenderFault)


def test_tracked_links_name_the_delivery_and_untracked_ones_nobody() -> None:
    version = _freeze(mails.button("https://linden.example/sale?a=1&b=2"))
    link = Link.objects.get(content__version=version, label="Los")
    assert link.url == "https://linden.example/sale?a=1&b=2"
    tracked = _render(version, mails.customer(), tracked=True)
    plain = _render(version, mails.customer(), tracked=False)
    assert f"/c/{links.click_token(link.pk, 1)}/" in tracked.html
    assert f"/c/{links.click_token(link.pk, 1)}/" in tracked.text
    assert f"/c/{links.anonymous_token(link.pk)}/" in plain.html
    assert links.click_token(link.pk, 1) not in plain.html + plain.text
    for result in (tracked, plain):
        assert "linden.example/sale" not in result.html + result.text
        assert f"/u/{links.opt_out_token(1)}/" in result.html
        assert f"/u/{links.opt_out_token(1)}/" in result.text
        assert f"/u/{links.opt_out_token(1)}/" in result.opt_out_url


def test_data_never_becomes_code_markup_or_a_header() -> None:
    version = _freeze(mails.text("Hallo {{ first_name }}"))
    name = "{{ last_name }}\r\nBcc: x@example.org <script>alert(1)</script>"
    result = _render(version, mails.customer(first_name=name, last_name="SECRET"))
    assert "\r" not in result.subject
    assert "\n" not in result.subject
    assert "SECRET" not in result.subject + result.html + result.text
    assert "<script" not in result.html
    assert "&lt;script&gt;" in result.html
    assert "<script>" in result.text


def test_a_poisonous_customer_stops_only_her_own_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    version = _freeze(mails.text("{{ city }}{{ first_name }}"))
    gone = mails.customer(erased_at=mails.NOW)
    people = [mails.customer(), gone, mails.customer(first_name="😀 مرحبا")]
    rows = [mails.row(version, person, number) for number, person in enumerate(people)]
    rows.append(mails.Row(9, 10**9, version.pk))
    results = rendering.render(rows, mails.NOW)
    assert [type(results[number]) for number in (0, 1, 2, 9)] == [
        Rendered,
        RenderFault,
        Rendered,
        RenderFault,
    ]
    assert "😀 مرحبا" in results[2].html


@pytest.mark.parametrize("name", ["store_name", "order.number", "order.lines.first.title"])
def test_a_field_without_a_value_is_named(name: str) -> None:
    content = rendering.from_templates("de", f"{{{{ {name} }}}}", "", "", ())
    fault = rendering.filled(content, {"first_name": "A", "order": {}})
    assert isinstance(fault, RenderFault)
    assert name.split(".first")[0] in fault.sentence


def test_a_field_of_a_megabyte_is_a_fault_of_that_row() -> None:
    version = _freeze(mails.text("{{ store_name }}"))
    content = rendering.chosen(mails.row(version, mails.customer()))
    values = {
        "first_name": "A",
        "store_name": "x" * 1_000_000,
        "opt_out_url": "u",
        "preferences_url": "p",
        "link_1": "",
    }
    assert isinstance(rendering.filled(content, values), RenderFault)


def test_chosen_products_show_the_catalogue_at_the_moment_of_sending() -> None:
    mails.shop()
    product = Product.objects.create(
        sku="B1", names={"de": "Bluse & Rock"}, price=4990, currency="EUR", link="https://linden.example/b1"
    )
    version = _freeze({"id": "p", "kind": "products", "products": [product.pk], "label": "Ansehen"})
    Product.objects.update(price=3990)
    result = _render(version, mails.customer())
    assert "39,90" in result.html
    assert "49,90" not in result.html
    assert "Bluse &amp; Rock" in result.html
    assert "Bluse & Rock, 39,90" in result.text
    link = Link.objects.get(content__version=version, url="https://linden.example/b1")
    assert links.click_token(link.pk, 1) in result.html


def test_a_link_from_data_leads_only_to_the_web() -> None:
    version = _freeze(mails.text("{% for p in last_products %}[x]({{ p.link }}){% endfor %}"))
    content = rendering.chosen(mails.row(version, mails.customer()))
    for link, expected in (
        ("javascript:alert(1)", "#"),
        ("https://ok.example/?a=1&b=2", "https://ok.example"),
    ):
        values = {
            "first_name": "",
            "last_products": [{"link": link}],
            "opt_out_url": "u",
            "preferences_url": "p",
            "link_1": "l",
        }
        result = rendering.filled(content, values)
        assert f'href="{expected}' in result.html
        assert "javascript" not in result.html


def test_a_loop_around_list_items_makes_one_list() -> None:
    version = _freeze(
        mails.text("Zuletzt:\n{% for p in last_products %}\n- {{ p.name }}\n{% endfor %}\nEnde")
    )
    content = rendering.chosen(mails.row(version, mails.customer()))
    values = {
        "first_name": "",
        "last_products": [{"name": "A"}, {"name": "B"}],
        "opt_out_url": "",
        "preferences_url": "",
        "link_1": "",
    }
    result = rendering.filled(content, values)
    assert result.html.count("<ul") == 1
    assert result.html.count("<li") == 2
    assert [line for line in result.text.splitlines() if line.startswith("- ")] == ["- A", "- B"]
