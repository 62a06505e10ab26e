"""Staff read and write times in the zone of the shop, wherever the installation stands."""

import re
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels.models import Consent
from customers import stats
from customers.models import Customer, Shop
from tests.factories import CustomerFactory, OrderFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)  # 13:00 in Berlin, 01:00 of the next day in Auckland


@pytest.fixture
def anna() -> Customer:
    Shop.objects.filter(pk=Shop.current().pk).update(time_zone="Pacific/Auckland")
    anna: Customer = CustomerFactory(first_name="Anna")
    OrderFactory(customer=anna, placed_at=NOON)
    stats.recount(None)
    return anna


def test_a_new_shop_lies_in_the_zone_of_its_installation(settings) -> None:
    settings.TIME_ZONE = "America/New_York"
    Shop.objects.all().delete()
    assert Shop.current().time_zone == "America/New_York"


def test_a_list_and_a_page_show_the_shops_day_and_clock(anna: Customer, marketer: Client) -> None:
    assert "3 Nov 2026" in marketer.get(reverse("customer_list")).content.decode()
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "3 Nov 2026" in page
    assert ">01:00</time>" in page
    assert "2 Nov 2026" not in page


def test_a_file_is_written_in_it_though_it_streams_behind_the_request(
    anna: Customer, marketer: Client
) -> None:
    answer = marketer.get(reverse("customer_list"), {"export": "csv"})
    assert (
        timezone.get_current_timezone_name() == "Europe/Berlin"
    )  # a thread's next request is somebody else's
    assert "3 Nov 2026" in b"".join(answer.streaming_content).decode()


def test_a_time_that_a_form_shows_comes_back_as_the_same(anna: Customer, administrator: Client) -> None:
    url = reverse("consent_withdraw", args=[anna.pk])
    page = administrator.get(url).content.decode()
    shown = re.search(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d)"', page)
    assert shown is not None
    before = timezone.now().replace(second=0, microsecond=0)
    said = {"scope": "everything", "channels": ["email"], "how": "by phone", "on": shown[1]}
    assert administrator.post(url, said).status_code == 302
    stated_at = Consent.objects.filter(customer=anna).latest("pk").stated_at
    assert abs((before - stated_at).total_seconds()) <= 60


def test_it_costs_one_small_statement_and_none_for_who_is_not_signed_in(marketer: Client) -> None:
    for reader, page, asked in ((marketer, "settings", 1), (Client(), "sign_in", 0)):
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(reverse(page)).status_code == 200
        assert sum("customers_shop" in query["sql"] for query in queries) == asked
