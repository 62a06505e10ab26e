"""Numbers beyond what a line can be: the line is refused, its neighbours go on, and no import runs for ever."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, IntegrityError, OperationalError

from customers.imports import running
from customers.imports.kinds.orders import OrderReader
from customers.models import Cart, Event, ImportJob, Order, OrderLine, Product, Shop
from tests.customers import importing
from tests.customers.importing import line, orders, run
from tests.customers.test_import_rejected import corrected, rejected, written
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
TOLD = {"kind": "orders", "source": "shop", "zone": "Europe/Berlin", "currency": "EUR"}


def test_a_line_whose_amount_no_order_has_is_refused_and_can_be_corrected(tmp_path: Path) -> None:
    job = run(tmp_path, orders(line("1"), line("1", quantity=2_000_000_000, price="9999999999"), line("2")))
    assert (job.state, job.imported, job.rejected) == ("done", 2, 1)
    assert importing.reasons(job) == {3: "amount_size"}
    assert job.rejections.get().column == "price"
    assert run(tmp_path, corrected(job, (1, "quantity", "2"), (1, "price", "1")), name="b.csv").imported == 1
    assert Order.objects.get(number="1").total == 450


def test_lines_that_only_together_are_too_much_are_refused_too(tmp_path: Path) -> None:
    """Each of them would fit into 64 bits, their sum would not."""
    job = run(tmp_path, orders(*[line("1", quantity=6_000_000, price="9999999999")] * 2))
    assert importing.reasons(job) == {2: "amount_size", 3: "amount_size"}
    assert not Order.objects.exists()
    assert not Product.objects.exists()


def test_the_largest_lines_make_an_order_together(tmp_path: Path) -> None:
    job = run(tmp_path, orders(*[line("1", quantity=10, price="9999999999")] * 3))
    assert job.imported == 3
    assert Order.objects.get().total == 30 * 999_999_999_900


def test_a_known_order_with_such_lines_does_not_stop_the_file(tmp_path: Path) -> None:
    run(tmp_path, orders(line("1")))
    again = orders(line("1", quantity=2_000_000_000, price="9999999999"), line("2"))
    job = run(tmp_path, again, name="b.csv")
    assert (job.state, job.imported) == ("done", 1)
    assert importing.reasons(job) == {2: "amount_size"}


def test_in_the_shops_currency_it_may_be_too_much(tmp_path: Path) -> None:
    run(tmp_path, orders(line("1")))
    text = orders(line("2", quantity=1000, price="1000000"), line("3"))
    job = run(tmp_path, text, name="b.csv", currency="GBP", rate="1000000")
    assert importing.reasons(job) == {2: "amount_size"}
    assert Order.objects.get(number="3").base_total == 250 * 1_000_000


def test_a_cost_that_is_too_much_is_refused_and_one_of_the_catalogue_is_not_taken(tmp_path: Path) -> None:
    ProductFactory(sku="B2", cost=9_999_999_999_00, currency="EUR")
    text = (
        "number,date,sku,quantity,price,cost\n"
        "1,2026-11-02,A1,1000000,0.01,9999999999\n"
        "2,2026-11-02,B2,1000000,0.01,\n"
    )
    job = run(tmp_path, text)
    assert importing.reasons(job) == {2: "cost_size"}
    assert job.rejections.get().column == "cost"
    assert OrderLine.objects.get().cost is None


def test_a_refund_of_more_pieces_than_were_bought_has_no_cost_beyond_measure(tmp_path: Path) -> None:
    text = (
        "number,date,sku,quantity,price,cost,refund_of\n"
        "1,2026-11-02,A1,1,1,9999999999,\n"
        "C1,2026-11-03,A1,-2000000000,0.01,,1\n"
    )
    job = run(tmp_path, text, refund_prefix="C", **importing.EUR)
    assert job.imported == 2
    assert OrderLine.objects.get(order__number="C1").cost is None


@pytest.mark.parametrize(
    "rate", ["0", "-1", "NaN", "1e400000", "1e-400000", "0.0000000000001", "9999999", "1.1" + "0" * 99 + "1"]
)
def test_a_rate_that_no_currencies_have_is_refused_in_words(tmp_path: Path, rate: str) -> None:
    path = importing.file(tmp_path, orders(line()))
    with pytest.raises(
        CommandError, match=r"cannot be an exchange rate. Write how many of the shop's currency"
    ):
        call_command("import", str(path), rate=rate, **TOLD)
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(("row", "text"), [(1, str(2**63)), (1, "9" * 5000), (0, "n" * 300)])
def test_a_corrected_line_from_nowhere_is_refused(tmp_path: Path, row: int, text: str) -> None:
    rows = rejected(run(tmp_path, orders(line("1", price="?"), line("2", price="?"))))
    rows[1][row] = text if row else f"{text}#{'0' * 64}"
    rows[1][7] = rows[2][9] = "1"
    job = run(tmp_path, written(rows), name="b.csv")
    assert (job.state, job.imported) == ("done", 1)
    assert importing.reasons(job) == {2: "origin"}


def test_a_column_with_a_very_long_name_is_cut_in_the_rejection(tmp_path: Path) -> None:
    long = "price " + "x" * 150
    text = orders(line(price="?")).replace("price", long)
    columns = {
        "number": "number",
        "placed_at": "date",
        "sku": "sku",
        "quantity": "quantity",
        "unit_price": long,
    }
    assert importing.reasons(run(tmp_path, text, mapping=columns)) == {2: "number"}


def test_carts_and_behaviour_have_the_same_bound(tmp_path: Path) -> None:
    head = "cart,sku,last activity,customer,quantity,price\n"
    cart = "1,A1,2026-11-02 10:00,7,99999,9999999999\n2,A1,2026-11-02 10:00,7,1,2.50\n"
    job = run(tmp_path, head + cart, "carts")
    assert importing.reasons(job) == {2: "amount_size"}
    assert Cart.objects.get().value == 250
    text = "time,event,customer,value\n2026-11-02 10:00,visit,7,9999999999\n2026-11-02 11:00,visit,7,1\n"
    Shop.objects.update(currency="USD")
    job = run(tmp_path, text, "events", rate="1000000")
    assert importing.reasons(job) == {2: "amount_size"}
    assert Event.objects.filter(value=Decimal(100_000_000)).exists()


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def apply(*_told: object) -> None:
        raise error

    monkeypatch.setattr(OrderReader, "apply", apply)


def test_what_the_database_cannot_hold_stops_the_import_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails(monkeypatch, DataError("bigint out of range"))
    path = importing.file(tmp_path, orders(line()))
    with pytest.raises(CommandError, match="From line 2 on a number, date or text is beyond"):
        call_command("import", str(path), **TOLD)
    job = ImportJob.objects.get()
    assert (job.state, job.fault["code"], job.lease_until) == ("failed", "beyond", None)


def test_only_a_database_that_went_away_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error, state in ((OperationalError("gone"), "running"), (IntegrityError("twice"), "failed")):
        fails(monkeypatch, error)
        job = importing.begin(importing.file(tmp_path, orders(line())))
        with pytest.raises(type(error)):
            running.run(job.pk, importing.AT)
        job.refresh_from_db()
        assert (job.state, job.lease_until) == (state, None)


@pytest.mark.parametrize(
    "date", ["9999-12-31 23:59:59", "9999-12-31T23:59:59-01:00", "0001-01-01 00:00", "0001-01-01T00:00+01:00"]
)
def test_a_date_beyond_the_calendar_costs_its_line_only(tmp_path: Path, date: str) -> None:
    job = run(tmp_path, orders(line("1", date=date), line("2")), zone="America/New_York")
    assert (job.state, job.imported) == ("done", 1)
    assert list(importing.reasons(job)) == [2]
    assert Order.objects.get().placed_at == datetime(2026, 11, 2, 15, tzinfo=UTC)
