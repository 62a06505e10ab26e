"""What is learnt of orders and views, and what somebody is then shown; never what she has, nor what cannot be had."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers import event_months, recommendations
from customers.models import (
    Category,
    Customer,
    Event,
    Order,
    OrderLine,
    Product,
    ProductAffinity,
    RecommendationBasis,
    Visitor,
)
from customers.recommendations import Strategy, keeping, running
from tests.customers.segment_world import ZONE
from tests.factories import NOON as AT
from tests.factories import CustomerFactory, OrderFactory, ProductFactory

pytestmark = pytest.mark.django_db


def bought(person: Customer | None, *products: Product, days_ago: float = 5) -> Order:
    order = OrderFactory(customer=person, placed_at=AT - timedelta(days=days_ago))
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=n, product=each, quantity=1, unit_price="12.90", amount=1290)
        for n, each in enumerate(products, 1)
    )
    return order


def viewed(person: Customer, *products: Product, days_ago: float = 1) -> None:
    event_months.ensure([AT - timedelta(days=days_ago)])
    for n, each in enumerate(products):
        Event.objects.create(
            kind="view",
            customer_id=person.pk,
            product_id=each.pk,
            at=AT - timedelta(days=days_ago, seconds=n),
        )


def goods(count: int, **fields: object) -> list[Product]:
    return [ProductFactory(**fields) for _number in range(count)]


def shown(person: Customer, strategy: str = Strategy.BEST, limit: int = 3) -> list[int]:
    return recommendations.for_customers([person.pk], strategy, limit, AT)[person.pk]


def pks(*products: Product) -> list[int]:
    return [each.pk for each in products]


@pytest.fixture
def teapot_shop() -> list[Product]:
    """Whoever has the teapot has the cup, most have the tray; socks are what everybody else buys."""
    teapot, cup, tray, socks = found = goods(4)
    for n in range(8):
        bought(CustomerFactory(), teapot, cup, *([tray] if n < 5 else []))
    for _n in range(20):
        bought(CustomerFactory(), socks)
    return found


def learn() -> RecommendationBasis:
    basis = keeping.run(AT)
    assert basis is not None
    return basis


def test_with_a_teapot_comes_the_cup_and_with_nothing_the_bestseller(teapot_shop: list[Product]) -> None:
    teapot, cup, tray, socks = teapot_shop
    basis = learn()
    assert (basis.products, basis.purchases, basis.views) == (4, 41, 0)
    anna, nobody = CustomerFactory(), CustomerFactory()
    bought(anna, teapot)
    assert shown(anna, Strategy.BOUGHT_TOGETHER, 2) == pks(cup, tray)
    assert shown(anna) == pks(cup, tray, socks)
    assert shown(nobody) == shown(nobody, Strategy.BESTSELLERS) == pks(socks, cup, teapot)  # the newer first


def test_what_she_has_and_what_cannot_be_had_is_not_shown(teapot_shop: list[Product]) -> None:
    teapot, cup, tray, socks = teapot_shop
    learn()
    anna = CustomerFactory()
    bought(anna, teapot, socks, days_ago=900)
    Product.objects.filter(pk=cup.pk).update(stock=0)
    Product.objects.filter(pk=tray.pk).update(stock=None)  # nobody counts it
    for strategy in Strategy.values:
        assert set(shown(anna, strategy)) <= {tray.pk}
    Product.objects.filter(pk=tray.pk).update(kind="service")
    assert [shown(anna, each) for each in Strategy.values] == [[]] * len(Strategy)


def test_what_she_sent_back_is_not_shown_again(teapot_shop: list[Product]) -> None:
    teapot, cup, *_others = teapot_shop
    learn()
    anna = CustomerFactory()
    first = bought(anna, teapot, cup)
    OrderFactory(customer=anna, kind="refund", refund_of=first, total=-2580)
    assert cup.pk not in shown(anna)


def test_looking_tells_what_is_similar_and_what_was_seen_last() -> None:
    lamp, shade, bulb, rug = goods(4)
    for _n in range(6):
        viewed(CustomerFactory(), lamp, shade)
    bought(CustomerFactory(), shade, rug)
    learn()
    anna = CustomerFactory()
    viewed(anna, lamp, days_ago=2)
    viewed(anna, bulb, days_ago=1)
    assert shown(anna, Strategy.SIMILAR, 1) == [shade.pk]
    assert shown(anna, Strategy.RECENTLY_VIEWED) == pks(bulb, lamp)
    bought(anna, bulb, days_ago=0.5)
    assert shown(anna, Strategy.RECENTLY_VIEWED) == [lamp.pk]


def test_the_favourite_category_is_hers_and_filled_up_with_bestsellers() -> None:
    home, garden = (Category.objects.create(path=path) for path in ("Home", "Garden"))
    (mug, plate), (spade, rake) = goods(2, category=home), goods(2, category=garden)
    for _n in range(5):
        bought(CustomerFactory(), plate)
    bought(CustomerFactory(), spade, rake)
    bought(CustomerFactory(), rake)
    learn()
    anna = CustomerFactory()
    bought(anna, spade)
    assert shown(anna, Strategy.FAVOURITE_CATEGORY) == pks(rake, plate, mug)


def test_orders_of_nobody_and_of_strangers_teach_too() -> None:
    pen, ink = goods(2)
    event_months.ensure([AT - timedelta(days=1)])
    for _n in range(3):
        bought(None, pen, ink)
        stranger = Visitor.objects.create(anonymous_id=f"v{_n}")
        for each in (pen, ink):
            Event.objects.create(
                kind="view", visitor_id=stranger.pk, product_id=each.pk, at=AT - timedelta(days=1)
            )
    basis = learn()
    assert (basis.purchases, basis.views) == (6, 6)
    assert ProductAffinity.objects.get(product=pen).bought == [ink.pk]
    assert ProductAffinity.objects.get(product=ink).viewed == [pen.pk]


def test_what_comes_after_the_moment_is_not_known_yet(teapot_shop: list[Product]) -> None:
    teapot, cup, *_others = teapot_shop
    anna = CustomerFactory()
    bought(anna, teapot)
    bought(anna, cup, days_ago=-1)
    learn()
    assert cup.pk in shown(anna)


def test_a_batch_takes_as_many_statements_as_one_person(teapot_shop: list[Product]) -> None:
    learn()
    people = [CustomerFactory() for _n in range(30)]
    for each in people[::2]:
        bought(each, teapot_shop[0])
    ids = [each.pk for each in people]
    for strategy in Strategy.values:
        with CaptureQueriesContext(connection) as many:
            found = recommendations.for_customers(ids, strategy, 12, AT)
        assert len(many) <= 3
        assert set(found) == set(ids)
        for each in (ids[0], ids[1]):
            assert found[each] == recommendations.for_customers([each], strategy, 12, AT)[each]
    assert recommendations.for_customers([], Strategy.BEST, 3, AT) == {}
    with pytest.raises(ValueError, match="is not a valid"):
        recommendations.for_customers(ids, "tarot", 3, AT)


def test_learning_again_replaces_what_was_known_and_products_may_go(teapot_shop: list[Product]) -> None:
    teapot, _cup, tray, _socks = teapot_shop
    learn()
    OrderLine.objects.filter(product=tray).delete()
    Product.objects.filter(pk=tray.pk).delete()
    assert ProductAffinity.objects.count() == 3
    assert tray.pk in ProductAffinity.objects.get(product=teapot).bought
    anna = CustomerFactory()
    bought(anna, teapot)
    assert tray.pk not in shown(anna)
    assert learn().products == 3
    assert tray.pk not in ProductAffinity.objects.get(product=teapot).bought


def test_two_runs_do_not_meet_and_a_dead_one_does_not_hold_up_the_next() -> None:
    assert learn().products == 0
    RecommendationBasis.objects.update(started_at=AT)
    assert keeping.run(AT + timedelta(minutes=59)) is None
    assert keeping.run(AT + timedelta(minutes=61)) is not None
    assert keeping.run(AT + timedelta(minutes=62)) is not None


def test_a_large_shop_learns_once_a_night_and_a_small_one_every_hour() -> None:
    assert running.due(AT, ZONE)
    running.run_if_due(AT)
    assert running.due(AT + timedelta(minutes=1), ZONE)
    RecommendationBasis.objects.update(purchases=running.SMALL, views=1)
    assert not running.due(AT + timedelta(hours=3), ZONE)
    assert running.due(AT + timedelta(hours=16), ZONE)


def test_the_command_says_what_it_learnt_from(
    teapot_shop: list[Product], capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("learn_recommendations")
    assert "4 products, from 41 purchases and 0 views." in capsys.readouterr().out
    RecommendationBasis.objects.update(started_at=RecommendationBasis.objects.get().at)
    with pytest.raises(CommandError, match="Another run is at it"):
        call_command("learn_recommendations")
