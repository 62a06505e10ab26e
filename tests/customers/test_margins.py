"""What an order left over: what each line cost when it was recorded, and nothing where nobody knows."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers import privacy
from customers.api.rows import LineRow, OrderRow, ProductRow
from customers.imports import guessing
from customers.models import Customer, Order, OrderLine, Product, Shop
from customers.tracking import telling
from tests.customers import importing
from tests.customers.importing import reasons, run
from tests.customers.tracked import AT, apply, key, track
from tests.factories import CustomerFactory, OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db
HEAD = "Bestellnummer;Bestelldatum;Artikelnummer;Menge;Preis;Kundennummer;Storno zu;EK\n"


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})


def costs(number: str) -> dict[str, int | None]:
    return dict(OrderLine.objects.filter(order__number=number).values_list("product__sku", "cost"))


def margin(number: str) -> int | None:
    return Order.objects.get(number=number).margin()


@pytest.mark.parametrize(
    "header", ["EK", "Einkaufspreis", "EK-Preis", "cost", "COGS", "purchase price", "Cost price"]
)
def test_a_column_of_purchase_prices_is_known_by_its_header(tmp_path: Path, header: str) -> None:
    path = importing.file(tmp_path, HEAD.replace("EK", header) + "1;02.11.2026;A1;3;5,00;7;;1,25\n")
    assert importing.guessed(path).mapping["cost"] == header
    assert guessing.questions("orders", guessing.head(path), importing.guessed(path)) == []


def test_a_file_says_what_one_piece_cost(tmp_path: Path) -> None:
    ProductFactory(sku="B2", cost=300, currency="EUR")
    job = run(
        tmp_path,
        HEAD
        + "1;02.11.2026;A1;3;5,00;7;;1,255\n1;02.11.2026;B2;2;5,00;7;;\n"
        + "2;02.11.2026;A1;1;5,00;7;;-1\n2;02.11.2026;A1;1;5,00;7;;teuer\n2;02.11.2026;A1;1;5,00;7;;0\n",
    )
    assert costs("1") == {"A1": 377, "B2": 600}, "the line is rounded, and the catalogue fills what is empty"
    assert margin("1") == 2500 - 977
    assert margin("2") == 500, "what cost nothing is known"
    assert reasons(job) == {4: "negative", 5: "number"}


def test_the_catalogue_counts_as_it_stood_and_in_the_orders_currency(tmp_path: Path) -> None:
    ProductFactory(sku="A1", cost=100, currency="EUR")
    ProductFactory(sku="B2", cost=100, currency="CHF")
    ProductFactory(sku="PORTO", kind="service")
    run(
        tmp_path,
        HEAD + "1;02.11.2026;A1;3;5,00;7;;\n1;02.11.2026;PORTO;1;4,90;7;;\n2;02.11.2026;B2;1;5,00;7;;\n",
    )
    Product.objects.filter(sku="A1").update(cost=400)
    assert costs("1") == {"A1": 300, "PORTO": None}
    assert margin("1") == 1990 - 300, "postage may have no cost"
    assert (costs("2"), margin("2")) == ({"B2": None}, None)


@pytest.mark.parametrize("chunk", [1, 10_000])
def test_goods_that_come_back_cost_what_they_cost_when_they_went_out(
    tmp_path: Path, settings: Any, chunk: int
) -> None:
    settings.IMPORT_CHUNK_LINES = chunk
    before = "R0;04.11.2026;A1;-1;5,00;7;1;9,00\n"
    order = "1;02.11.2026;A1;2;5,00;7;;2,00\n1;02.11.2026;A1;1;5,00;7;;0,50\n1;02.11.2026;OLD;1;5,00;7;;\n"
    after = "R1;05.11.2026;A1;-2;5,00;7;1;\nR1;05.11.2026;OLD;-1;5,00;7;1;3,00\nR2;05.11.2026;A1;-1;5,00;7;;1,75\n"
    run(tmp_path, HEAD + before + order + after)
    assert costs("R0") == {"A1": -150}
    assert costs("R1") == {"A1": -300, "OLD": None}, "nobody knows what it cost when it was sold"
    assert costs("R2") == {"A1": -175}, "a refund that names no order costs what it says itself"
    assert (margin("R0"), margin("R1"), margin("R2")) == (-500 + 150, None, -500 + 175)


def test_a_shop_tells_costs_with_its_orders_in_any_order_of_messages() -> None:
    told = [
        track("Order Completed", 60, "7", order_id="A1", total=33, shipping=3, products=[
            {"sku": "MUG", "price": 5, "quantity": 4, "cost": "1.20"}, {"sku": "BOWL", "price": 10, "cost": 4},
        ]),
        track("Order Refunded", 50, "7", order_id="A1", refund_id="R1", products=[{"sku": "MUG", "quantity": 1}]),
        track("Order Cancelled", 40, "7", order_id="A1"),
    ]  # fmt: skip
    for number, turn in enumerate(permutations(told)):
        by = key(source=f"shop{number}")
        for message in turn:
            apply([message], by)
        orders = {order.number: order for order in Order.objects.filter(source=by.source)}
        assert orders["A1"].margin() == 3300 - 480 - 400
        assert orders["R1"].margin() == -500 + 120
        assert sum(order.margin() or 0 for order in orders.values()) == 0, "all came back"


def test_a_tax_on_top_of_the_prices_is_no_margin() -> None:
    goods = [{"sku": "MUG", "price": 50, "quantity": 2, "cost": 30}]
    apply([track("Order Completed", 1, "7", order_id="A1", total=119, tax=19, products=goods)], key())
    assert Order.objects.get().total == 11_900
    assert margin("A1") == 4_000


def test_lists_of_products_and_orders_tell_costs_too() -> None:
    by = key()
    telling.products(by, [ProductRow(sku="MUG", cost="1.20"), ProductRow(sku="BOWL", price=9)], AT)
    assert dict(Product.objects.values_list("sku", "cost")) == {"MUG": 120, "BOWL": None}
    lines = [LineRow(sku="MUG", unit_price=5, quantity=2), LineRow(sku="BOWL", unit_price=9, cost="3.005")]
    telling.orders(by, [OrderRow(number="T1", placed_at=AT, customer="7", lines=lines)], AT)
    assert (costs("T1"), margin("T1")) == ({"MUG": 240, "BOWL": 301}, 1900 - 541)


def test_a_cost_that_cannot_be_read_is_left_out_and_counted() -> None:
    counts = apply(
        [
            track(
                "Order Completed",
                1,
                "7",
                order_id="A1",
                products=[{"sku": "MUG", "price": 5, "cost": "cheap"}],
            )
        ],
        key(),
    )
    assert any(what == "bad_cost" or fate == "bad_cost" for what, fate in counts)
    assert (Order.objects.get().total, margin("A1")) == (500, None)


def bought(customer: Customer, number: str, cost: int | None) -> None:
    order = OrderFactory(customer=customer, number=number)
    OrderLine.objects.create(
        order=order,
        position=1,
        product=ProductFactory(),
        quantity=1,
        unit_price="12.90",
        amount=1290,
        cost=cost,
    )


def test_whoever_may_see_orders_sees_their_margin_and_where_it_is_unknown(marketer: Client) -> None:
    anna = CustomerFactory()
    bought(anna, "A-1", 590)
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "Margin €7.00" in page
    assert "Margin unknown" not in page
    bought(anna, "A-2", None)
    assert "Margin unknown" in marketer.get(reverse("customer", args=[anna.pk])).content.decode()


def test_what_the_shop_paid_is_not_handed_to_its_customer() -> None:
    anna = CustomerFactory()
    bought(anna, "A-1", 590)
    lines = next(table for table in privacy.export([anna.pk])[anna.pk] if table.key == "order_lines")
    assert [row["amount"] for row in lines.rows] == [1290]
    assert "cost" not in lines.columns
