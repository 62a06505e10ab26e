"""A cart is what happened to it, in whatever order that is told."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import carts, events, identity
from customers.events import Fact, Item
from customers.models import Cart, CartLine, Customer, Dirty, Event, EventKey, Favourite, Origin, Visitor
from tests.customers.test_events import AT, TERMS, anna, fact, record, shop  # noqa: F401

pytestmark = pytest.mark.django_db


def item(sku: str, quantity: int = 1, price: int | None = 10) -> Item:
    from decimal import Decimal

    return Item(sku, "", quantity, None if price is None else Decimal(price))


def content(number: str = "c") -> tuple[str, dict[str, int], int]:
    cart = Cart.objects.get(number=number)
    lines = CartLine.objects.filter(cart=cart).select_related("product")
    return cart.state, {line.product.sku: line.quantity for line in lines}, cart.value


def test_things_are_put_in_and_taken_out() -> None:
    record(
        fact("cart_add", 9, cart="c", product=item("A", 2)),
        fact("cart_add", 8, cart="c", product=item("B", 1, 25)),
        fact("cart_remove", 7, cart="c", product=item("A", 1)),
    )
    assert content() == ("open", {"A": 1, "B": 1}, 3500)
    assert Cart.objects.get().items == 2


def test_a_view_of_the_cart_says_all_that_is_in_it() -> None:
    record(fact("cart_add", 9, cart="c", product=item("A", 5)))
    record(
        fact("cart", 8, cart="c", lines=(item("A", 1), item("B", 3)), restore_url="https://shop.example/c"),
        fact("cart_add", 7, cart="c", product=item("B", 1, None)),
    )
    assert content() == ("open", {"A": 1, "B": 4}, 5000)
    assert Cart.objects.get().restore_url == "https://shop.example/c"


def test_an_order_closes_it_and_what_comes_later_opens_it_anew() -> None:
    record(fact("cart_add", 9, cart="c", product=item("A")), fact("order", 8, cart="c", order="O1"))
    assert content() == ("bought", {"A": 1}, 1000)
    record(fact("cart_add", 5, cart="c", product=item("B")))
    assert content() == ("open", {"B": 1}, 1000)
    assert Cart.objects.get().opened_at == AT - timedelta(minutes=5)


def test_a_cart_left_alone_is_abandoned_and_comes_back_to_life(anna: Customer) -> None:  # noqa: F811
    record(fact("cart_add", 50, cart="c", customer="7", product=item("A")))
    record(
        fact("cart_add", 50, cart="empty", product=item("A")),
        fact("cart_remove", 49, cart="empty", product=item("A")),
    )
    Dirty.objects.all().delete()
    assert carts.leave(AT) == 0
    assert carts.leave(AT + timedelta(minutes=11)) == 1
    assert content()[0] == "abandoned"
    assert [dirty.customer_id for dirty in Dirty.objects.all()] == [anna.pk]
    record(fact("cart_add", -12, cart="c", product=item("B")), at=AT + timedelta(minutes=12))
    assert content()[0] == "open"


def test_favourites_come_and_go() -> None:
    record(
        fact("favourite", 9, visitor="v", product=item("A")),
        fact("unfavourite", 8, visitor="v", product=item("A")),
    )
    assert Favourite.objects.get().removed_at == AT - timedelta(minutes=8)
    record(
        fact("favourite", 8, visitor="v", product=item("B")),
        fact("favourite", 3, visitor="v", product=item("A")),
    )
    assert Favourite.objects.filter(removed_at=None).count() == 2


STORY: list[dict[str, Any]] = [
    {"kind": "cart_add", "product": item("A", 2)},
    {"kind": "cart", "lines": (item("A", 1), item("B", 2))},
    {"kind": "cart_add", "product": item("B", 1)},
    {"kind": "cart_remove", "product": item("A", 1)},
    {"kind": "order", "order": "O1"},
    {"kind": "cart_add", "product": item("C", 3)},
    {"kind": "favourite", "product": item("A")},
    {"kind": "unfavourite", "product": item("A")},
    {"kind": "favourite", "product": item("B")},
    {"kind": "unfavourite", "product": item("C")},
    {"kind": "cart_remove", "product": item("C", 1)},
]


def told() -> list[Fact]:
    """The story; half of it is told of her browser, before and after she says who she is."""
    who = [{"visitor": "v"}, {"visitor": "v", "customer": "7"}, {"customer": "7", "cart": "own:v"}]
    return [
        fact(minutes=len(STORY) - place, message_id=f"s{place}", **(who[place % 3] | step))
        for place, step in enumerate(STORY)
    ]


def ending() -> Any:
    carts_ = [
        (
            cart.number,
            cart.customer_id,
            cart.state,
            cart.value,
            cart.items,
            cart.opened_at,
            cart.last_activity_at,
        )
        for cart in Cart.objects.order_by("number")
    ]
    lines = list(
        CartLine.objects.order_by("cart__number", "product__sku").values_list(
            "product__sku", "quantity", "amount"
        )
    )
    liked = list(
        Favourite.objects.order_by("product__sku").values_list(
            "product__sku", "customer_id", "added_at", "removed_at"
        )
    )
    return carts_, lines, liked, Event.objects.filter(customer_id=None).count()


def forget() -> None:
    for model in (CartLine, Cart, Favourite, Event, EventKey, Visitor):
        model.objects.all().delete()


def test_any_order_and_any_division_of_a_story_ends_the_same(anna: Customer) -> None:  # noqa: F811
    record(*told())
    wanted = ending()
    assert wanted[3] == 0

    @settings(
        max_examples=40,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.permutations(told()), st.lists(st.integers(1, len(STORY) - 1), max_size=4))
    def check(facts: list[Fact], cuts: list[int]) -> None:
        forget()
        edges = [0, *sorted(set(cuts)), len(facts)]
        for start, end in pairwise(edges):
            events.record(facts[start:end], TERMS, AT, Origin.LIVE)
        assert ending() == wanted

    check()


def test_identification_may_come_first_or_last(anna: Customer) -> None:  # noqa: F811
    facts = [each._replace(customer="", cart="own:v", visitor="v") for each in told()]
    identity.identify([("v", anna.pk)], AT)
    record(*facts)
    first = ending()
    forget()
    record(*facts)
    identity.identify([("v", anna.pk)], AT)
    assert ending() == first
