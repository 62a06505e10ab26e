"""What is guessed, and what is asked instead."""

from pathlib import Path

import pytest

from customers.imports import guessing
from tests.customers import importing

pytestmark = pytest.mark.django_db


def options(folder: Path, text: str, kind: str = "orders"):
    return importing.guessed(importing.file(folder, text), kind)


def asked(folder: Path, text: str, kind: str = "orders") -> set[str]:
    head = guessing.head(importing.file(folder, text))
    return {question.option for question in guessing.questions(kind, head, guessing.options(kind, head))}


def test_the_online_retail_set_is_known_by_its_headers(tmp_path: Path) -> None:
    found = options(
        tmp_path,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom\n",
    )
    assert found.mapping == {
        "number": "InvoiceNo",
        "sku": "StockCode",
        "name": "Description",
        "quantity": "Quantity",
        "placed_at": "InvoiceDate",
        "unit_price": "UnitPrice",
        "customer": "CustomerID",
        "country": "Country",
    }
    assert (found.zone, found.currency, found.refund_prefix, found.decimal) == (
        "Europe/London",
        "GBP",
        "C",
        ".",
    )
    assert found.is_service("gift_0001_20")
    assert found.is_service("m")
    assert not found.is_service("85123A")


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Bestellnr;Artikel;Stueckpreis;Waehrung", {"sku": "Artikel", "currency": "Waehrung"}),
        ("Bestellnr;Artikel;Bezeichnung;Stückpreis;Währung", {"sku": "Artikel", "name": "Bezeichnung"}),
        ("Bestellnr;Artikelnr;Artikel;STÜCKPREIS;WÄHRUNG", {"sku": "Artikelnr", "name": "Artikel"}),
    ],
)
def test_headers_are_known_however_umlauts_are_written(
    tmp_path: Path, header: str, found: dict[str, str]
) -> None:
    mapping = options(tmp_path, f"{header}\n").mapping
    assert found.items() <= mapping.items()
    assert {"unit_price", "currency"} <= mapping.keys()


def test_german_headers_are_known(tmp_path: Path) -> None:
    found = options(
        tmp_path,
        "Bestell-Nr.;Bestelldatum;Artikel-Nr.;Menge;Einzelpreis;Kunden-Nr.\n1;2.11.2026;A1;1;3,50 €;7\n",
    )
    assert found.mapping == {
        "number": "Bestell-Nr.",
        "placed_at": "Bestelldatum",
        "sku": "Artikel-Nr.",
        "quantity": "Menge",
        "unit_price": "Einzelpreis",
        "customer": "Kunden-Nr.",
    }
    assert (found.decimal, found.currency, found.language) == (",", "EUR", "de")


@pytest.mark.parametrize(
    ("cells", "sign"),
    [
        (["1.50", "2"], "."),
        (["1,50", "2"], ","),
        (["1.234,56"], ","),
        (["1,234.56"], "."),
        (["1.234.567"], ","),
        (["0.001"], "."),
        (["1234.567"], "."),
        (["12", "7"], "."),
        (["1,234"], ""),
        (["1,234", "5.678"], ""),
        (["1,5", "1.5"], ""),
    ],
)
def test_the_decimal_sign_is_told_by_the_numbers_or_left_open(cells: list[str], sign: str) -> None:
    assert guessing.decimal(cells) == sign


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (["13/04/2011"], True),
        (["04/13/2011"], False),
        (["03/04/2011"], None),
        (["13/04/2011", "04/13/2011"], None),
        (["2011-04-13"], None),
    ],
)
def test_the_order_of_day_and_month_is_told_by_the_dates_or_left_open(
    cells: list[str], first: bool | None
) -> None:
    assert guessing.day_first(cells) is first


@pytest.mark.parametrize(
    ("date", "price", "questions"),
    [
        ("2026-11-02", "2.50", {"currency"}),
        ("03/04/2026", "2.50 EUR", {"day_first"}),
        ("3.4.2026", "1,234 EUR", {"decimal"}),
    ],
)
def test_what_cannot_be_told_is_asked(tmp_path: Path, date: str, price: str, questions: set[str]) -> None:
    quoted = f'number,date,sku,quantity,price\n1,{date},A1,1,"{price}"\n'
    assert asked(tmp_path, quoted) == questions


def test_a_date_that_contradicts_the_order_is_refused_not_turned(tmp_path: Path) -> None:
    lines = [importing.line("1", date="13/04/2026"), importing.line("2", date="04/13/2026")]
    job = importing.run(tmp_path, importing.orders(*lines), day_first=True)
    assert importing.reasons(job) == {3: "date"}


def test_missing_columns_are_named(tmp_path: Path) -> None:
    from customers.imports import reasons
    from customers.imports.faults import FileRefused

    with pytest.raises(FileRefused) as refused:
        importing.run(tmp_path, "number,date,price\n1,2026-11-02,2\n")
    assert reasons.fault(refused.value.code, refused.value.facts) == (
        "There is no column for: Article number, Quantity. Choose it among: number, date, price."
    )
