"""A cart is what happened to it, in whatever order that is told."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import carts, events, identity, orders
from customers.events import Fact, Item
from customers.models import (
    Cart,
    CartLine,
    Customer,
    Dirty,
    Event,
    EventKey,
    Favourite,
    Identity,
    Order,
    OrderLine,
    Origin,
    Visitor,
)
from tests.customers.test_events import AT, TERMS, anna, fact, record, shop  # noqa: F401

pytestmark = pytest.mark.django_db


def item(sku: str, quantity: int = 1, price: int | None = 10) -> Item:
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


@pytest.fixture
def till(anna: Customer) -> Any:  # noqa: F811
    """Sells her these articles so many minutes ago, at the till."""

    def sell(minutes: int, *skus: str) -> Order:
        terms = orders.Terms("till", "EUR")
        number, placed_at = f"T{minutes}", AT - timedelta(minutes=minutes)
        Identity.objects.get_or_create(source="till", number="7", defaults={"customer": anna})
        lines = [
            orders.Line(number, False, "7", "", "", placed_at, sku, False, "", 1, Decimal(10), "", place)
            for place, sku in enumerate(skus)
        ]
        orders.record(lines, terms, AT, Origin.LIVE)
        return Order.objects.get(number=number)

    return sell


def added(sku: str, minutes: int, quantity: int = 1) -> Fact:
    return fact("cart_add", minutes, cart="c", customer="7", product=item(sku, quantity))


def seen(minutes: int, *skus: str) -> Fact:
    return fact("cart", minutes, cart="c", customer="7", lines=tuple(map(item, skus)))


def removed(sku: str, minutes: int) -> Fact:
    return fact("cart_remove", minutes, cart="c", customer="7", product=item(sku))


def test_what_was_bought_at_the_till_does_not_come_back_with_what_is_added_later(till: Any) -> None:
    record(added("A", 90))
    order = till(60, "A", "X")
    assert content() == ("bought", {"A": 1}, 1000)
    assert (Cart.objects.get().order, Cart.objects.get().closed_at) == (order, order.placed_at)
    record(added("B", 5))
    assert content() == ("open", {"B": 1}, 1000)
    assert (Cart.objects.get().order, Cart.objects.get().closed_at) == (None, None)


def test_that_the_shops_cart_still_shows_it_is_nothing_new(till: Any) -> None:
    record(added("A", 90))
    till(60, "A")
    record(seen(50, "A"), fact("cart", 45, cart="c", customer="7"))
    assert content() == ("bought", {"A": 1}, 1000)
    record(seen(20, "A", "B"))
    assert content() == ("open", {"B": 1}, 1000)
    record(added("A", 10), seen(5, "A", "B"))
    assert content() == ("open", {"A": 1, "B": 1}, 2000)


@pytest.mark.parametrize(
    ("first", "gone"),
    [(("A",), seen(50)), (("A", "B"), seen(50, "B")), (("A",), removed("A", 50))],
    ids=["empty", "without it", "taken out"],
)
def test_once_it_was_gone_it_is_new_when_it_is_shown_again(till: Any, first: tuple[str], gone: Fact) -> None:
    record(seen(90, *first))
    till(60, *first)
    record(seen(55, *first), gone)
    assert content()[0] == "bought"
    record(seen(20, "A"), seen(10, "A"))
    assert content() == ("open", {"A": 1}, 1000)
    assert [order.number for order in Order.objects.filter(carts=None)] == ["T60"]


def test_what_was_bought_in_two_purchases_does_not_come_back(till: Any) -> None:
    record(seen(90, "A", "B", "C"))
    till(60, "A")
    record(seen(50, "A", "B", "C"))
    assert content() == ("open", {"B": 1, "C": 1}, 2000)
    till(40, "B")
    assert content() == ("bought", {"B": 1, "C": 1}, 2000)
    record(seen(30, "A", "B"))
    assert content() == ("bought", {"B": 1, "C": 1}, 2000)
    record(seen(20, "A", "B", "D"))
    assert content() == ("open", {"D": 1}, 1000)
    record(added("A", 15), seen(10, "A", "B", "D"))
    assert content() == ("open", {"A": 1, "D": 1}, 2000)


def test_an_order_that_is_told_with_the_cart_leaves_nothing_over(till: Any) -> None:
    record(seen(90, "A"))
    till(60, "A")
    record(added("B", 50), fact("order", 40, cart="c", customer="7", order="O1"), seen(30, "A"))
    assert content() == ("open", {"A": 1}, 1000)


def test_a_purchase_that_the_till_tells_late_cleans_the_cart_that_was_opened_since(till: Any) -> None:
    record(seen(90, "A", "B"))
    till(60, "A")
    record(seen(20, "A", "B"))
    assert content() == ("open", {"B": 1}, 1000)
    bought = till(40, "B")
    cart = Cart.objects.get()
    assert (cart.state, cart.order.number, bought.carts.count()) == ("bought", "T60", 0)
    assert content() == ("bought", {"A": 1, "B": 1}, 2000)


def test_only_what_was_in_it_at_that_time_closes_it(till: Any) -> None:
    record(
        added("A", 58),
        removed("A", 57),
        added("B", 56),
    )
    till(55, "A")
    till(59, "B")
    assert content() == ("open", {"B": 1}, 1000)
    till(50, "B")
    record(added("C", 40))
    till(30, "B", "A")
    assert content() == ("open", {"C": 1}, 1000)
    till(20, "C")
    assert content() == ("bought", {"C": 1}, 1000)


def test_an_order_that_is_told_with_the_cart_and_once_more_closes_it_once(till: Any) -> None:
    record(added("A", 90), fact("order", 60, cart="c", customer="7", order="O1"))
    till(61, "A")
    assert content() == ("bought", {"A": 1}, 1000)


Step = tuple[str, int, *tuple[str, ...]]
# What happened so many minutes ago, and how it ended: state, content, and the order that closed it.
ENDINGS: list[tuple[list[Step], str, dict[str, int], str | None]] = [
    (
        [
            *(("put", 90, "A"), ("till", 80, "A"), ("seen", 70, "A", "B"), ("order", 60), ("put", 50, "C")),
            *(("put", 45, "A"), ("till", 40, "A"), ("put", 30, "D")),
        ],
        *("open", {"D": 1}, None),
    ),
    ([("seen", 90, "A"), ("till", 60, "A"), ("seen", 50, "A"), ("till", 40, "A")], "bought", {"A": 1}, "T60"),
    (
        [
            ("seen", 90, "A", "B"),
            ("till", 60, "A"),
            ("seen", 50, "A", "B"),
            ("till", 40, "B"),
            ("seen", 20, "B"),
        ],
        *("bought", {"B": 1}, "T40"),
    ),
    (
        [("seen", 90, "A"), ("till", 60, "A"), ("seen", 50), ("seen", 45, "A"), ("till", 40, "A")],
        *("bought", {"A": 1}, "T40"),
    ),
    (
        [
            ("put", 90, "A"),
            ("till", 80, "A"),
            ("put", 70, "B"),
            ("order", 60),
            ("put", 50, "C"),
            ("till", 40, "C"),
        ],
        *("bought", {"C": 1}, "T40"),
    ),
]


@pytest.mark.parametrize(("steps", "state", "left", "number"), ENDINGS)
def test_whenever_the_till_tells_it_the_end_is_the_same(
    till: Any, steps: list[Step], state: str, left: dict[str, int], number: str | None
) -> None:
    def tell(step: Step) -> None:
        kind, minutes, *skus = step
        if kind == "till":
            till(minutes, *skus)
        elif kind == "order":
            record(fact("order", minutes, cart="c", customer="7", order="O1"))
        else:
            record(seen(minutes, *skus) if kind == "seen" else added(skus[0], minutes))

    for order in permutations(steps) if len(steps) < 5 else turned(steps):
        for step in order:
            tell(step)
        cart = Cart.objects.get()
        assert content()[:2] == (state, left), order
        assert (cart.order.number if cart.order else None) == number, order
        assert cart.closed_at == (AT - timedelta(minutes=int(number[1:])) if number else None), order
        forget()
        OrderLine.objects.all().delete()
        Order.objects.all().delete()


def turned(steps: list[Step]) -> list[list[Step]]:
    """Some orders of telling: as it was, from the end, every other one first, the tills first and last."""
    tills = [step for step in steps if step[0] == "till"]
    others = [step for step in steps if step[0] != "till"]
    halves = [*steps[::2], *steps[1::2]], [*steps[1::2], *steps[::2]]
    return [steps, steps[::-1], *halves, [*tills, *others], [*others, *tills], [*others, *tills[::-1]]]


def test_that_a_cart_is_empty_says_an_empty_list_alone() -> None:
    record(fact("cart_add", 90, cart="c", product=item("A")))
    record(fact("checkout", 80, cart="c"), fact("cart", 75, cart="c"))
    assert content() == ("abandoned", {"A": 1}, 1000)
    record(fact("cart", 70, cart="c", lines=()))
    assert content() == ("open", {}, 0)
    assert carts.leave(AT + timedelta(days=1)) == 0
    record(fact("cart_add", 60, cart="c", product=item("B")))
    assert content() == ("open", {"B": 1}, 1000)


def test_more_pieces_than_a_number_holds_are_as_many_as_it_holds() -> None:
    pieces = (item("A", 2**30, 10**10),) * 2
    record(fact("cart", 9, cart="c", lines=pieces), fact("cart_add", 8, cart="c", product=item("B", 5)))
    cart = Cart.objects.get()
    assert (cart.items, cart.value) == (2**31 - 1, 10**13 + 5000)


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
