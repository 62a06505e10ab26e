"""Before the launch the pool is foreseen: people who would wait for codes that nobody ordered stop it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import checks, dry_run_reports
from campaigns.models import Campaign, Occurrence
from loyalty.models import Coupon
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import mails
from tests.loyalty.coupon_mails import block, more, pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(sign_in: Callable[..., Client]) -> Client:
    return sign_in("marketer")


def campaign(of: Coupon, if_none: str = "wait") -> Campaign:
    made = make.campaign(
        message=mails.message(block(of, if_none), languages=("de", "en")), segment=make.segment()
    )
    for _person in range(3):
        make.agreed(make.customer())
    make.customer()  # who has not said yes needs no code
    return made


def outcomes(client: Client, of: Campaign) -> str:
    response = client.get(reverse("campaign_outcomes", args=[of.pk]))
    return " ".join(response.content.decode().split())


def test_more_codes_have_to_be_ordered_first(marketer: Client) -> None:
    made = pool(2)
    drafted = campaign(made)
    sentence = "3 people need a code of “Herbst”, 2 are free: order 1 more."
    fault = checks.foreseen(drafted, dry_run_reports.seen(drafted, NOON))
    assert fault is not None
    assert (fault.step, fault.sentence) == ("content", sentence)
    assert checks.faults(drafted, NOON) == []
    shown = outcomes(marketer, drafted)
    assert sentence in shown
    assert "Not ready yet" in shown
    seen = marketer.get(reverse("campaign_outcomes", args=[drafted.pk])).context["seen"]
    told = marketer.post(reverse("campaign_launch", args=[drafted.pk]), {"seen": seen}, follow=True)
    assert sentence in told.content.decode()
    assert not Occurrence.objects.exists()
    more(made, 1)
    assert checks.foreseen(drafted, dry_run_reports.seen(drafted, NOON)) is None
    assert "3 codes of “Herbst” are needed, 3 are free." in outcomes(marketer, drafted)


def test_who_may_be_left_out_stops_nothing(marketer: Client) -> None:
    drafted = campaign(pool(2), "leave_out")
    assert checks.foreseen(drafted, dry_run_reports.seen(drafted, NOON)) is None
    shown = outcomes(marketer, drafted)
    assert "2 codes of “Herbst” are free, 3 people need one" in shown
    assert "Send to" in shown


def test_a_coupon_that_has_ended_then_stops_the_launch() -> None:
    made = pool(9)
    drafted = campaign(made)
    Coupon.objects.update(valid_until=NOON + timedelta(days=1))
    assert checks.faults(drafted, NOON) == []
    Coupon.objects.update(valid_until=NOON)
    (fault,) = checks.faults(drafted, NOON)
    assert fault.sentence.startswith("The coupon “Herbst” has ended when this goes out.")
