"""Every figure of the report is the number of rows that its page lists, and money comes from the orders."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from campaigns import attribution
from campaigns.models import Occurrence
from campaigns.reports import figures, series
from channels.models import Delivery, DeliveryEvent, Link, VersionContent
from customers.models import Order
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db
State = Delivery.State


def noted(*orders: Order) -> None:
    attribution.note_orders([order.pk for order in orders])
    while attribution.sweep():
        pass


def world(seed: int) -> Occurrence:
    """A run with every outcome, clicks, orders and refunds, and a second run beside it."""
    dice = random.Random(seed)
    campaign, other = make.campaign(), make.campaign()
    orders = []
    for _person in range(60):
        customer = make.customer(language=dice.choice(["de", "en"]))
        make.delivery(other, customer)
        mine = make.delivery(
            campaign,
            customer,
            state=dice.choice(State.values),
            reason="no_consent",
            tracked=dice.random() < 0.5,
        )
        for kind in dice.sample(DeliveryEvent.Kind.values, 3):
            make.click(mine, NOON, kind=kind, human=dice.random() < 0.7)
        order = make.order(customer, NOON + make.hours(1), dice.randint(100, 9000))
        if dice.random() < 0.6:
            make.order(customer, NOON + make.hours(9), -50, kind=Order.Kind.REFUND, refund_of=order)
        orders.append(order)
    noted(*orders)
    return make.occurrence(campaign)


@pytest.mark.parametrize("seed", range(3))
def test_each_figure_is_the_number_of_its_rows_and_the_sum_of_its_languages(seed: int) -> None:
    run = world(seed)
    for figure in figures.PEOPLE:
        languages = figures.by_language(run, figure)
        assert sum(languages.values()) == figures.people(run, figure).count(), figure
        for language, number in languages.items():
            assert figures.people(run, figure).filter(language=language).count() == number
    assert figures.people(run, "audience").count() == 60


@pytest.mark.parametrize("seed", range(3))
def test_states_are_counted_once_and_leave_nobody_out(seed: int) -> None:
    run = world(seed)
    parts = ["sent", "withheld", "waiting", "unknown"]
    parts_and_failed = sum(figures.people(run, part).count() for part in parts)
    refused = figures.deliveries(run).filter(state__in=[State.REFUSED, State.RENDER_ERROR]).count()
    assert parts_and_failed + refused == 60


@pytest.mark.parametrize("seed", range(3))
def test_money_is_the_sum_of_the_orders_listed(seed: int) -> None:
    run = world(seed)
    money = figures.money_by_language(run).values()
    listed = list(figures.orders(run))
    assert sum(part.orders for part in money) == len(listed) > 0
    assert sum(part.ordered for part in money) == sum(order.base_total for order in listed)
    given_back = sum(refund.base_total for refund in figures.refunds(run))
    assert sum(part.refunded for part in money) == given_back < 0
    assert {order.customer_id for order in listed} == set(
        figures.people(run, "ordered").values_list("customer_id", flat=True)
    )


def test_a_refund_lowers_what_the_campaign_brought_and_one_of_another_order_does_not() -> None:
    campaign, customer = make.campaign(), make.customer()
    make.click(make.delivery(campaign, customer), NOON)
    counted, older = (
        make.order(customer, NOON + make.hours(1), 8000),
        make.order(customer, NOON - make.hours(1), 500),
    )
    noted(counted, older)
    make.order(customer, NOON + make.hours(5), -3000, kind=Order.Kind.REFUND, refund_of=counted)
    make.order(customer, NOON + make.hours(5), -500, kind=Order.Kind.REFUND, refund_of=older)
    money = figures.money_by_language(make.occurrence(campaign))["de"]
    assert (money.orders, money.ordered, money.refunded, money.net) == (1, 8000, -3000, 5000)


def test_machines_clicks_are_nobodys() -> None:
    campaign = make.campaign()
    make.click(make.delivery(campaign, make.customer()), NOON, human=False)
    assert figures.people(make.occurrence(campaign), "clicked").count() == 0


def test_a_person_with_a_second_attempt_counts_once_by_the_last() -> None:
    campaign, customer = make.campaign(), make.customer()
    make.delivery(campaign, customer, state=State.BOUNCED)
    make.delivery(campaign, customer, state=State.DELIVERED, attempt=1)
    run = make.occurrence(campaign)
    assert figures.people(run, "audience").count() == 1
    assert figures.people(run, "failed").count() == 0
    assert figures.people(run, "delivered").count() == 1


def test_anonymous_clicks_are_counted_for_this_version_only() -> None:
    run, other = make.occurrence(make.campaign()), make.occurrence(make.campaign())
    for version, clicks in ((run.version, 3), (run.version, 4), (other.version, 50)):
        place = VersionContent.objects.count()
        content = VersionContent.objects.create(
            version=version, channel="email", language=f"x{place}", variant="A", subject="", digest=""
        )
        Link.objects.create(content=content, position=0, url="https://x.example", anonymous_clicks=clicks)
    assert figures.anonymous_clicks(run) == 7


def test_the_series_has_no_holes_and_adds_up() -> None:
    campaign, customer = make.campaign(), make.customer()
    delivery = make.delivery(campaign, customer)
    run = make.occurrence(campaign)
    run.started_at = NOON
    for hour in (0.5, 0.9, 5):
        make.click(delivery, NOON + make.hours(hour))
    noted(make.order(customer, NOON + make.hours(6), 700))
    hourly = series.points(run, NOON + make.hours(10), "Europe/Berlin")
    assert [point.clicks for point in hourly] == [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]
    assert [point.revenue for point in hourly][6] == 700
    daily = series.points(run, NOON + timedelta(days=5), "Europe/Berlin")
    assert [(point.clicks, point.orders) for point in daily] == [(3, 1)] + [(0, 0)] * 5


def test_the_hour_that_is_there_twice_in_october_is_two_points() -> None:
    campaign, customer = make.campaign(), make.customer()
    delivery = make.delivery(campaign, customer)
    run = make.occurrence(campaign)
    run.started_at = datetime(
        2026, 10, 24, 23, 30, tzinfo=UTC
    )  # 01:30 in Berlin; at 03:00 it becomes 02:00 again
    for hour, clicks in enumerate((1, 2, 4, 8)):
        for _click in range(clicks):
            make.click(delivery, run.started_at + make.hours(hour))
    noted(make.order(customer, run.started_at + make.hours(2), 700))
    points = series.points(run, run.started_at + make.hours(3), "Europe/Berlin")
    assert [(f"{p.start:%H:%M}", p.clicks, p.revenue) for p in points] == [
        ("01:00", 1, 0),
        ("02:00", 2, 0),
        ("02:00", 4, 700),
        ("03:00", 8, 0),
    ]


def test_hours_begin_by_the_clock_of_the_shop_where_it_is_half_an_hour_off() -> None:
    campaign = make.campaign()
    run = make.occurrence(campaign)
    run.started_at = datetime(2026, 11, 2, 12, tzinfo=UTC)  # 17:30 in Kolkata
    make.click(make.delivery(campaign, make.customer()), run.started_at + timedelta(minutes=29))
    make.click(make.delivery(campaign, make.customer()), run.started_at + timedelta(minutes=31))
    points = series.points(run, run.started_at + make.hours(1), "Asia/Kolkata")
    assert [(f"{p.start:%H:%M}", p.clicks) for p in points] == [("17:00", 1), ("18:00", 1)]


def test_the_series_survives_the_day_of_a_clock_change() -> None:
    campaign, customer = make.campaign(), make.customer()
    delivery = make.delivery(campaign, customer)
    run = make.occurrence(campaign)
    run.started_at = datetime(2027, 3, 27, 12, tzinfo=UTC)
    for day in range(4):
        make.click(delivery, run.started_at + timedelta(days=day))
    daily = series.points(run, run.started_at + timedelta(days=4), "Europe/Berlin")
    assert [point.clicks for point in daily] == [1, 1, 1, 1, 0]
    hourly = series.points(run, run.started_at + timedelta(days=1), "Europe/Berlin")
    assert [point.clicks for point in hourly] == [1] + [0] * 23 + [1]
