"""Order files: what becomes of each trap, counted in the job."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from customers import stats
from customers.models import Customer, Dirty, Identity, ImportJob, Order, OrderLine, Product, Shop
from customers.signals import orders_placed, orders_refunded
from tests.customers import importing
from tests.customers.importing import line, orders, reasons, run
from tests.factories import CustomerFactory, StoreFactory

pytestmark = pytest.mark.django_db
UCI = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n"


def test_lines_become_orders_of_customers_with_products(tmp_path: Path) -> None:
    job = run(
        tmp_path,
        orders(
            line("1", sku="A1", quantity=3, price="2.50"),
            line("1", sku="B2", name="Cup", price="1.005"),
            line("2", sku="A1", customer="8", country="Austria"),
        ),
    )
    assert (job.state, job.imported, job.rejected, job.unchanged) == ("done", 3, 0, 0)
    first = Order.objects.get(source="shop", number="1")
    assert (first.total, first.base_total, first.currency, first.kind) == (851, 851, "EUR", "order")
    assert first.placed_at == datetime(2026, 11, 2, 9, tzinfo=UTC)  # ten o'clock in Berlin
    assert list(first.lines.values_list("position", "product__sku", "quantity", "unit_price", "amount")) == [
        (1, "A1", 3, Decimal("2.5000"), 750),
        (2, "B2", 1, Decimal("1.0050"), 101),
    ]
    identity = Identity.objects.select_related("customer").get(source="shop", number="8")
    assert identity.customer.country == "AT"
    assert Product.objects.get(sku="B2").names == {"en": "Cup"}
    assert Shop.current().currency == "EUR"
    assert Dirty.objects.filter(customer__in=Customer.objects.all()).count() == 2


def test_orders_without_a_time_of_day_are_counted_for_no_click_of_that_day_is_theirs(tmp_path: Path) -> None:
    timed, anonymous = line("2", date="2026-11-02 00:00:01"), line("3", date="2026-11-02", customer="")
    told = importing.notices(run(tmp_path, orders(line("1", date="2026-11-02"), timed, anonymous)))
    assert told["orders_untimed"] == 1
    assert "orders_untimed" not in importing.notices(run(tmp_path, orders(line("4")), name="b.csv"))


def test_lines_without_a_customer_make_anonymous_orders(tmp_path: Path) -> None:
    job = run(tmp_path, orders(line(customer="")))
    assert Order.objects.get().customer is None
    assert importing.notices(job)["orders_anonymous"] == 1
    assert not Customer.objects.exists()


def test_what_is_not_a_sale_is_refused_by_reason(tmp_path: Path) -> None:
    job = run(
        tmp_path,
        UCI
        + "A1,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\r\n"
        + "5,22423,damaged,-3,2011-08-12 14:50:00,0.0,,United Kingdom\r\n"
        + "6,22423,found,3,2011-08-12 14:50:00,0.0,,United Kingdom\r\n"
        + "7,22423,CAKESTAND,3,2011-08-12 14:50:00,-1.0,17850.0,United Kingdom\r\n",
    )
    assert reasons(job) == {
        2: "adjustment",
        3: "stock_correction",
        4: "stock_correction",
        5: "negative_price",
    }
    assert job.counts["rejected"] == {"adjustment": 1, "stock_correction": 2, "negative_price": 1}
    assert not Order.objects.exists()
    assert not Product.objects.exists()


def test_a_cancellation_is_a_refund_of_that_customer(tmp_path: Path) -> None:
    job = run(
        tmp_path,
        UCI
        + "536365,22423,CAKESTAND,2,2010-12-01 08:26:00,10.00,17850.0,United Kingdom\r\n"
        + "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,17850.0,United Kingdom\r\n"
        + "C536380,22423,CAKESTAND,-1,2010-12-01 09:42:00,10.00,17851.0,United Kingdom\r\n"
        + "C536381,22423,CAKESTAND,1,2010-12-01 09:42:00,10.00,17851.0,United Kingdom\r\n",
    )
    refund = Order.objects.get(number="C536379")
    assert (refund.kind, refund.total, refund.refund_of) == ("refund", -2750, None)
    assert Identity.objects.get(number="17850").customer_id == refund.customer_id
    assert reasons(job) == {5: "positive_refund"}
    counted = importing.notices(job)
    assert (counted["customers_refund_first"], counted["customers_refund_only"]) == (1, 1)
    assert (counted["refunds_without_original"], counted["lines_number_mended"]) == (2, 3)
    assert Product.objects.get(sku="D").kind == "service"
    assert Product.objects.get(sku="22423").kind == "merchandise"


def test_without_a_prefix_negative_orders_are_refunds_and_may_name_what_they_refund(tmp_path: Path) -> None:
    text = (
        "number,date,sku,quantity,price,customer,refund of\n"
        "1,2026-11-02,A1,2,5.00,7,\n2,2026-11-03,A1,-1,5.00,7,1\n"
    )
    run(tmp_path, text)
    refund = Order.objects.get(number="2")
    assert (refund.kind, refund.total, refund.refund_of.number) == ("refund", -500, "1")


REFUNDS = "number,date,sku,quantity,price,customer,refund of\n"


@pytest.mark.parametrize("chunk", [1, 2, 10_000])
def test_a_refund_that_comes_before_its_order_is_linked_when_the_order_comes(
    tmp_path: Path, settings, chunk: int
) -> None:
    """An export that has the newest first."""
    settings.IMPORT_CHUNK_LINES = chunk
    text = REFUNDS + "3,2026-11-04,A1,-1,5.00,7,1\n2,2026-11-03,A1,-1,5.00,7,1\n1,2026-11-02,A1,2,5.00,7,\n"
    job = run(tmp_path, text)
    originals = Order.objects.filter(kind="refund").values_list("number", "refund_of__number")
    assert dict(originals) == {"2": "1", "3": "1"}
    assert importing.notices(job).get("refunds_without_original", 0) == 0


def test_a_refund_in_an_earlier_file_is_linked_by_a_later_one_and_twice_is_once(tmp_path: Path) -> None:
    refund, order = REFUNDS + "2,2026-11-03,A1,-1,5.00,7,1\n", REFUNDS + "1,2026-11-02,A1,2,5.00,7,\n"
    job = run(tmp_path, refund, name="refunds.csv")
    waiting = Order.objects.get()
    assert (waiting.kind, waiting.refund_of, waiting.refund_of_number) == ("refund", None, "1")
    assert importing.notices(job)["refunds_without_original"] == 1
    run(
        tmp_path, order, source="till", name="elsewhere.csv"
    )  # the number 1 of another source is another order
    waiting.refresh_from_db()
    assert waiting.refund_of is None
    heard: list[list[int]] = []

    def listen(ids: list[int], **_said: object) -> None:
        heard.append(ids)

    orders_refunded.connect(listen)
    try:
        run(tmp_path, order + "\n", name="orders.csv")
    finally:
        orders_refunded.disconnect(listen)
    waiting.refresh_from_db()
    assert (waiting.refund_of.source, waiting.refund_of.number) == ("shop", "1")
    assert heard == [[waiting.pk]]
    before = list(Order.objects.order_by("pk").values())
    run(tmp_path, refund + "\n", name="refunds.csv")
    run(tmp_path, order, name="orders.csv")
    assert list(Order.objects.order_by("pk").values()) == before


def test_any_line_of_a_refund_may_name_its_order_and_a_refund_is_no_original(
    tmp_path: Path, settings
) -> None:
    settings.IMPORT_CHUNK_LINES = 1
    text = REFUNDS + (
        "1,2026-11-02,A1,2,5.00,7,\n2,2026-11-03,A1,-1,5.00,7,\n2,2026-11-03,B2,-1,5.00,7,1\n"
        "3,2026-11-04,A1,-1,5.00,7,2\n"
    )
    run(tmp_path, text)
    originals = Order.objects.filter(kind="refund").values_list("number", "refund_of__number")
    assert dict(originals) == {"2": "1", "3": None}


def test_repeated_lines_are_kept_and_free_ones_too(tmp_path: Path) -> None:
    job = run(tmp_path, orders(line(), line(), line("2", price="0")))
    assert OrderLine.objects.count() == 3
    counted = importing.notices(job)
    assert (counted["lines_repeated"], counted["lines_free"], counted["orders_free"]) == (1, 1, 1)


def test_fractions_of_a_cent_are_rounded_half_up_by_the_line(tmp_path: Path) -> None:
    job = run(tmp_path, orders(line(price="0.001", quantity=5), line(price="0.001", quantity=4)))
    assert list(OrderLine.objects.values_list("amount", flat=True)) == [1, 0]
    assert importing.notices(job)["lines_below_cent"] == 2


@pytest.mark.parametrize("chunk", [1, 2, 10_000])
def test_an_order_whose_lines_are_apart_in_place_and_time_is_one_order(
    tmp_path: Path, settings, chunk: int
) -> None:
    settings.IMPORT_CHUNK_LINES = chunk
    job = run(
        tmp_path,
        orders(
            line("1", date="2026-11-02 10:01"),
            line("2"),
            line("1", date="2026-11-02 10:00", sku="B2"),
            line("2", sku="B2"),
            line("3"),
        ),
    )
    order = Order.objects.get(number="1")
    assert (order.total, order.lines.count()) == (500, 2)
    assert order.placed_at == datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    assert list(order.lines.values_list("position", flat=True)) == [1, 2]
    counted = importing.notices(job)
    assert (counted["orders_two_times"], counted["orders_scattered"], counted["orders_made"]) == (1, 2, 3)
    assert not stats.differences()


def test_article_numbers_differ_by_case_and_names_vary(tmp_path: Path) -> None:
    job = run(
        tmp_path,
        orders(line(sku="85123a"), line(sku="85123A", name="MUG"), line(sku="85123A", name="")),
    )
    product = Product.objects.get()
    assert (product.sku, product.names) == ("85123a", {"en": "Mug"})
    counted = importing.notices(job)
    assert (counted["lines_other_case"], counted["lines_other_name"], counted["lines_without_name"]) == (
        2,
        1,
        1,
    )


def test_countries_have_codes_or_none(tmp_path: Path) -> None:
    names = ["EIRE", "RSA", "Channel Islands", "Unspecified", "European Community", "Österreich", "Atlantis"]
    job = run(
        tmp_path, orders(*(line(str(n), customer=str(n), country=name) for n, name in enumerate(names)))
    )
    codes = dict(Identity.objects.values_list("number", "customer__country"))
    assert [codes[str(n)] for n in range(7)] == ["IE", "ZA", "JE", "", "", "AT", ""]
    counted = importing.notices(job)
    assert counted["lines_country_alias"] == 3
    assert counted["lines_country_none"] == 2
    assert counted["lines_country_unknown"] == 1


def test_the_first_country_of_a_customer_stays(tmp_path: Path) -> None:
    lines = [line("1", country=""), line("2", country="Belgium"), line("3", country="Spain")]
    job = run(tmp_path, orders(*lines))
    assert Customer.objects.get().country == "BE"
    assert importing.notices(job)["lines_other_country"] == 1


def test_a_line_of_another_customer_than_the_orders_is_refused(tmp_path: Path, settings) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    job = run(
        tmp_path, orders(line("1"), line("1", customer="8"), line("1", customer="9"), line("1", customer=""))
    )
    assert reasons(job) == {3: "other_customer", 4: "other_customer"}
    assert Order.objects.get().total == 500


@pytest.mark.parametrize(
    ("faulty", "reason", "column"),
    [
        (line(number=""), "missing", "number"),
        (line(sku=" "), "missing", "sku"),
        (line(quantity="x"), "number", "quantity"),
        (line(quantity="1.5"), "not_whole", "quantity"),
        (line(quantity=0), "zero_quantity", "quantity"),
        (line(quantity=3_000_000_000), "number_size", "quantity"),
        (line(price=""), "missing", "price"),
        (line(price="1.23456"), "number_size", "price"),
        (line(date="2026-13-01"), "date", "date"),
        (line(date="2026-11-02 25:00"), "date", "date"),
        (line(date="2031-01-01"), "future", "date"),
        (line(sku="x" * 61), "too_long", "sku"),
        (line() + ",more", "cells", ""),
    ],
)
def test_a_faulty_line_is_refused_with_its_column_and_its_neighbours_are_not(
    tmp_path: Path, faulty: str, reason: str, column: str
) -> None:
    job = run(tmp_path, orders(line("8"), faulty, line("9")))
    rejection = job.rejections.get()
    assert (rejection.line, rejection.reason, rejection.column) == (3, reason, column)
    assert (job.imported, Order.objects.count()) == (2, 2)


def test_store_numbers_must_be_known(tmp_path: Path) -> None:
    StoreFactory(number="12", name="Mitte")
    text = "number,date,sku,quantity,price,filiale\n1,2026-11-02,A1,1,5.00,12\n2,2026-11-02,A1,1,5.00,13\n"
    job = run(tmp_path, text)
    assert Order.objects.get().store.name == "Mitte"
    assert reasons(job) == {3: "store"}


def test_orders_of_merged_and_erased_people(tmp_path: Path) -> None:
    winner = CustomerFactory()
    loser = CustomerFactory(merged_into=winner)
    erased = CustomerFactory(erased_at=importing.AT)
    Identity.objects.create(customer=loser, source="shop", number="7")
    Identity.objects.create(customer=erased, source="shop", number="8")
    job = run(tmp_path, orders(line("1"), line("2", customer="8")))
    assert Order.objects.get(number="1").customer == winner
    assert Order.objects.get(number="2").customer is None
    assert importing.notices(job)["lines_erased_customer"] == 1


def test_formulas_and_other_text_are_stored_as_they_are(tmp_path: Path) -> None:
    run(tmp_path, orders(line(name='"=HYPERLINK(""http://x"")"', sku="+1")))
    product = Product.objects.get()
    assert (product.sku, product.names["en"]) == ("+1", '=HYPERLINK("http://x")')


def test_signals_carry_the_ids_inside_the_transaction(tmp_path: Path, settings) -> None:
    settings.IMPORT_CHUNK_LINES = 2
    heard: list[tuple[str, list[int], str]] = []

    def listen(signal, **said) -> None:
        name = "placed" if signal is orders_placed else "refunded"
        heard.append((name, said["ids"], str(said["origin"])))

    orders_placed.connect(listen)
    orders_refunded.connect(listen)
    try:
        run(tmp_path, orders(line("1"), line("2", quantity=-1), line("1"), line("3")))
    finally:
        orders_placed.disconnect(listen)
        orders_refunded.disconnect(listen)
    ids = dict(Order.objects.values_list("number", "id"))
    assert heard == [
        ("placed", [ids["1"]], "import"),
        ("refunded", [ids["2"]], "import"),
        ("placed", [ids["1"], ids["3"]], "import"),
    ]


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    job = importing.finish(
        importing.begin(
            importing.file(tmp_path, orders(line("1"), line("1"), line("2", quantity="x"))), dry_run=True
        )
    )
    assert (job.state, job.imported, job.rejected) == (ImportJob.State.DONE, 2, 1)
    assert reasons(job) == {4: "number"}
    for model in (Order, OrderLine, Customer, Product, Identity):
        assert not model.objects.exists()
    assert Shop.current().currency == ""


def test_naive_times_at_the_change_of_clocks(tmp_path: Path) -> None:
    dates = ["2026-10-25 02:30", "2026-03-29 02:30", "2026-10-25T02:30+01:00"]
    run(tmp_path, orders(*(line(str(n), date=date) for n, date in enumerate(dates))))
    at = dict(Order.objects.values_list("number", "placed_at"))
    assert at["0"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # there twice: the first
    assert at["1"] == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # not there: by the clock before the change
    assert at["2"] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
