"""Carts from files: one line per cart line, wherever they stand; the same content in whatever chunks they come."""

from pathlib import Path

import pytest

from customers.models import Cart, CartLine, Event, Identity
from tests.customers import importing
from tests.customers.test_import_rejected import corrected
from tests.factories import CustomerFactory, ProductFactory

pytestmark = pytest.mark.django_db
HEADER = "Warenkorbnummer;Kundennummer;Artikelnummer;Menge;Preis;Währung;Link;Letzte Aktivität;Status\n"
FILE = (
    HEADER
    + "W1;7;A1;2;10,00;EUR;https://shop.example/c/1;20.11.2026 10:00;offen\n"
    + "W2;8;B2;1;5,50;EUR;;21.11.2026 11:00;gekauft\n"
    + "W1;7;B2;1;5,50;EUR;;20.11.2026 10:00;offen\n"
    + "W1;7;C3;3;1,00;EUR;;20.11.2026 10:00;offen\n"
)
WHOLE = {"W1": [("A1", 2, 2000), ("B2", 1, 550), ("C3", 3, 300)], "W2": [("B2", 1, 550)]}


def run(folder: Path, text: str = FILE, name: str = "carts.csv", **told):
    return importing.run(folder, text, "carts", name=name, **({"zone": "Europe/Berlin"} | told))


def content() -> dict[str, list[tuple[str, int, int]]]:
    lines = CartLine.objects.order_by("product__sku").values_list(
        "cart__number", "product__sku", "quantity", "amount"
    )
    found: dict[str, list[tuple[str, int, int]]] = {}
    for number, *line in lines:
        found.setdefault(number, []).append(tuple(line))
    return found


@pytest.mark.parametrize("chunk", [10_000, 3, 2, 1])
def test_a_carts_lines_are_joined_in_whatever_chunks_they_come(tmp_path: Path, settings, chunk: int) -> None:
    settings.IMPORT_CHUNK_LINES = chunk
    job = run(tmp_path)
    assert (job.imported, job.rejected, job.unchanged) == (4, 0, 0)
    assert importing.notices(job)["carts"] == 2
    assert content() == WHOLE
    first, second = Cart.objects.order_by("number")
    assert (first.state, first.value, first.items) == ("abandoned", 2850, 6)
    assert first.restore_url == "https://shop.example/c/1"
    assert first.customer == Identity.objects.get(source="shop", number="7").customer
    assert (second.state, second.value) == ("bought", 550)
    assert set(Event.objects.values_list("origin", flat=True)) == {"import"}


@pytest.mark.parametrize("chunk", [10_000, 1])
def test_the_second_run_changes_nothing_also_under_another_name(tmp_path: Path, settings, chunk: int) -> None:
    settings.IMPORT_CHUNK_LINES = chunk
    run(tmp_path)
    events = Event.objects.count()
    assert (run(tmp_path).imported, run(tmp_path).unchanged) == (0, 4)
    other = run(tmp_path, FILE + "\n", name="other.csv")
    assert (other.imported, other.unchanged, other.counts["unchanged"]) == (0, 4, {"cart_known": 4})
    assert Event.objects.count() == events
    assert content() == WHOLE


def test_a_later_state_of_a_cart_replaces_it_and_an_older_one_does_not(tmp_path: Path) -> None:
    run(tmp_path)
    run(tmp_path, HEADER + "W1;7;A1;1;10,00;EUR;;22.11.2026 10:00;offen\n", name="later.csv")
    run(tmp_path, HEADER + "W1;7;Z9;1;10,00;EUR;;1.11.2026 10:00;offen\n", name="older.csv")
    assert content()["W1"] == [("A1", 1, 1000)]


def test_a_corrected_line_joins_its_cart(tmp_path: Path) -> None:
    job = run(tmp_path, FILE.replace("B2;1;5,50;EUR;;20", "B2;x;5,50;EUR;;20"))
    assert importing.reasons(job) == {4: "number"}
    assert run(tmp_path, corrected(job, (1, "Menge", "1")), name="b.csv").imported == 1
    assert content() == WHOLE
    assert run(tmp_path, corrected(job, (0, "Menge", "Menge")), name="c.csv").imported == 0


def test_a_cart_is_found_by_address_and_kept_for_a_browser(tmp_path: Path) -> None:
    anna = CustomerFactory(email="anna@example.org")
    ProductFactory(sku="A1")
    text = (
        "cart number,email,visitor,sku,last activity\n"
        "W1,Anna@example.org,,A1,2026-11-20\n"
        "W2,,v1,A1,2026-11-20\n"
        "W3,other@example.org,,A1,2026-11-20\n"
        "W4,,,A1,2026-11-20\n"
    )
    job = run(tmp_path, text)
    assert importing.reasons(job) == {4: "address_unknown", 5: "nobody"}
    assert Cart.objects.get(number="W1").customer == anna
    assert Cart.objects.get(number="W2").visitor.anonymous_id == "v1"
    assert Cart.objects.count() == 2


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("Status", "vielleicht", "cart_state"),
        ("Link", "javascript:alert(1)", "url"),
        ("Währung", "GBP", "currency"),
        ("Menge", "0", "pieces"),
        ("Artikelnummer", "", "missing"),
        ("Warenkorbnummer", "", "missing"),
        ("Letzte Aktivität", "gestern", "date"),
    ],
)
def test_a_faulty_cell_refuses_its_line_only(tmp_path: Path, column: str, cell: str, reason: str) -> None:
    cells = FILE.splitlines()[1].split(";")
    cells[HEADER.strip().split(";").index(column)] = cell
    job = run(tmp_path, FILE + ";".join(cells) + "\n", currency="EUR")
    assert (job.imported, importing.reasons(job)) == (4, {6: reason})


def test_of_an_erased_persons_cart_every_line_is_refused(tmp_path: Path) -> None:
    gone = CustomerFactory(erased_at=importing.AT)
    Identity.objects.create(customer=gone, source="shop", number="7")
    job = run(tmp_path)
    assert (job.imported, importing.reasons(job)) == (1, {2: "erased", 4: "erased", 5: "erased"})
    assert content() == {"W2": WHOLE["W2"]}
