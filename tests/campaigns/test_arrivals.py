"""The review says when a campaign arrives in each time zone, by the clock there."""

from datetime import UTC, datetime, time

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from channels.models import DeliveryPolicy, Habit
from tests.campaigns import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
EVENING = datetime(2099, 12, 23, 17, 30, tzinfo=UTC)  # as a wall time: 17:30 in Berlin, a Wednesday


def evening(**fields: object) -> Campaign:
    return make.ready(people=0, when="later", wall_time=EVENING, time_zone="Europe/Berlin", **fields)


def lines(client: Client, campaign: Campaign) -> list[tuple[str, str, int]]:
    answer = client.get(reverse("campaign_outcomes", args=[campaign.pk]), headers=HTMX)
    assert '<div id="arrivals" hx-swap-oob="true">' in answer.content.decode()
    return [tuple(line) for line in answer.context["arrivals"]]


def people(zone: str, number: int = 1) -> None:
    for _person in range(number):
        make.agreed(make.customer(time_zone=zone))


def test_each_zone_has_its_own_clock_and_the_largest_stands_first(marketer: Client) -> None:
    campaign = evening()
    people("Asia/Tokyo")
    people("", 2)  # in Germany
    make.customer(time_zone="Europe/London")  # has not agreed
    assert lines(marketer, campaign) == [
        ("Berlin time", "from 23 Dec 2099, 17:30", 2),
        ("local time in Tokyo", "from 24 Dec 2099, 01:30", 1),
    ]


def test_quiet_hours_move_it_where_they_have_begun(marketer: Client) -> None:
    DeliveryPolicy.objects.create(pk=1, quiet_from=time(17), quiet_until=time(9))
    campaign = evening()
    people("Europe/London")
    people("Europe/Berlin")
    assert set(lines(marketer, campaign)) == {
        ("London time", "from 23 Dec 2099, 16:30", 1),
        ("Berlin time", "from 24 Dec 2099, 09:00", 1),
    }


def test_where_some_wait_the_last_are_told_too(marketer: Client) -> None:
    campaign = evening()
    DeliveryPolicy.objects.create(pk=1, quiet_from=None, quiet_until=None, best_hour=20)
    campaign.message.best_time = True
    campaign.message.save()
    people("Europe/Berlin")
    early = make.agreed(make.customer(time_zone="Europe/Berlin"))
    Habit.objects.create(customer=early, hour=18)
    assert lines(marketer, campaign) == [
        ("Berlin time", "from 23 Dec 2099, 18:00, the last from 23 Dec 2099, 20:00", 2)
    ]


def test_what_goes_out_at_once_says_so(marketer: Client) -> None:
    campaign = make.ready(people=1, when="now")
    assert lines(marketer, campaign) == [("Berlin time", "at once, when it is launched", 1)]


def test_many_zones_are_drawn_together_behind_the_largest(marketer: Client) -> None:
    campaign = evening()
    for zone in ("Asia/Tokyo", "Asia/Seoul", "Asia/Dubai", "Asia/Kolkata", "Asia/Manila", "Europe/Berlin"):
        people(zone, 2)
    for zone in ("Europe/London", "Europe/Oslo", "America/Lima", "Africa/Lagos"):
        people(zone)
    shown = lines(marketer, campaign)
    assert len(shown) == 9
    assert shown[-1] == ("2 more time zones", "", 2)
