"""The file of rejected lines: corrected and uploaded again, exactly those lines join their orders, once."""

import csv
import io
from pathlib import Path

import pytest

from customers.imports import carried, reasons
from customers.models import Identity, ImportJob, Order, OrderLine, Rejection
from tests.customers import importing
from tests.customers.importing import line, orders, run
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db
FILE = orders(
    line("1", sku="A1"),
    line("1", sku="B2", quantity="two"),
    line("2", sku="A1", price="?"),
    line("3", quantity="-"),
    line("3"),
)


def rejected(job: ImportJob) -> list[list[str]]:
    words = {key: str(text) for key, text in reasons.LINES.items()}
    text = "".join(carried.written(job, words, ",")).removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(text, newline="")))


def written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def corrected(job: ImportJob, *cells: tuple[int, str, str]) -> str:
    """The job's rejected lines with (row, column, text) put right."""
    rows = rejected(job)
    for row, column, text in cells:
        rows[row][rows[0].index(column)] = text
    return written(rows)


def order_rows() -> list[tuple]:
    lines = OrderLine.objects.order_by("order__number", "product__sku")
    return list(lines.values_list("order__number", "product__sku", "quantity", "order__total"))


def test_the_file_names_source_line_column_and_reason_beside_the_original_cells(tmp_path: Path) -> None:
    job = run(tmp_path, FILE)
    header, first, *_others = rejected(job)
    assert header == ["source_file", "source_line", "column", "reason", *importing.ORDERS.split(",")]
    assert first == [
        f"orders.csv#{job.digest}",
        "3",
        "quantity",
        "is not a number in the chosen notation",
        *line("1", sku="B2", quantity="two").split(","),
    ]


def test_corrected_lines_join_their_orders_once(tmp_path: Path) -> None:
    job = run(tmp_path, FILE)
    mended = corrected(job, (1, "quantity", "2"), (2, "price", "2.50"), (3, "quantity", "still no number"))
    second = run(tmp_path, mended, name="mended.csv")
    assert (second.imported, second.rejected, second.unchanged) == (2, 1, 0)
    once = [("1", "A1", 1, 750), ("1", "B2", 2, 750), ("2", "A1", 1, 250), ("3", "A1", 1, 250)]
    assert order_rows() == once
    for name in ("mended.csv", "other name.csv"):
        again = run(tmp_path, mended + ("\r\n" if name.startswith("other") else ""), name=name)
        assert (again.imported, again.unchanged, again.rejected) == (0, 2, 1)
    assert order_rows() == once


def test_what_is_still_wrong_keeps_its_place_and_can_be_corrected_from_either_file(tmp_path: Path) -> None:
    first = run(tmp_path, FILE)
    second = run(tmp_path, corrected(first, (1, "quantity", "2"), (2, "price", "2.50")), name="b.csv")
    assert [row[1] for row in rejected(second)[1:]] == ["5"]
    third = run(tmp_path, corrected(second, (1, "quantity", "4")), name="c.csv")
    assert third.imported == 1
    assert not Rejection.objects.filter(resolved_by=None).exists()
    assert rejected(first)[1:] == []
    assert ("3", "A1", 4, 1250) in order_rows()


def test_the_options_of_the_first_run_apply_to_its_corrected_lines(tmp_path: Path) -> None:
    text = "Beleg;Datum;Artikel-Nr.;Menge;Preis\n1;3/4/2026;A1;1;3,50\n1;3/4/2026;B2;x;1.000,50\n"
    told = {"day_first": True, "mapping": {"number": "Beleg", "placed_at": "Datum"}}
    head = {"sku": "Artikel-Nr.", "quantity": "Menge", "unit_price": "Preis"}
    first = run(tmp_path, text, **(told | {"mapping": told["mapping"] | head}))
    path = importing.file(tmp_path, corrected(first, (1, "Menge", "1")), "b.csv")
    job = importing.begin(path)
    assert job.options["decimal"] == ","
    assert job.options["mapping"]["number"] == "Beleg"
    assert importing.finish(job).imported == 1
    assert Order.objects.get().total == 100_400


def test_a_line_that_was_never_refused_or_comes_from_elsewhere_is_not_let_in(tmp_path: Path) -> None:
    job = run(tmp_path, FILE)
    header, row, *_others = rejected(job)
    known = [row[0], "2", *row[2:]]
    elsewhere = [f"x.csv#{'0' * 64}", *row[1:]]
    nonsense = ["x.csv", *row[1:]]
    beyond = [row[0], "999", *row[2:]]
    rows = [[*r[:7], "1", *r[8:]] for r in (known, elsewhere, nonsense, beyond)]
    again = run(tmp_path, written([header, *rows]), name="b.csv")
    assert (again.imported, again.unchanged) == (0, 1)
    assert importing.reasons(again) == {3: "origin", 4: "origin", 5: "origin"}


def test_lines_with_too_few_or_too_many_cells_come_back_as_they_were(tmp_path: Path) -> None:
    job = run(tmp_path, orders("1,2026-11-02", line() + ",more", line("2")))
    rows = rejected(job)
    assert rows[1][4:] == ["1", "2026-11-02"]
    rows[1] = [*rows[1][:4], *line("1").split(",")]
    rows[2] = rows[2][:-1]
    assert run(tmp_path, written(rows), name="b.csv").imported == 2


def test_formulas_leave_inert_and_come_back_verbatim(tmp_path: Path) -> None:
    formulas = ["=1+1", "@x", "'=already", "\tx", "\nx", "＝1+1", "＠x", "-1+cmd|x"]
    cells = [*formulas, "+49", "-5", "plain"]
    assert all(carried.inert(cell).startswith("'") for cell in formulas)
    assert [carried.verbatim(carried.inert(cell)) for cell in cells] == cells
    job = run(tmp_path, orders(line(name="=cmd|x", quantity="?")))
    row = rejected(job)[1]
    assert row[7] == "'=cmd|x"
    run(tmp_path, corrected(job, (1, "quantity", "1")), name="b.csv")
    assert OrderLine.objects.get().product.names == {"en": "=cmd|x"}


def test_a_column_named_like_a_formula_leaves_inert_and_comes_back_verbatim(tmp_path: Path) -> None:
    head = importing.ORDERS.replace("name", "=name()")
    told = {"mapping": {"name": "=name()"} | {key: key for key in ("number", "sku", "quantity")}}
    told["mapping"] |= {"placed_at": "date", "unit_price": "price"}
    job = run(tmp_path, orders(line(quantity="?")).replace(importing.ORDERS, head), **told)
    assert "'=name()" in rejected(job)[0]
    again = run(tmp_path, corrected(job, (1, "quantity", "1")), name="b.csv")
    assert (again.imported, again.options["mapping"]["name"]) == (1, "=name()")
    assert OrderLine.objects.get().product.names == {"en": "Mug"}


def test_lines_refused_for_a_store_go_in_when_the_same_file_comes_after_the_store(tmp_path: Path) -> None:
    text = "number,date,sku,quantity,price,store\n1,2026-11-02,A1,1,5.00,\n1,2026-11-02,B2,1,5.00,9\n"
    assert importing.reasons(run(tmp_path, text)) == {3: "store"}
    StoreFactory(number="9")
    again = run(tmp_path, text)
    assert (again.imported, again.unchanged) == (1, 1)
    assert Order.objects.get().total == 1000
    assert run(tmp_path, text).unchanged == 2


def test_a_dry_run_of_corrected_lines_leaves_them_open(tmp_path: Path) -> None:
    job = run(tmp_path, FILE)
    path = importing.file(tmp_path, corrected(job, (1, "quantity", "2")), "b.csv")
    tried = importing.finish(importing.begin(path, dry_run=True))
    assert (tried.imported, tried.rejected) == (1, 2)
    assert Rejection.objects.filter(job=job, resolved_by=None).count() == 3
    assert importing.finish(importing.begin(path)).imported == 1


def test_corrected_customers_are_let_in_once(tmp_path: Path) -> None:
    text = "number,email\n1,anna@example.org\n2,not an address\n"
    job = run(tmp_path, text, "customers", name="people.csv")
    assert importing.reasons(job) == {3: "email"}
    mended = corrected(job, (1, "email", "berta@example.org"))
    assert run(tmp_path, mended, "customers", name="b.csv").imported == 1
    assert Identity.objects.get(number="2").customer.email == "berta@example.org"
    assert run(tmp_path, mended, "customers", name="b.csv").unchanged == 1
