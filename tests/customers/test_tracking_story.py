"""What a shopper does, told by messages, ends in the same however they are shuffled and parcelled."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import stats
from customers.models import Cart, Customer, Event, Favourite, Order, Shop, Visitor
from customers.tracking.messages import Message
from tests.customers.tracked import BOWL, MUG, apply, call, identify, key, state, track
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    StoreFactory(number="003")


def story() -> list[Message]:
    """Anna looks around, puts things into her cart, signs in, buys, gives some back; then all of another order."""
    order = {"order_id": "A1", "products": [MUG, BOWL], "shipping": "4,90", "total": 33.9}
    return [
        track("Product Viewed", 300, anon="a1", **MUG),
        track("Product Added to Wishlist", 299, anon="a1", **BOWL),
        track("Product Added to Wishlist", 298, anon="a1", **MUG),
        track("Product Removed from Wishlist", 250, user="7", **MUG),
        track("Product Added", 290, anon="a1", cart_id="c1", **MUG),
        track("Product Added", 289, anon="a1", cart_id="c1", **BOWL),
        identify("7", 280, "a1", email="anna@example.org", firstName="Anna", plan="gold"),
        identify("7", 270, "a1", email="anna@example.com", lastName="Ahrens", address={"city": "Köln"}),
        track("Order Completed", 260, "7", "a1", cart_id="c1", **order),
        track(
            "Order Refunded",
            200,
            "7",
            order_id="A1",
            refund_id="R1",
            products=[{"sku": "MUG", "quantity": 1}],
        ),
        track("Order Refunded", 100, "", "a1", order_id="A1"),
        track("Order Completed", 90, "", "a1", order_id="A2", products=[BOWL], total=20),
        track("Order Refunded", 80, "7", order_id="A2", total=20, refund_id="R2"),
        track("Order Completed", 70, "8", order_id="B1", total="12.00"),
        track("Order Cancelled", 60, "8", order_id="B1"),
        track("Store Visited", 50, "8", store_id="003"),
        call("alias", 40, previous_id="b1", user_id="8"),
        track("Products Searched", 45, anon="b1", query="mugs"),
        call("page", 44, anonymous_id="b1", name="Home"),
        call("group", 43, user_id="8"),
    ]


def test_the_story() -> None:
    counts = apply(story(), key())
    assert counts["event", "recorded"] == 16
    assert counts["group", "ignored"] == 1
    anna = Customer.objects.get(identities__number="7")
    assert (anna.email, anna.first_name, anna.last_name, anna.city) == (
        *("anna@example.com", "Anna", "Ahrens"),
        "Köln",
    )
    assert anna.attributes == {"plan": "gold"}
    assert Visitor.objects.get(anonymous_id="a1").customer == anna
    first = Order.objects.get(number="A1")
    assert (first.total, first.customer) == (3390, anna)
    assert Order.objects.get(number="R1").total == -450
    assert Order.objects.get(number="A1:rest").total == -(3390 - 450)
    guest = Order.objects.get(number="A2")
    assert guest.customer == anna, "she was signed in there, though the message does not say so"
    assert sorted(Order.objects.get(number="R2").lines.values_list("product__sku", "amount")) == [
        ("BOWL", -2000),
        ("refund", -2000),
        ("refund", 2000),
    ]
    cart = Cart.objects.get(number="c1")
    assert (cart.state, cart.customer, cart.order) == ("bought", anna, first)
    assert [f.product.sku for f in Favourite.objects.filter(customer=anna, removed_at=None)] == ["BOWL"]
    assert not Event.objects.filter(customer_id=None).exists()
    assert not stats.differences()


MESSAGES = story()


class _Undo(Exception):
    pass


def end_of(parcels: list[list[Message]]) -> dict[str, Any]:
    ends: list[dict[str, Any]] = []
    try:
        with transaction.atomic():
            by = key()
            for parcel in parcels:
                apply(parcel, by)
            ends.append(state())
            assert not stats.differences()
            raise _Undo
    except _Undo:
        return ends[0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.permutations(range(len(MESSAGES))), st.sets(st.integers(1, len(MESSAGES) - 1), max_size=8), st.data()
)
def test_any_order_in_any_parcels_ends_in_the_same(
    order: list[int], cuts: set[int], data: st.DataObject
) -> None:
    shuffled = [MESSAGES[place] for place in order]
    bounds = [0, *sorted(cuts), len(shuffled)]
    parcels = [shuffled[a:b] for a, b in pairwise(bounds)]
    again = data.draw(st.sampled_from(parcels))
    assert end_of([*parcels, again]) == end_of([MESSAGES])


def test_one_by_one_backwards_is_the_same_too() -> None:
    assert end_of([[message] for message in reversed(MESSAGES)]) == end_of([MESSAGES])
