"""What is given back: products, sums, the rest; before the order, after it, and twice."""

from itertools import permutations
from typing import Any

import pytest
from django.db.models import Sum

from customers import signals, stats
from customers.models import CustomerStats, Order, OrderLine, Shop
from tests.customers.test_tracking_story import end_of
from tests.customers.tracked import apply, key, track

pytestmark = pytest.mark.django_db
MUGS = {"sku": "MUG", "price": 5, "quantity": 4}
ORDER = track(
    "Order Completed",
    60,
    "7",
    order_id="A1",
    total=29,
    shipping=4,
    discount=5,
    products=[MUGS, {"sku": "BOWL", "price": 10}],
)


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})


def refund(minutes: int = 30, name: str = "Order Refunded", **properties: Any) -> Any:
    return track(name, minutes, "7", order_id="A1", **properties)


def content(number: str) -> dict[str, tuple[int, int]]:
    rows = OrderLine.objects.filter(order__number=number).values_list("product__sku")
    sums = rows.annotate(pieces=Sum("quantity"), amount=Sum("amount"))
    return {sku: (pieces, amount) for sku, pieces, amount in sums if (pieces, amount) != (0, 0)}


@pytest.mark.parametrize("order_first", [True, False])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"products": [{"sku": "MUG", "quantity": 1, "price": 5}]}, {"MUG": (-1, -500)}),
        ({"products": [{"sku": "MUG", "quantity": 3}]}, {"MUG": (-3, -1500)}),
        ({"products": [{"sku": "MUG", "quantity": 2}], "total": 9}, {"MUG": (-2, -900)}),
        ({"products": [{"sku": "MUG", "price": 5}], "total": 7}, {"MUG": (-1, -500), "refund": (-1, -200)}),
        ({"total": "7,50"}, {"refund": (-1, -750)}),
        (
            {"total": 29},
            {"MUG": (-4, -2000), "BOWL": (-1, -1000), "shipping": (-1, -400), "discount": (-1, 500)},
        ),
    ],
)
def test_a_refund_is_what_it_says(
    properties: dict[str, Any], expected: dict[str, Any], order_first: bool
) -> None:
    by, told = key(), [ORDER, refund(refund_id="R1", **properties)]
    for message in told if order_first else reversed(told):
        apply([message], by)
    assert content("R1") == expected
    found = Order.objects.get(number="R1")
    assert found.refund_of == Order.objects.get(number="A1")
    assert found.total == sum(amount for _pieces, amount in expected.values())
    assert CustomerStats.objects.get().revenue == 2900 + found.total
    assert not stats.differences()


def test_a_refund_of_an_order_of_more_pieces_than_one_line_holds() -> None:
    """As a file may bring it, where each line alone is within all measure."""
    by = key()
    apply([ORDER], by)
    OrderLine.objects.exclude(product__sku="MUG").update(
        product=OrderLine.objects.get(product__sku="MUG").product
    )
    OrderLine.objects.update(quantity=2**31 - 1)
    apply([refund(refund_id="R1", products=[{"sku": "MUG", "quantity": 1, "price": 5}])], by)
    assert content("R1") == {"MUG": (-1, -500)}
    apply([refund(20, "Order Cancelled")], by)
    sold, rest = (content(number)["MUG"] for number in ("A1", "A1:rest"))
    assert rest == (1 - sold[0], 500 - sold[1])


def test_the_rest_is_what_no_other_refund_gave_back() -> None:
    part = refund(50, refund_id="R1", products=[{"sku": "MUG", "quantity": 1}])
    told = [ORDER, part, refund(40), refund(35, "Order Cancelled"), refund(20, refund_id="R2", total=3)]
    expected = end_of([told])
    assert ("A1:rest", "refund") in [order[:2] for order in expected["orders"]]
    assert sum(order[3] for order in expected["orders"]) == 0, "all is given back, and not more"
    for order in list(permutations(told))[::7]:
        assert end_of([[message] for message in order]) == expected


def test_a_refund_of_an_order_that_we_never_hear_of_is_kept() -> None:
    apply([refund(refund_id="R1", total=5), refund(20)], key())
    assert dict(Order.objects.values_list("number", "total")) == {"R1": -500, "A1:rest": 0}
    assert Order.objects.filter(refund_of=None, refund_of_number="A1").count() == 2


def test_a_refund_numbered_like_its_order_gets_a_number_of_its_own() -> None:
    apply([ORDER, refund(refund_id="A1", total=5)], key())
    assert Order.objects.get(kind="refund").number == "A1:A1"


def test_an_order_in_another_currency_is_given_back_at_its_own_rate() -> None:
    dollars = {"currency": "USD", "exchange_rate": "0.9"}
    order = track("Order Completed", 60, "7", order_id="A1", total=100, **dollars)
    by = key()
    apply([order], by)
    apply([refund()], by)
    rest = Order.objects.get(number="A1:rest")
    assert (rest.currency, rest.total, rest.base_total) == ("USD", -10000, -9000)


def test_receivers_hear_of_a_refund_again_when_its_order_comes() -> None:
    heard: list[tuple[str, list[int]]] = []

    def listen(ids: list[int], **_more: Any) -> None:
        heard.append(("refunded", list(ids)))

    signals.orders_refunded.connect(listen)
    try:
        by = key()
        apply([refund()], by)
        apply([ORDER], by)
    finally:
        signals.orders_refunded.disconnect(listen)
    assert len(heard) >= 2
    assert heard[-1][1] == [Order.objects.get(kind="refund").pk]
    assert Order.objects.get(kind="refund").total == -2900


def test_an_order_abroad_that_came_to_nothing_is_given_back() -> None:
    free = track(
        "Order Completed", 60, "7", order_id="A1", total=0, products=[MUGS], currency="USD", exchange_rate=1
    )
    apply([free, refund()], key())
    assert Order.objects.get(number="A1:rest").total == 0
    assert content("A1:rest")["MUG"] == (-4, -2000)
