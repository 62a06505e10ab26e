"""Product files: upsert by article number, whatever its case."""

from pathlib import Path

import pytest

from customers.models import Category, Product
from customers.signals import products_changed
from tests.customers import importing

pytestmark = pytest.mark.django_db
HEADER = "Artikelnummer;Bezeichnung;Name EN;Kategorie;Preis;EK;Bestand;Bild;Link\n"


def run(folder: Path, text: str, **told):
    return importing.run(folder, text, "products", name="products.csv", **told)


def test_articles_are_made_with_category_tree_prices_and_stock(tmp_path: Path) -> None:
    link = "https://shop.example/a1"
    job = run(tmp_path, HEADER + f"A1;Becher;Mug;Wohnen > Küche > Becher;1.012,90;4,5;7;{link}.jpg;{link}\n")
    article = Product.objects.select_related("category").get()
    assert (article.names, article.price, article.cost, article.currency, article.stock) == (
        {"de": "Becher", "en": "Mug"},
        101290,
        450,
        "EUR",
        7,
    )
    assert (article.link, article.picture, article.kind) == (link, f"{link}.jpg", "merchandise")
    assert article.category.path == "Wohnen/Küche/Becher"
    assert list(Category.objects.values_list("path", "parent__path")) == [
        ("Wohnen", None),
        ("Wohnen/Küche", "Wohnen"),
        ("Wohnen/Küche/Becher", "Wohnen/Küche"),
    ]
    assert importing.notices(job) == {"products_made": 1}


def test_a_later_file_changes_what_it_says_and_tells_of_it(tmp_path: Path) -> None:
    run(tmp_path, "sku,name,price,stock\nA1,Mug,2.50,7\nB2,Cup,3.00,2\n")
    heard: list[list[int]] = []

    def listen(ids, **said) -> None:
        heard.append(ids)

    products_changed.connect(listen)
    try:
        job = run(tmp_path, "sku,name,price,stock\na1,,2.00,\nB2,Cup,3.00,2\nc3,Jug,9.00,0\n")
    finally:
        products_changed.disconnect(listen)
    articles = {article.sku: article for article in Product.objects.all()}
    assert sorted(articles) == ["A1", "B2", "c3"]
    assert (articles["A1"].names, articles["A1"].price, articles["A1"].stock) == ({"en": "Mug"}, 200, 7)
    assert heard == [sorted([articles["A1"].pk, articles["c3"].pk])]
    assert (job.imported, job.unchanged) == (2, 1)


def test_two_lines_of_one_article_are_one_and_the_later_wins(tmp_path: Path) -> None:
    run(tmp_path, "sku,name,stock\nA1,Mug,7\na1,,3\n")
    article = Product.objects.get()
    assert (article.sku, article.stock, article.names) == ("A1", 3, {"en": "Mug"})


@pytest.mark.parametrize("header", ["Marke", "brand", "Manufacturer", "Hersteller"])
def test_a_brand_is_found_in_its_column_and_an_empty_cell_leaves_it(tmp_path: Path, header: str) -> None:
    run(tmp_path, f"sku,{header}\nA1, Velmora \nB2,\n")
    assert dict(Product.objects.values_list("sku", "brand")) == {"A1": "Velmora", "B2": ""}
    job = run(tmp_path, f"sku,{header}\nA1,\nB2,Brenntal\n")
    assert dict(Product.objects.values_list("sku", "brand")) == {"A1": "Velmora", "B2": "Brenntal"}
    assert (job.imported, job.unchanged) == (1, 1)


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("price", "cheap", "number"),
        ("price", "-1", "negative"),
        ("stock", "1.5", "not_whole"),
        ("link", "javascript:alert(1)", "url"),
        ("picture", "cat.jpg", "url"),
        ("currency", "Taler", "currency"),
        ("brand", "x" * 121, "too_long"),
        ("service", "perhaps", "yes_no"),
    ],
)
def test_a_faulty_field_refuses_its_line_only(tmp_path: Path, header: str, cell: str, reason: str) -> None:
    job = run(tmp_path, f"sku,{header}\nA1,\nB2,{cell}\n")
    assert importing.reasons(job) == {3: reason}
    assert Product.objects.get().sku == "A1"


def test_postage_is_no_merchandise(tmp_path: Path) -> None:
    run(tmp_path, "sku,name,service\nVERSAND,Versand,\nV2,Express,ja\nA1,Mug,nein\n")
    kinds = dict(Product.objects.values_list("sku", "kind"))
    assert kinds == {"VERSAND": "service", "V2": "service", "A1": "merchandise"}


def test_prices_follow_the_currency_of_the_line(tmp_path: Path) -> None:
    run(tmp_path, "sku,price,currency\nA1,2.50,EUR\nB2,250,JPY\n")
    assert dict(Product.objects.values_list("sku", "price")) == {"A1": 250, "B2": 250}
