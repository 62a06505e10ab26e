"""An approver settles what nobody can tell: it arrived, or it is sent again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign
from channels.delivery import outcomes
from channels.models import Delivery, Message
from customers.models import AuditEntry
from tests.campaigns import make
from tests.campaigns.make import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def approver(sign_in: Callable[..., Client]) -> Client:
    return sign_in("approver")


@pytest.fixture
def doubtful() -> list[Delivery]:
    """Two unknown rows of a finished campaign, and one that is sent."""
    campaign = make.campaign(state="finished")
    make.occurrence(campaign, state="finished", started_at=NOON, finished_at=NOON)
    states = ["unknown", "unknown", "accepted"]
    return [make.delivery(campaign, make.customer(), state=s, reason="no_answer") for s in states]


def url(rows: list[Delivery], query: str = "?state=unknown") -> str:
    return reverse("campaign_people", args=[Campaign.objects.get(message=rows[0].message_id).pk]) + query


def states() -> list[str]:
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def act(client: Client, rows: list[Delivery], action: str, **fields: str) -> int:
    return client.post(url(rows), {"action": action, "all": "1"} | fields).status_code


def test_it_asks_first(approver: Client, doubtful: list[Delivery]) -> None:
    assert act(approver, doubtful, "again") == 200
    assert states() == ["unknown", "unknown", "accepted"]


def test_it_arrived(approver: Client, doubtful: list[Delivery]) -> None:
    assert act(approver, doubtful, "arrived", confirmed="1") == 302
    assert states() == ["accepted"] * 3
    assert Delivery.objects.filter(reason="settled").count() == 2
    assert Campaign.objects.get().state == "finished"
    entry = AuditEntry.objects.get(action="campaign.settled")
    assert (entry.detail["answer"], entry.detail["people"]) == ("arrived", 2)


def test_send_again_opens_the_run_once_more(approver: Client, doubtful: list[Delivery]) -> None:
    chosen = {"action": "again", "confirmed": "1", "ids": [doubtful[0].pk, doubtful[2].pk]}
    assert approver.post(url(doubtful), chosen).status_code == 302
    assert states() == ["planned", "unknown", "accepted"]
    campaign = Campaign.objects.get()
    run = campaign.occurrences.get()
    assert (campaign.state, run.state, run.finished_at) == ("running", "sending", None)


def test_nothing_of_a_cancelled_campaign_is_sent_again(approver: Client, doubtful: list[Delivery]) -> None:
    Campaign.objects.update(state="cancelled")
    Message.objects.update(cancelled_at=NOON)
    act(approver, doubtful, "again", confirmed="1")
    assert states() == ["unknown", "unknown", "accepted"]
    assert outcomes.settle([row.pk for row in doubtful], False, NOON) == []
    act(approver, doubtful, "arrived", confirmed="1")
    assert states() == ["accepted"] * 3


@pytest.mark.parametrize("role", ["marketer", "analyst"])
def test_only_approvers_may(sign_in: Callable[..., Client], doubtful: list[Delivery], role: str) -> None:
    assert act(sign_in(role), doubtful, "arrived", confirmed="1") == 403
    assert states() == ["unknown", "unknown", "accepted"]


def test_it_is_offered_where_the_unknown_are_listed(approver: Client, doubtful: list[Delivery]) -> None:
    assert "Send again" in approver.get(url(doubtful)).content.decode()
    assert "Send again" in approver.get(url(doubtful, "?figure=unknown")).content.decode()
    assert "Send again" not in approver.get(url(doubtful, "")).content.decode()
