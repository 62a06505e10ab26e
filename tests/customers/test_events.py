"""Behaviour is recorded once, with everything it implies."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from customers import events, identity, signals
from customers.events import Fact, Item, Terms
from customers.models import (
    Cart,
    Customer,
    CustomerStats,
    Dirty,
    Event,
    Favourite,
    Identity,
    Origin,
    Product,
    ProductChange,
    Shop,
    Visitor,
)
from tests.factories import CustomerFactory, OrderFactory, ProductFactory, StoreFactory

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
TERMS = Terms("shop", "EUR")
PUBLIC = Terms("shop", "EUR", make_products=False)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> None:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})


@pytest.fixture
def anna() -> Customer:
    anna = CustomerFactory()
    Identity.objects.create(customer=anna, source="shop", number="7")
    return anna


_made = iter(range(10**9))


def fact(kind: str, minutes: int = 0, **fields: Any) -> Fact:
    """Something that happened `minutes` before noon."""
    message = fields.pop("message_id", f"m{next(_made)}")
    return Fact(message, fields.pop("digest", 1), AT - timedelta(minutes=minutes), kind, **fields)


def record(*facts: Fact, terms: Terms = TERMS, at: datetime = AT) -> dict[str, int]:
    return {fate: count for fate, count in events.record(facts, terms, at, Origin.LIVE).items() if count}


MUG = Item("MUG", "Mug", 2, Decimal("4.50"))


def test_a_view_is_hers_with_the_product_the_store_and_the_roll_up(anna: Customer) -> None:
    store = StoreFactory(number="004")
    view = fact(
        "view", 3, customer="7", product=MUG, store="004", value=Decimal("9.99"), properties={"a": [1]}
    )
    assert record(view) == {"recorded": 1}
    event = Event.objects.get()
    product = Product.objects.get()
    assert (event.customer_id, event.product_id, event.store_id) == (anna.pk, product.pk, store.pk)
    assert (event.value, event.properties, event.lines) == (999, {"a": [1]}, [[product.pk, 2, 450]])
    assert (product.sku, product.names, product.price) == ("MUG", {"en": "Mug"}, 450)
    stats = CustomerStats.objects.get(customer=anna)
    assert stats.last_view_at == stats.last_event_at == AT - timedelta(minutes=3)
    assert (stats.orders, stats.last_cart_at) == (0, None)
    assert Dirty.objects.get().customer_id == anna.pk


def test_a_message_counts_once(anna: Customer) -> None:
    view = fact("view", 5, customer="7", product=MUG, message_id="x")
    assert record(view, view) == {"recorded": 1, "repeated": 1}
    assert record(view) == {"repeated": 1}
    assert record(view._replace(digest=2)) == {"mismatch": 1}
    assert events.record([view], Terms("other", "EUR"), AT, Origin.LIVE)["recorded"] == 1
    assert Event.objects.count() == 2


def test_a_public_source_makes_no_products_and_states_no_prices() -> None:
    ProductFactory(sku="CUP", price=700)
    added = [fact("cart_add", visitor="v", product=Item(sku, "", 1, Decimal(1))) for sku in ("cup", "FREE")]
    assert record(*added, terms=PUBLIC) == {"recorded": 2, "unknown_product": 1}
    assert list(Product.objects.values_list("sku", flat=True)) == ["CUP"]
    assert Cart.objects.get().value == 700


def test_a_visitor_becomes_known_with_her_past(anna: Customer) -> None:
    record(
        fact("view", 9, visitor="v", product=MUG),
        fact("favourite", 8, visitor="v", product=MUG),
        fact("cart_add", 7, visitor="v", product=MUG),
    )
    assert not Event.objects.filter(customer_id=anna.pk).exists()
    assert identity.identify([("v", anna.pk)], AT) == {"identified": 1}
    assert Event.objects.filter(customer_id=anna.pk).count() == 3
    assert Favourite.objects.get().customer == anna
    assert Cart.objects.get().customer == anna
    stats = CustomerStats.objects.get(customer=anna)
    assert (stats.last_view_at, stats.last_cart_at) == (AT - timedelta(minutes=9), AT - timedelta(minutes=7))
    assert record(fact("view", visitor="v", product=MUG)) == {"recorded": 1}
    assert Event.objects.filter(customer_id=anna.pk).count() == 4


def test_a_visitor_never_changes_owner(anna: Customer) -> None:
    other = CustomerFactory()
    Identity.objects.create(customer=other, source="shop", number="8")
    record(fact("view", 2, visitor="v", customer="7", product=MUG))
    assert Visitor.objects.get().customer == anna
    assert identity.identify([("v", other.pk)], AT) == {"identified": 0, "other_owner": 1}
    record(fact("cart_add", 1, visitor="v", customer="8", product=MUG))
    assert Visitor.objects.get().customer == anna
    event = Event.objects.get(kind="cart_add")
    assert (event.customer_id, event.visitor_id) == (other.pk, None)
    assert Cart.objects.get().number == "own:#8"


def test_of_an_erased_person_nothing_is_kept(anna: Customer) -> None:
    Customer.objects.filter(pk=anna.pk).update(erased_at=AT)
    assert record(fact("view", customer="7", product=MUG)) == {"erased": 1}
    assert not Event.objects.exists()


def test_nothing_is_kept_of_the_browser_of_an_erased_person(anna: Customer) -> None:
    record(fact("view", 9, visitor="v", customer="7", product=MUG))
    Customer.objects.filter(pk=anna.pk).update(erased_at=AT)
    assert record(fact("view", 5, visitor="v", product=MUG)) == {"erased": 1}
    assert identity.identify([("w", anna.pk)], AT) == {"erased": 1}
    assert list(Visitor.objects.values_list("anonymous_id", flat=True)) == ["v"]


def test_a_merged_person_is_the_one_she_became(anna: Customer) -> None:
    winner = CustomerFactory()
    Customer.objects.filter(pk=anna.pk).update(merged_into=winner)
    record(fact("view", customer="7", product=MUG))
    assert Event.objects.get().customer_id == winner.pk


def test_what_is_told_late_is_not_live(anna: Customer) -> None:
    heard: list[tuple[str, int]] = []

    def hear(ids: list[int], origin: str, **_more: Any) -> None:
        heard.append((str(origin), len(ids)))

    signals.events_recorded.connect(hear)
    try:
        record(
            fact("view", 5, customer="7", product=MUG), fact("view", 24 * 60 + 1, customer="7", product=MUG)
        )
    finally:
        signals.events_recorded.disconnect(hear)
    assert heard == [("live", 1), ("import", 1)]
    assert Event.objects.order_by("at").values_list("origin", flat=True)[0] == "import"


def test_events_of_any_year_are_stored_once() -> None:
    old = fact("view", product=MUG)._replace(at=datetime(1970, 1, 1, tzinfo=UTC))
    month = fact("view", product=MUG)._replace(at=datetime(2019, 2, 28, 23, 30, tzinfo=UTC))
    assert record(old, month) == {"recorded": 2}
    assert record(old, month) == {"repeated": 2}
    assert Event.objects.count() == 2


def test_new_products_and_prices_are_no_change_of_price() -> None:
    record(fact("view", product=MUG))
    record(fact("view", product=MUG._replace(unit_price=Decimal(9))))
    assert Product.objects.get().price == 450
    assert not ProductChange.objects.exists()


def test_an_order_of_hers_closes_the_cart_that_has_something_of_it(anna: Customer) -> None:
    from customers import orders
    from customers.orders import Line

    record(fact("cart_add", 30, customer="7", product=MUG), fact("cart_add", 30, visitor="w", product=MUG))
    line = Line("O1", False, "7", "", "", AT, "MUG", False, "", 1, Decimal("4.50"), "", 0)
    orders.record([line], orders.Terms("shop", "EUR"), AT, Origin.LIVE)
    states = dict(Cart.objects.values_list("number", "state"))
    assert states == {"own:#7": "bought", "own:w": "open"}
    assert Cart.objects.get(number="own:#7").order.number == "O1"


def test_a_later_order_of_something_else_leaves_it_open(anna: Customer) -> None:
    record(fact("cart_add", 30, customer="7", product=MUG))
    OrderFactory(customer=anna, placed_at=AT)
    assert Cart.objects.get().state == "open"


@pytest.mark.django_db(transaction=True)
def test_a_month_that_another_process_has_forgotten_is_made_again() -> None:
    old = fact("view", product=MUG)._replace(at=datetime(2019, 2, 3, tzinfo=UTC))
    record(old)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE customers_event_2019_02")
    assert record(old._replace(message_id="another")) == {"recorded": 1}
