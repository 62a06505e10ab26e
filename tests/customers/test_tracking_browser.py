"""A browser's key is public: what may be done with it, and what not (reliability T8)."""

from typing import Any

import pytest
from msgspec.structs import replace

from customers import events
from customers.models import (
    ApiKey,
    Cart,
    CartLine,
    Customer,
    Event,
    EventKey,
    Identity,
    Order,
    Product,
    Shop,
    Visitor,
)
from customers.tracking import heard
from customers.tracking.messages import Message
from tests.customers.tracked import AT, MUG, apply, call, identify, key, track
from tests.factories import CustomerFactory, ProductFactory

pytestmark = pytest.mark.django_db
VERIFIED = {"verified": True}


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})


def browser():
    return key("browser", origins=["https://shop.example"])


def test_whoever_names_a_customer_without_proof_stays_a_visitor():
    anna = CustomerFactory()
    Identity.objects.create(customer=anna, source="shop", number="7")
    counts = apply([track("Product Viewed", user="7", anon="a1", **MUG), track("X", user="7")], browser())
    event = Event.objects.get()
    assert (event.customer_id, event.visitor_id) == (None, Visitor.objects.get().pk)
    assert counts["track", "unverified"] == 1


def test_a_verified_browser_is_hers_and_states_no_contact_data():
    said = {
        "email": "eve@example.org",
        "phone": "+49511123456",
        "firstName": "Eve",
        "name": "Eve Brandt",
        "language": "en",
        "color": "red",
    }
    message = call("identify", user_id="7", anonymous_id="a1", traits=said, context=VERIFIED)
    counts = apply([track("Product Viewed", 5, anon="a1", **MUG), message], browser())
    person = Customer.objects.get()
    assert (person.email, person.phone, person.first_name, person.language) == ("", "", "", "en")
    assert person.attributes == {"color": "red"}
    assert counts["identify", "browser_trait"] == 4
    assert Event.objects.get().customer_id == person.pk


def test_what_the_shop_says_of_her_a_browser_does_not_change():
    apply([identify("7", 60, plan="gold", language="de")], key())
    Customer.objects.update(attributes={"plan": "gold", "from_list": 1})
    traits = {"plan": "platinum", "language": "en", "from_list": 2, "new": 1}
    apply([call("identify", user_id="7", anonymous_id="a1", traits=traits, context=VERIFIED)], browser())
    person = Customer.objects.get()
    assert (person.attributes, person.language) == ({"plan": "gold", "from_list": 1, "new": 1}, "de")


def test_an_order_in_a_browser_closes_the_cart_and_is_none():
    ProductFactory(sku="MUG", price=1290)
    by = browser()
    apply([track("Product Added", 10, anon="a1", **MUG)], by)
    assert Cart.objects.get().value == 2 * 1290, "at our price, not at the browser's"
    counts = apply([track("Order Completed", 5, anon="a1", order_id="A1", total=0.01, products=[MUG])], by)
    assert ("order", "recorded") not in counts
    assert not Order.objects.exists()
    assert Cart.objects.get().state == "bought"
    assert Event.objects.get(kind="order").value is None


def test_a_browser_makes_no_products():
    counts = apply([track("Product Viewed", anon="a1", sku="SPAM", name="Buy pills")], browser())
    assert not Product.objects.exists()
    assert counts["event", "unknown_product"] == 1


def test_a_browser_gives_no_product_a_brand():
    ProductFactory(sku="MUG")
    apply([track("Product Viewed", anon="a1", sku="MUG", brand="Spam")], browser())
    assert Product.objects.get().brand == ""


def test_a_browser_cannot_take_a_guest_order():
    apply([track("Order Completed", 30, anon="guest", order_id="A1", total=20)], key())
    own = call("identify", user_id="666", anonymous_id="a1", context=VERIFIED)
    apply([track("Order Completed", 20, anon="a1", order_id="A1"), own], browser())
    assert Order.objects.get().customer is None


def test_a_restore_link_leads_to_the_shop_only():
    by = browser()
    ProductFactory(sku="MUG")
    for link in ("https://evil.example/x", "javascript:alert(1)", "https://shop.example@evil.example/"):
        counts = apply([track("Cart Viewed", 9, anon="a1", restore_url=link, products=[MUG])], by)
        assert counts["track", "bad_restore_url"] == 1
        assert Cart.objects.get().restore_url == ""
    apply(
        [track("Cart Viewed", 1, anon="a1", restore_url="https://shop.example/cart?c=1", products=[MUG])], by
    )
    assert Cart.objects.get().restore_url == "https://shop.example/cart?c=1"


def test_a_browser_uses_up_no_id_of_the_shops_server():
    viewed = track("Product Viewed", 9, anon="eve", **MUG)
    apply([replace(viewed, message_id=taken) for taken in ("order 10001", "m1")], browser())
    sold = track("Order Completed", 5, "7", order_id="10001", total=9)
    named = identify("7", firstName="Anna")
    by = key()
    counts = apply([replace(sold, message_id="order 10001"), replace(named, message_id="m1")], by)
    assert counts["order", "recorded"] == counts["event", "recorded"] == counts["identify", "recorded"] == 1
    assert Order.objects.get().number == "10001"


def test_what_a_browser_said_before_it_had_ids_of_its_own_counts_once():
    viewed = track("Product Viewed", 9, anon="a1", **MUG)
    said = heard.digest(heard.content(viewed))
    EventKey.objects.create(key=events.key_of("shop", viewed.message_id), hash=said, at=AT)
    assert apply([viewed], browser())["event", "repeated"] == 1
    assert not Event.objects.exists()


@pytest.mark.parametrize("type_", ["identify", "alias"])
def test_also_who_it_said_she_is(type_: str):
    said = call(type_, 9, user_id="7", anonymous_id="a1", previous_id="a1", traits={"a": 1}, context=VERIFIED)
    taken = replace(said, message_id="of the server")
    for message, hash_ in ((said, heard.digest(heard.content(said))), (taken, 1)):
        EventKey.objects.create(key=events.key_of("shop", message.message_id), hash=hash_, at=AT)
    assert apply([said], browser()) == {(type_, "repeated"): 1}
    assert not Customer.objects.filter(attributes={"a": 1}).exists()
    assert (type_, "repeated") not in apply([taken], browser())


def verified(message: Message) -> Message:
    return replace(message, context=VERIFIED)


@pytest.fixture
def annas_cart() -> ApiKey:
    """Her open cart, which a browser of hers has told of."""
    ProductFactory(sku="MUG")
    ProductFactory(sku="POT")
    by = browser()
    apply([verified(track("Product Added", 30, "7", "a1", cart_id="C", sku="MUG"))], by)
    return by


@pytest.mark.parametrize("user", ["", "8"])
@pytest.mark.parametrize("event", ["Order Completed", "Cart Viewed"])
def test_nobody_gets_into_the_cart_of_somebody_else(annas_cart: ApiKey, user: str, event: str):
    said = track(event, 5, user, "eve", cart_id="C", order_id="1", products=[{"sku": "POT"}])
    counts = apply([verified(said) if user else said], annas_cart)
    assert (counts["event", "foreign_cart"], counts["event", "recorded"]) == (1, 1)
    cart = Cart.objects.get()
    assert (cart.state, cart.customer) == ("open", Identity.objects.get(number="7").customer)
    assert CartLine.objects.get().product.sku == "MUG"


def test_her_cart_is_hers_on_another_device_and_her_shop_may_do_all(annas_cart: ApiKey):
    apply([verified(track("Product Added", 20, "7", "a2", cart_id="C", sku="POT"))], annas_cart)
    assert CartLine.objects.count() == 2
    apply([track("Order Completed", 10, "8", cart_id="C", order_id="1", total=5)], key())
    assert Cart.objects.get(number="C").state == "bought"


def test_once_the_shop_names_its_owner_only_her_browsers_get_into_a_cart():
    """Whoever fills a number that is to come keeps no key to it."""
    for sku in ("MUG", "POT", "PAN"):
        ProductFactory(sku=sku)
    by = browser()
    apply([track("Product Added", 30, anon="eve", cart_id="C", sku="POT")], by)
    apply([track("Cart Viewed", 20, "7", cart_id="C", products=[{"sku": "MUG"}])], key())
    assert (
        apply([track("Product Added", 10, anon="eve", cart_id="C", sku="POT")], by)["event", "foreign_cart"]
        == 1
    )
    hers = [identify("7", 9, "a1"), track("Product Viewed", 8, "7", "a1", sku="PAN")]
    apply(hers, key())
    counts = apply([track("Product Added", 5, anon="a1", cart_id="C", sku="PAN")], by)
    assert "foreign_cart" not in {fate for (_what, fate), count in counts.items() if count}
    assert set(CartLine.objects.values_list("product__sku", flat=True)) == {"MUG", "PAN"}


def test_a_cart_that_nobody_has_is_of_the_first_who_comes():
    ProductFactory(sku="MUG")
    told = [
        track("Product Added", minutes, "", anon, cart_id="C", sku="MUG")
        for minutes, anon in ((9, "a"), (5, "b"))
    ]
    assert apply(told[::-1], browser())["event", "foreign_cart"] == 1
    assert (Cart.objects.get().visitor.anonymous_id, CartLine.objects.get().quantity) == ("a", 1)


@pytest.mark.parametrize(
    ("number", "properties"), [("eve", {"cart_id": "own:#7"}), ("#7", {}), ("#7", {"cart_id": "own:#7"})]
)
def test_the_numbers_that_we_give_to_carts_are_nobody_elses(number: str, properties: dict[str, Any]):
    apply([track("Product Added", 30, "7", **MUG)], key())
    apply([track("Order Completed", 5, anon=number, order_id="1", **properties)], browser())
    assert Cart.objects.get(number="own:#7").state == "open"


def test_what_browsers_and_servers_do_settles_no_currency():
    Shop.objects.update(currency="")
    added = track("Product Added", 9, anon="a1", **MUG)
    apply([added], browser())
    apply([track("Product Added", 8, "7", **MUG)], key())
    assert (Shop.current().currency, Cart.objects.get(number="own:#7").currency) == ("", "EUR")
    assert (Product.objects.get().price, Product.objects.get().currency) == (450, "EUR")
    counts = apply([track("Order Completed", 5, "7", order_id="A1", total=9, currency="CHF")], key())
    assert counts["order", "recorded"] == 1
    assert Shop.current().currency == "CHF"


def test_an_order_that_cannot_be_recorded_settles_no_currency():
    Shop.objects.update(currency="")
    counts = apply([track("Order Completed", 5, "7", total=9, currency="CHF")], key())
    assert counts["order", "no_order_number"] == counts["event", "recorded"] == 1
    assert Shop.current().currency == ""


@pytest.mark.parametrize("told", [{}, {"currency": "EUR"}])
def test_beside_an_order_that_cannot_be_recorded_the_good_one_settles_it(told: dict[str, str]):
    Shop.objects.update(currency="")
    beyond = MUG | {"price": 9_999_999_999, "quantity": 99_999}
    sold = [
        track("Order Completed", 30, "7", total=9, currency="CHF"),
        track("Order Completed", 20, "7", order_id="A1", currency="CHF", products=[beyond]),
        track("Order Completed", 10, "7", order_id="A2", total=9, **told),
        track("Cart Viewed", 5, "7", products=[MUG]),
    ]
    counts = apply(sold, key())
    assert (
        counts["order", "no_order_number"] == counts["order", "no_rate"] == counts["order", "recorded"] == 1
    )
    assert Shop.current().currency == Order.objects.get().currency == "EUR"
    assert (Cart.objects.get(state="open").currency, Product.objects.get(sku="MUG").price) == ("EUR", 450)


def test_the_shops_first_orders_may_be_in_two_currencies():
    Shop.objects.update(currency="")
    dollars = {"currency": "USD", "exchange_rate": "0.9"}
    sold = [
        track("Order Completed", 5, "7", order_id="A2", total=10, **dollars),
        track("Order Completed", 9, "7", order_id="A1", total=9, currency="EUR"),
    ]
    assert apply(sold, key())["order", "recorded"] == 2
    assert (Shop.current().currency, Order.objects.get(number="A2").base_total) == ("EUR", 900)
