"""The shop takes the currency of its first orders; others need an exchange rate."""

from decimal import Decimal
from pathlib import Path

import pytest

from customers.imports import reasons
from customers.models import CustomerStats, Order, Shop
from tests.customers import importing
from tests.customers.importing import line, orders, run

pytestmark = pytest.mark.django_db


def test_another_currency_is_refused_in_words_without_a_rate(tmp_path: Path) -> None:
    run(tmp_path, orders(line("1")))
    job = run(tmp_path, orders(line("2")), name="b.csv", currency="GBP")
    assert job.state == "failed"
    assert reasons.fault(job.fault["code"], job.fault["facts"]) == (
        "These orders are in GBP, the shop counts in EUR. Tell the exchange rate: how many EUR is one GBP?"
    )
    assert Order.objects.count() == 1


@pytest.mark.parametrize("chunk", [1, 10_000])
def test_with_a_rate_orders_count_in_both_currencies(tmp_path: Path, settings, chunk: int) -> None:
    settings.IMPORT_CHUNK_LINES = chunk
    run(tmp_path, orders(line("1", price="1.00")))
    text = orders(line("2", price="0.99"), line("2", price="0.99"))
    run(tmp_path, text, name="b.csv", currency="GBP", rate="1.155")
    order = Order.objects.get(number="2")
    assert (order.currency, order.total, order.base_total) == ("GBP", 198, 2 * round(Decimal("114.345")))
    assert CustomerStats.objects.get().revenue == 100 + order.base_total


def test_currencies_without_cents(tmp_path: Path) -> None:
    run(tmp_path, orders(line("1", price="1.00")))
    run(tmp_path, orders(line("2", price="1000")), name="b.csv", currency="JPY", rate="0.0061")
    order = Order.objects.get(number="2")
    assert (order.total, order.base_total) == (1000, 610)


def test_a_line_in_another_currency_than_the_files_is_refused(tmp_path: Path) -> None:
    text = "number,date,sku,quantity,price,currency\n1,2026-11-02,A1,1,5.00,EUR\n2,2026-11-02,A1,1,5.00,USD\n"
    assert importing.reasons(run(tmp_path, text)) == {3: "currency"}


def test_a_dry_run_does_not_settle_the_currency(tmp_path: Path) -> None:
    importing.finish(importing.begin(importing.file(tmp_path, orders(line())), dry_run=True))
    assert Shop.current().currency == ""
