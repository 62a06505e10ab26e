"""R1: complaints about a sender's domain stop its campaigns; the run says why, and waits for somebody who approves."""

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import approval, launch, running
from campaigns.models import Campaign
from campaigns.refusals import Refused
from channels.delivery import complaints
from channels.models import Message, SendingDomain
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    """On its way when its domain is stopped."""
    made = make.ready(people=2)
    launch.launch(made.pk, make.user(), NOON, seen=approval.digest(made))
    running.tick(NOON)
    domain = make.sender().email.rpartition("@")[2]
    SendingDomain.objects.create(name=domain, hold="stopped", complaints=5, mails=1_500, counted_at=NOON)
    complaints.tick(NOON)
    running.tick(NOON)
    made.refresh_from_db()
    return made


def test_the_run_says_why_and_what_to_do(campaign: Campaign, marketer: Client) -> None:
    assert campaign.state == Campaign.State.PAUSED
    page = marketer.get(reverse("campaign_running", args=[campaign.pk])).content.decode()
    assert "0.33% were reported as spam (5 of 1,500)" in page
    assert "Somebody who approves has to let marketing from there go on." in page


def test_it_is_not_resumed_before_somebody_who_approves_has_let_it_go_on(
    campaign: Campaign, approver: Client
) -> None:
    with pytest.raises(Refused, match="somebody who approves"):
        launch.resume(campaign.pk, make.user(), NOON)
    domain = SendingDomain.objects.get()
    approver.post(reverse("domain_release", args=[domain.name]), {"note": "Only those who click."})
    launch.resume(campaign.pk, make.user(), NOON)
    complaints.tick(NOON)
    assert Message.objects.get(pk=campaign.message_id).paused_at is None
    campaign.refresh_from_db()
    assert campaign.state == Campaign.State.RUNNING


def test_another_one_is_not_launched_meanwhile(campaign: Campaign) -> None:
    other = make.ready(people=1)
    with pytest.raises(Refused, match="reported as spam"):
        launch.launch(other.pk, make.user(), NOON, seen=approval.digest(other))
