"""An order counts for the last click before it, inside the campaign's window, however late it is known."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations
from threading import Event

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns import attribution
from campaigns.models import Attribution, OrderToAttribute
from channels.models import DeliveryEvent
from channels.signals import delivery_events_recorded
from customers.models import Order
from customers.signals import orders_placed
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db
WINDOW = timedelta(days=7)


def placed(*orders: Order, origin: str = "import") -> None:
    orders_placed.send(Order, ids=[order.pk for order in orders], at=NOON, origin=origin)


def sweep() -> None:
    while attribution.sweep():
        pass


def attributed(order: Order) -> tuple[int, datetime] | None:
    found = Attribution.objects.filter(order=order).first()
    return (found.campaign_id, found.clicked_at) if found else None


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        (timedelta(seconds=-1), False),
        (timedelta(0), True),
        (timedelta(seconds=1), True),
        (WINDOW, True),
        (WINDOW + timedelta(microseconds=1), False),
    ],
)
def test_an_order_counts_from_the_click_to_the_end_of_the_window(after: timedelta, counts: bool) -> None:
    campaign, customer = make.campaign(attribution_days=7), make.customer()
    make.click(make.delivery(campaign, customer), NOON)
    order = make.order(customer, NOON + after)
    placed(order)
    sweep()
    assert attributed(order) == ((campaign.pk, NOON) if counts else None)


@pytest.mark.parametrize("origin", ["live", "import", "demo"])
def test_it_does_not_matter_where_the_order_came_from(origin: str) -> None:
    campaign, customer = make.campaign(), make.customer()
    make.click(make.delivery(campaign, customer), NOON)
    order = make.order(customer, NOON + make.hours(2), origin=origin)
    placed(order, origin=origin)
    sweep()
    assert attributed(order) is not None


def test_of_two_campaigns_the_last_click_has_the_order() -> None:
    customer, first, second = make.customer(), make.campaign(), make.campaign()
    make.click(make.delivery(first, customer), NOON)
    make.click(make.delivery(second, customer), NOON + make.hours(1))
    make.click(make.delivery(first, make.customer()), NOON + make.hours(2))  # somebody else's
    early, late = make.order(customer, NOON + make.hours(0.5)), make.order(customer, NOON + make.hours(3))
    placed(early, late)
    sweep()
    assert attributed(early) == (first.pk, NOON)
    assert attributed(late) == (second.pk, NOON + make.hours(1))


def test_a_later_click_whose_window_is_over_does_not_hide_an_earlier_one() -> None:
    customer = make.customer()
    patient, hasty = make.campaign(attribution_days=30), make.campaign(attribution_days=1)
    make.click(make.delivery(patient, customer), NOON)
    make.click(make.delivery(hasty, customer), NOON + timedelta(days=1))
    order = make.order(customer, NOON + timedelta(days=5))
    placed(order)
    sweep()
    assert attributed(order) == (patient.pk, NOON)


def test_refunds_strangers_and_other_events_attribute_nothing() -> None:
    campaign, customer = make.campaign(), make.customer()
    delivery = make.delivery(campaign, customer)
    make.click(delivery, NOON, kind=DeliveryEvent.Kind.OPENED)
    opened = make.order(customer, NOON + make.hours(1))
    placed(opened)
    sweep()
    make.click(delivery, NOON + make.hours(2))
    anonymous = make.order(None, NOON + make.hours(3))
    refund = make.order(customer, NOON + make.hours(3), -100, kind=Order.Kind.REFUND)
    placed(opened, anonymous, refund)
    sweep()
    assert not Attribution.objects.exists()


def test_a_machine_click_alone_attributes_nothing() -> None:
    campaign, customer = make.campaign(), make.customer()
    make.click(make.delivery(campaign, customer), NOON, human=False)
    order = make.order(customer, NOON + make.hours(1))
    placed(order)
    sweep()
    assert attributed(order) is None


@pytest.mark.parametrize("sequence", list(permutations(["click", "order", "second click"])))
def test_facts_may_become_known_in_any_order(sequence: tuple[str, ...]) -> None:
    campaign, customer = make.campaign(), make.customer()
    delivery = make.delivery(campaign, customer)
    order: list[Order] = []

    def tell(fact: str) -> None:
        if fact == "order":
            order.append(make.order(customer, NOON + make.hours(5)))
            placed(order[0])
        else:
            event = make.click(delivery, NOON + make.hours(1 if fact == "click" else 2))
            delivery_events_recorded.send(
                DeliveryEvent, ids=[event.pk], at=NOON, origin="live", kinds={event.kind}
            )
        sweep()

    for fact in sequence:
        tell(fact)
    assert attributed(order[0]) == (campaign.pk, NOON + make.hours(2))


def test_a_click_found_to_be_a_machines_loses_its_order() -> None:
    campaign, customer = make.campaign(), make.customer()
    event = make.click(make.delivery(campaign, customer), NOON)
    order = make.order(customer, NOON + make.hours(1))
    placed(order)
    sweep()
    DeliveryEvent.objects.filter(pk=event.pk).update(human=False)
    delivery_events_recorded.send(DeliveryEvent, ids=[event.pk], at=NOON, origin="live", kinds={event.kind})
    sweep()
    assert attributed(order) is None


def test_a_corrected_order_is_attributed_anew() -> None:
    campaign, customer = make.campaign(), make.customer()
    make.click(make.delivery(campaign, customer), NOON)
    order = make.order(customer, NOON - make.hours(1))
    placed(order)
    sweep()
    assert attributed(order) is None
    Order.objects.filter(pk=order.pk).update(placed_at=NOON + make.hours(1))
    placed(order)
    sweep()
    assert attributed(order) == (campaign.pk, NOON)


def test_doing_it_again_changes_nothing() -> None:
    campaign, customer = make.campaign(), make.customer()
    make.click(make.delivery(campaign, customer), NOON)
    order = make.order(customer, NOON + make.hours(1))
    for _again in range(3):
        placed(order, order)
        sweep()
    assert Attribution.objects.count() == 1
    assert not OrderToAttribute.objects.exists()


def test_the_sweeper_needs_a_fixed_number_of_statements() -> None:
    campaign = make.campaign()
    orders = []
    for _person in range(30):
        customer = make.customer()
        make.click(make.delivery(campaign, customer), NOON)
        orders.append(make.order(customer, NOON + make.hours(1)))
    placed(*orders)
    with CaptureQueriesContext(connection) as queries:
        assert attribution.sweep() == 30
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 4
    assert Attribution.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_click_and_an_order_in_transactions_that_overlap_find_each_other() -> None:
    customer = make.customer()
    delivery = make.delivery(make.campaign(), customer)
    noted, go_on = Event(), Event()

    def click() -> None:
        with transaction.atomic():
            event = make.click(delivery, NOON)
            delivery_events_recorded.send(
                DeliveryEvent, ids=[event.pk], at=NOON, origin="live", kinds={event.kind}
            )
            noted.set()
            go_on.wait(10)
        connection.close()

    with ThreadPoolExecutor() as pool:
        clicking = pool.submit(click)
        noted.wait(10)
        order = make.order(customer, NOON + make.hours(1))
        placed(order)
        sweep()
        assert attributed(order) is None
        go_on.set()
        clicking.result()
    sweep()
    assert attributed(order) is not None
