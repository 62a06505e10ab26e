"""A browser's key is public: what may be done with it, and what not (reliability T8)."""

import pytest

from customers.models import Cart, Customer, Event, Identity, Order, Product, Shop, Visitor
from tests.customers.tracked import MUG, apply, call, identify, key, track
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
