"""What strangers put into a guessable cart number does not count once it is known whose cart it is."""

from itertools import permutations
from typing import Any

import pytest
from msgspec.structs import replace

from customers import merging
from customers.models import ApiKey, Cart, CartLine, Customer, Dirty, Event, Identity, Shop
from customers.tracking.messages import Message
from tests.customers.tracked import AT, apply, identify, key, track
from tests.factories import ProductFactory, UserFactory

pytestmark = pytest.mark.django_db
LINK = "https://shop.example/cart?of="


@pytest.fixture(autouse=True)
def catalogue() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    for sku in ("MUG", "POT", "PAN"):
        ProductFactory(sku=sku, price=1000)


@pytest.fixture
def public() -> ApiKey:
    return key("browser", origins=["https://shop.example"])


@pytest.fixture
def shop() -> ApiKey:
    return key()


def added(minutes: int, sku: str, user: str = "", anon: str = "", **more: Any) -> Message:
    said = track("Product Added", minutes, user, anon, cart_id="C", sku=sku, **more)
    return replace(said, context={"verified": bool(user)})


def viewed(minutes: int, sku: str, user: str = "", anon: str = "", **more: Any) -> Message:
    said = track("Cart Viewed", minutes, user, anon, cart_id="C", products=[{"sku": sku}], **more)
    return replace(said, context={"verified": bool(user)})


def customer(number: str) -> Customer:
    return Identity.objects.get(number=number).customer


def cart() -> tuple[Customer | None, set[str], int, str]:
    found = Cart.objects.get(number="C")
    skus = set(CartLine.objects.filter(cart=found).values_list("product__sku", flat=True))
    return found.customer, skus, found.value, found.restore_url


def test_what_a_stranger_put_in_before_the_shop_named_the_customer_does_not_count(
    public: ApiKey, shop: ApiKey
) -> None:
    apply([viewed(30, "POT", anon="eve", restore_url=LINK + "eve")], public)
    assert cart() == (None, {"POT"}, 1000, LINK + "eve")
    apply([added(20, "MUG", "7")], shop)
    assert cart() == (customer("7"), {"MUG"}, 1000, "")
    assert Event.objects.filter(cart_id=Cart.objects.get().pk).count() == 2, "what was said is kept"


def test_nor_does_that_she_said_it_was_bought(public: ApiKey, shop: ApiKey) -> None:
    apply([track("Order Completed", -4, anon="eve", cart_id="C", order_id="1")], public)
    apply([added(0, "MUG", "7")], shop)
    assert (Cart.objects.get().state, cart()[1]) == ("open", {"MUG"})


def test_nor_once_she_signs_in_as_herself(public: ApiKey, shop: ApiKey) -> None:
    apply([viewed(30, "POT", anon="eve")], public)
    apply([added(20, "MUG", "7", restore_url=LINK + "7")], shop)
    apply([identify("8", 10, "eve")], shop)
    assert cart() == (customer("7"), {"MUG"}, 1000, LINK + "7")


def test_a_customer_who_took_the_number_loses_it_to_whom_the_shop_names(public: ApiKey, shop: ApiKey) -> None:
    apply([identify("7")], shop)
    apply([added(30, "POT", "8", "eve")], public)
    Dirty.objects.all().delete()
    apply([added(20, "MUG", "7")], shop)
    assert cart()[:2] == (customer("7"), {"MUG"})
    assert customer("8").pk in Dirty.objects.values_list("customer", flat=True), "segments let go of her"


def test_nor_does_she_get_what_the_shop_told_of_a_guests_cart(public: ApiKey, shop: ApiKey) -> None:
    apply([added(30, "POT", "8", "eve")], public)
    apply([added(20, "MUG", anon="guest", restore_url=LINK + "guest")], shop)
    apply([added(15, "PAN", anon="guest")], public)
    assert cart() == (None, {"MUG", "PAN"}, 2000, LINK + "guest")
    assert apply([added(10, "POT", "8", "eve")], public)["event", "foreign_cart"] == 1
    apply([identify("7", 5, "guest")], shop)
    assert cart()[:2] == (customer("7"), {"MUG", "PAN"})


@pytest.mark.parametrize("at_once", [True, False])
def test_a_signed_identity_takes_the_number_from_a_nameless_browser(public: ApiKey, at_once: bool) -> None:
    told = [added(30, "POT", anon="eve"), added(20, "MUG", "7", "a1")]
    if at_once:
        assert apply(told, public)["event", "foreign_cart"] == 1
    else:
        for one in told:
            assert ("event", "foreign_cart") not in apply([one], public)
    assert cart()[:2] == (customer("7"), {"MUG"})
    assert apply([added(10, "POT", anon="eve")], public)["event", "foreign_cart"] == 1


def test_whose_browser_was_first_has_it_again_once_she_signs_in(public: ApiKey, shop: ApiKey) -> None:
    apply([added(30, "MUG", anon="a1")], public)
    apply([added(999, "POT", "8", "eve")], public)
    assert cart()[:2] == (customer("8"), {"POT"})
    apply([identify("7", 10, "a1")], shop)
    assert cart()[:2] == (customer("7"), {"MUG"})


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_her_own_browser_put_in_counts_however_it_becomes_hers(
    public: ApiKey, shop: ApiKey, order: tuple[int, ...]
) -> None:
    known = track("Product Viewed", 10, "7", "a1", sku="POT")
    told = [(added(30, "MUG", anon="a1"), public), (added(20, "PAN", "7"), shop), (known, shop)]
    for place in order:
        message, by = told[place]
        apply([message], by)
    # Told after the shop had named her and before the browser was hers, it never came into the cart.
    late = order.index(1) < order.index(0) < order.index(2)
    assert cart()[:2] == (customer("7"), {"PAN"} if late else {"MUG", "PAN"})


def test_also_by_an_alias_and_when_two_customers_turn_out_to_be_one(public: ApiKey, shop: ApiKey) -> None:
    apply([added(30, "MUG", anon="a1"), added(29, "POT", anon="a1")], public)
    apply([added(20, "PAN", "7")], shop)
    assert cart()[1] == {"PAN"}
    apply([replace(identify("8", 10), type="alias", previous_id="a1", traits={})], shop)
    assert cart()[1] == {"PAN"}
    merging.merge(customer("8").pk, customer("7").pk, UserFactory(), AT)
    assert cart()[:2] == (customer("7"), {"MUG", "POT", "PAN"})


@pytest.mark.django_db(transaction=True)
def test_a_browser_is_identified_although_its_cart_has_been_deleted_meanwhile(
    public: ApiKey, shop: ApiKey
) -> None:
    """Events outlive carts; a line of a cart that is gone would fail with the commit."""
    apply([added(30, "POT", anon="anna")], public)
    Cart.objects.all().delete()
    apply([identify("7", 10, "anna")], shop)
    assert Event.objects.filter(customer_id=customer("7").pk).exclude(cart_id=None).count() == 1
    assert not CartLine.objects.exists()


def test_the_shop_may_have_a_property_of_that_name(shop: ApiKey, public: ApiKey) -> None:
    apply([viewed(30, "MUG", "7", unproven=True), viewed(20, "POT", "8")], shop)
    assert cart()[:2] == (customer("8"), {"POT"})
    apply([viewed(10, "PAN", "7", unproven=True)], shop)
    assert cart()[:2] == (customer("7"), {"PAN"})


def test_a_guests_cart_is_of_the_browser_that_the_shop_named_last(shop: ApiKey, public: ApiKey) -> None:
    """As when her cookie was made anew; that one goes on with it."""
    apply([viewed(30, "MUG", anon="second"), viewed(20, "POT", anon="first")], shop)
    apply([added(10, "PAN", anon="first")], public)
    assert cart()[:2] == (None, {"POT", "PAN"})
