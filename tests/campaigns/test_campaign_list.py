"""The head of the list of campaigns: what the last 30 days brought, beside the 30 days before."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Attribution, Campaign
from campaigns.reports import recent
from customers.models import Order
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.factories import OrderFactory

pytestmark = pytest.mark.django_db


def ran(days_ago: float, audience: int | None = 10, at: datetime = NOON) -> Campaign:
    campaign = make.campaign(state=Campaign.State.FINISHED)
    make.occurrence(campaign, started_at=at - timedelta(days=days_ago), audience=audience)
    return campaign


def bought(campaign: Campaign, days_ago: float, total: int, back: int = 0, at: datetime = NOON) -> None:
    person = make.customer()
    placed = at - timedelta(days=days_ago)
    order = OrderFactory(customer=person, placed_at=placed, total=total, base_total=total)
    delivery = make.delivery(campaign, person)
    Attribution.objects.create(order=order, delivery=delivery, campaign=campaign, clicked_at=placed)
    if back:
        OrderFactory(
            kind=Order.Kind.REFUND,
            refund_of=order,
            customer=person,
            placed_at=at,
            total=-back,
            base_total=-back,
        )


def test_each_run_and_order_counts_in_its_thirty_days() -> None:
    ran(0.5, audience=None)
    ran(29.9, audience=7)
    older = ran(30.1, audience=20)
    ran(61, audience=1000)
    bought(older, 2, 5000, back=1000)
    bought(older, 2.5, 300)
    bought(older, 31, 700)
    bought(older, 61, 90_000)
    OrderFactory(placed_at=NOON - timedelta(days=1), base_total=1234)  # no campaign's
    found = recent.of(NOON)
    assert (found.runs.total, found.runs.before) == (2, 1)
    assert (found.people.total, found.people.before) == (7, 20)
    assert (found.revenue.total, found.revenue.before) == (4300, 700)
    assert found.revenue.course[-3] == 4300
    assert len(found.revenue.course) == 30


def test_the_head_tells_the_change_in_words_and_nothing_before_anything_ran(marketer: Client) -> None:
    page = reverse("campaign_list")
    assert "figure-value" not in marketer.get(page).content.decode()
    now = timezone.now()
    bought(ran(40, at=now), 40, 1000, at=now)
    running = ran(3, audience=15, at=now)
    Campaign.objects.filter(pk=running.pk).update(state=Campaign.State.RUNNING)
    bought(running, 1, 1500, at=now)
    text = marketer.get(page).content.decode()
    assert "€15.00" in text
    assert "+50%" in text
    assert "±0%" in text  # one run in each
    assert f"{page}?state=running" in text
    assert "figure-good" in text
    assert "<polyline" in text


def test_rows_alone_ask_for_no_figures(marketer: Client) -> None:
    ran(1, at=timezone.now())
    assert (
        "figure-value"
        not in marketer.get(reverse("campaign_list"), headers={"HX-Request": "true"}).content.decode()
    )


def test_orders_are_counted_from_the_first_run_on(marketer: Client) -> None:
    draft, sent, sold = make.campaign(), ran(2), ran(3)
    bought(sold, 1, 500)
    rows = marketer.get(reverse("campaign_list")).context["table"].rows
    ordered = {row.record.pk: row.get_cell_value("ordered") for row in rows}
    assert ordered == {draft.pk: None, sent.pk: 0, sold.pk: 1}
