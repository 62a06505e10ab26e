"""What shops send that is not as it should be: left out and counted, and the rest taken."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from customers.models import Cart, Customer, Event, Order, Product, Shop, Visitor
from customers.tracking import fields
from tests.customers.tracked import AT, MUG, apply, call, identify, key, track

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR", "country": "DE"})


@pytest.mark.parametrize(
    ("told", "value"),
    [
        *((12.9, "12.9"), (20, "20"), ("12.90", "12.90"), ("12,90", "12.90"), ("12,90 €", "12.90")),
        *(("EUR 5", "5"), ("1.299,00", "1299.00"), ("1,299.00", "1299.00"), ("1,299,000.5", "1299000.5")),
        *(("1,299", None), ("", None), ("free", None), (True, None), ("1.2.3", None), ("NaN", None)),
        *(([1], None), ("1" * 50, None), ("1e9", None)),
    ],
)
def test_numbers_as_shops_write_them(told: Any, value: str | None) -> None:
    assert fields.number(told) == (None if value is None else Decimal(value))


TRAITS = [
    ({"email": "no address"}, "bad_email"),
    ({"email": ["a@example.org"]}, "bad_email"),
    ({"phone": "12"}, "bad_phone"),
    ({"birthday": "31.02.1990"}, "bad_birthday"),
    ({"birthday": "2090-01-01"}, "bad_birthday"),
    ({"birthday": "01/02/1990"}, "bad_birthday"),
    ({"language": "klingonisch"}, "bad_language"),
    ({"address": "Hauptstr. 1"}, "bad_address"),
    ({"address": {"country": "Atlantis"}}, "bad_country"),
    ({"createdAt": "2099-01-01T00:00:00Z"}, "bad_acquired_at"),
    ({"createdAt": 10**30}, "bad_acquired_at"),
    ({"homeStore": "999"}, "bad_home_store"),
    ({"gender": "yes"}, "bad_salutation"),
    ({"lastName": "x" * 121}, "bad_last_name"),
    ({"company": {"name": "Brandt"}}, "bad_attribute"),
    ({"k" * 81: 1}, "bad_attribute"),
    ({"essay": "x" * 301}, "bad_attribute"),
]


@pytest.mark.parametrize(("traits", "fault"), TRAITS)
def test_a_bad_trait_is_left_out_and_counted(traits: dict[str, Any], fault: str) -> None:
    counts = apply([identify("7", firstName="Anna", **traits)], key())
    assert counts == {("identify", "recorded"): 1, ("identify", fault): 1}
    anna = Customer.objects.get()
    assert (anna.first_name, anna.email, anna.phone, anna.attributes) == ("Anna", "", "", {})


def test_good_traits_are_taken_and_nothing_is_guessed() -> None:
    traits = {
        "name": "Kim Brandt",
        "phone": "0511 123456",
        "title": "Dr.",
        "birthday": "1990-05-01T00:00:00Z",
        "locale": "de-AT",
        "address": {"city": "Wien", "postalCode": 1010, "country": "Österreich", "street": "Ring 1"},
        "createdAt": 1_700_000_000,
        "plan": "gold",
        "visits": 3,
        "vip": True,
    }
    apply([identify("7", **traits)], key())
    kim = Customer.objects.get()
    assert (kim.first_name, kim.last_name, kim.salutation) == ("", "", "")
    assert kim.attributes == {"name": "Kim Brandt", "plan": "gold", "visits": 3, "vip": True}
    assert (kim.title, kim.language, kim.city, kim.postal_code, kim.country) == (
        "Dr.",
        "de",
        "Wien",
        "1010",
        "AT",
    )
    assert str(kim.birthday) == "1990-05-01"


def test_a_phone_without_country_code_is_of_the_shops_country() -> None:
    apply([identify("7", phone="0511 123456")], key())
    assert Customer.objects.get().phone == "+49511123456"


ORDERS: list[tuple[dict[str, Any], int | None, str | None]] = [
    ({"products": [MUG], "total": 9}, 900, None),
    ({"products": [MUG], "total": 13.9, "shipping": 4.9}, 1390, None),
    ({"products": [MUG], "total": "10,71", "tax": "1,71"}, 1071, None),
    ({"products": [MUG], "total": 9, "tax": 1.44}, 900, None),  # the prices hold the tax
    ({"products": [MUG], "total": 8, "discount": 1}, 800, None),
    ({"products": [MUG], "total": 9, "discount": 1}, 900, None),  # the prices are reduced already
    ({"products": [MUG], "total": 12.34}, 1234, None),
    ({"products": [MUG], "shipping": 1}, 1000, None),
    ({"total": 50}, 5000, None),
    ({"products": [{"sku": "MUG", "price": "four"}], "total": 4}, 400, "bad_price"),
    ({"products": [MUG, "and a bowl"], "total": 9}, 900, "bad_products"),
    ({"products": [MUG, {"name": "Bowl"}], "total": 9}, 900, "no_sku"),
    ({"products": [{**MUG, "quantity": "many"}], "total": 9}, 900, "bad_quantity"),
    ({"products": [MUG], "total": "nine"}, 900, "bad_total"),
    ({"products": [MUG], "total": 9, "currency": "USD", "exchange_rate": 0.9}, 900, None),
]


@pytest.mark.parametrize(("properties", "total", "fault"), ORDERS)
def test_an_order_comes_to_the_stated_total(
    properties: dict[str, Any], total: int, fault: str | None
) -> None:
    counts = apply([track("Order Completed", user="7", order_id="A1", **properties)], key())
    order = Order.objects.get()
    assert order.total == total == sum(line.amount for line in order.lines.all())
    assert counts["order", "recorded"] == counts["event", "recorded"] == 1
    assert fault is None or counts["track", fault] == 1


def test_what_we_add_to_an_order_is_a_service_in_the_shops_language() -> None:
    apply([track("Order Completed", user="7", order_id="A1", total=5, shipping=5, products=[])], key())
    product = Product.objects.get()
    assert (product.sku, product.kind, list(product.names)) == ("shipping", "service", ["de"])


@pytest.mark.parametrize(
    ("properties", "fault"),
    [
        ({"total": 9}, "no_order_number"),
        ({"order_id": "A1", "total": 9, "currency": "USD"}, "no_rate"),
        ({"order_id": "A1", "total": 9, "currency": "XYZ"}, "no_rate"),
        (
            {"order_id": "A1", "products": [{"sku": "X", "price": 9_999_999_999, "quantity": 99_999}]},
            "amount_size",
        ),
    ],
)
def test_what_cannot_be_an_order_stays_an_event(properties: dict[str, Any], fault: str) -> None:
    counts = apply([track("Order Completed", user="7", **properties)], key())
    assert counts["order", fault] == counts["event", "recorded"] == 1
    assert not Order.objects.exists()


def test_an_alias_ties_no_browser_to_an_erased_person() -> None:
    by = key()
    apply([identify("7", 60)], by)
    Customer.objects.update(erased_at=AT)
    told = call("alias", user_id="7", previous_id="v")
    assert apply([told], by)["alias", "erased"] == 1
    assert not Visitor.objects.exists()
    assert apply([track("Product Viewed", 5, anon="v", **MUG)], by)["event", "recorded"] == 1
    assert Event.objects.get().customer_id is None


def test_an_empty_cart_is_told_by_an_empty_list() -> None:
    by = key()
    told = {"user": "7", "cart_id": "C"}
    apply([track("Cart Viewed", 30, products=[MUG], **told)], by)
    apply(
        [
            track("Checkout Started", 20, **told),
            track("Checkout Started", 19, products=[], **told),
            track("Cart Viewed", 18, **told),
            track("Cart Viewed", 17, products=[{"name": "without a number"}], **told),
        ],
        by,
    )
    assert Cart.objects.get().items == 2
    apply([track("Cart Viewed", 10, products=[], **told)], by)
    assert (Cart.objects.get().items, Cart.objects.get().state) == (0, "open")


def test_a_message_counts_once_and_another_under_its_id_is_noticed() -> None:
    by = key()
    first = track("Order Completed", user="7", order_id="A1", total=9, message_id="x")
    first = call("track", message_id="x", event="Order Completed", user_id="7", properties=first.properties)
    other = call("track", message_id="x", event="Order Completed", user_id="7", properties={"order_id": "A2"})
    named = call("identify", message_id="y", user_id="7", traits={"firstName": "Anna"})
    renamed = call("identify", -4, message_id="y", user_id="7", traits={"firstName": "Eve"})
    apply([first, named], by)
    counts = apply([first, other, named, renamed], by)
    assert counts["event", "repeated"] == counts["identify", "repeated"] == 1
    assert counts["track", "mismatch"] == counts["identify", "mismatch"] == 1
    assert [order.number for order in Order.objects.all()] == ["A1"]
    assert Customer.objects.get().first_name == "Anna"


@pytest.mark.parametrize(
    ("event", "first", "then"),
    [
        ("Order Completed", {"order_id": "A1", "total": 9}, {"order_id": "A2", "total": 9}),
        ("Order Completed", {"total": 9}, {"order_id": "A2", "total": 9}),
        ("Order Refunded", {"order_id": "A0"}, {"order_id": "A0", "refund_id": "R1", "total": 4}),
        ("Product Viewed", MUG, MUG | {"order_id": "A2"}),
    ],
)
@pytest.mark.parametrize("message_id", ["x", "order A3"])
def test_in_a_later_call_neither_tells_of_a_second_order_or_refund(
    event: str, first: dict[str, Any], then: dict[str, Any], message_id: str
) -> None:
    by = key()
    apply([track("Order Completed", 60, "7", order_id="A0", total=20)], by)
    apply([replace(track(event, 9, "7", **first), message_id=message_id)], by)
    there = {order.number for order in Order.objects.all()}
    named = event if event.startswith("Order") else "Order Completed"
    other = replace(track(named, 5, "7", **then), message_id=message_id)
    for _again in range(2):
        assert apply([other], by)["track", "mismatch"] == 1
    assert {order.number for order in Order.objects.all()} == there


@pytest.mark.fault("F38")
def test_the_future_is_now_and_the_distant_past_starts_nothing() -> None:
    year_2100 = track("Product Viewed", -60 * 24 * 365 * 74, user="7", **MUG)
    year_1970 = track("Product Viewed", 60 * 24 * 365 * 56, user="7", **MUG)
    soon = track("Product Viewed", -4, user="7", **MUG)
    old_order = track("Order Completed", 60 * 25, user="7", order_id="A1", total=5)
    counts = apply([year_2100, year_1970, soon, old_order], key())
    assert counts["track", "future"] == 1
    times = sorted(Event.objects.filter(kind="view").values_list("at", "origin"))
    assert times[0][0].year < 1972
    assert times[1:] == [(AT, "live"), (AT + timedelta(minutes=4), "live")]
    assert times[0][1] == "import"
    assert Order.objects.get().origin == "import"


NAMED = {
    "Viewed Product": "view",
    "Products Searched": "search",
    "Added Product": "cart_add",
    "product_added": "cart_add",
    "Wishlist Product Added to Cart": "cart_add",
    "Product Removed": "cart_remove",
    "Cart Viewed": "cart",
    "checkoutStarted": "checkout",
    "Completed Order": "order",
    "ORDER REFUNDED": "refund",
    "Order Cancelled": "refund",
    "order-canceled": "refund",
    "Product Added to Wishlist": "favourite",
    "Product Removed from Wishlist": "unfavourite",
    "Coupon Applied": "coupon",
    "Store Visited": "visit",
    "Application Opened": "open",
    "Application Installed": "custom",
    "Order Updated": "custom",
}


@pytest.mark.parametrize(("name", "kind"), NAMED.items())
def test_each_name_becomes_its_kind(name: str, kind: str) -> None:
    said = {"query": "mugs", "coupon": "TEN", "order_id": "A1", **MUG}
    assert apply([track(name, user="7", **said)], key())["event", "recorded"] == 1
    event = Event.objects.get()
    words = {"search": "mugs", "coupon": "TEN", "custom": name}
    assert (event.kind, event.name) == (kind, words.get(kind, ""))
    about_one = kind in ("view", "cart_add", "cart_remove", "favourite", "unfavourite")
    assert (event.product_id is not None) is about_one


def test_an_unknown_event_keeps_its_name_and_properties() -> None:
    apply(
        [
            track("Quiz Finished", user="7", name="Mugs", score=3),
            track("product_viewed", user="7", color="red"),
        ],
        key(),
    )
    assert sorted(Event.objects.values_list("kind", "name", "properties")) == [
        ("custom", "Quiz Finished", {"name": "Mugs", "score": 3}),
        ("custom", "product_viewed", {"color": "red"}),
    ]


def test_products_of_a_server_are_made() -> None:
    apply([track("productViewed", user="7", **MUG)], key())
    product = Product.objects.get()
    assert (product.sku, product.names, product.price) == ("MUG", {"de": "Mug"}, 450)


def test_a_brand_that_a_server_tells_with_a_product_is_kept_until_the_catalogue_knows_better() -> None:
    listed = [{"sku": "CUP", "brand": "  Köln &  Co "}, {"sku": "POT"}, {"sku": "PAN", "brand": "x" * 121}]
    first = track("Product Viewed", user="7", **MUG | {"brand": "Linden"})
    counts = apply([first, track("Cart Viewed", user="7", products=listed)], key())
    brands = {"MUG": "Linden", "CUP": "Köln & Co", "POT": "", "PAN": ""}
    assert dict(Product.objects.values_list("sku", "brand")) == brands
    assert counts["track", "bad_brand"] == 1
    apply([track("Product Viewed", user="7", **MUG | {"brand": "Other"})], key())
    apply([track("Product Viewed", user="7", sku="pot", item_brand="Brenntal")], key())
    assert dict(Product.objects.values_list("sku", "brand")) == brands | {"POT": "Brenntal"}


def test_two_customers_are_one_says_an_alias_and_nothing_is_lost() -> None:
    by = key()
    apply([identify("7", firstName="Anna"), identify("8", firstName="Berta")], by)
    counts = apply(
        [call("alias", previous_id="7", user_id="8"), call("alias", previous_id="7", user_id="9")], by
    )
    assert counts == {("alias", "needs_merge"): 1, ("alias", "joined"): 1}
    assert Customer.objects.count() == 2
    apply([track("Store Visited", user="9")], by)
    assert Event.objects.get().customer_id == Customer.objects.get(first_name="Anna").pk
