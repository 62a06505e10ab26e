"""The channels of a campaign, chosen in the builder: their order, what happens when one stays unread, in words."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import checks, drafts
from campaigns.models import Campaign
from channels.models import Account
from tests.campaigns import make
from tests.channels.people import NOON

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def act(client: Client, campaign: Campaign, action: str, **more: object) -> str:
    """Press a button of the card; the whole answer."""
    campaign.refresh_from_db()
    data = {"action": action, "revision": campaign.revision, **more}
    response = client.post(reverse("campaign_channels", args=[campaign.pk]), data, headers=HTMX)
    campaign.refresh_from_db()
    campaign.message.refresh_from_db()
    return str(response.content.decode())


def test_channels_are_added_moved_and_taken_out_one_by_one(marketer: Client) -> None:
    campaign = make.ready(people=0)
    act(marketer, campaign, "add:sms")
    act(marketer, campaign, "add:push")
    act(marketer, campaign, "up:push")
    text = act(marketer, campaign, "up:push", unread_after="4")
    assert campaign.message.channels == ["push", "email", "sms"]
    assert campaign.message.unread_after == timedelta(hours=4)
    assert "Tried in this order: Push message, E-mail, SMS." in text
    assert "Whoever has not opened it after 4 hours gets it on the next channel too" in text
    act(marketer, campaign, "remove:email")
    assert campaign.message.channels == ["push", "sms"]
    assert campaign.message.unread_after == timedelta(hours=4)


@pytest.mark.parametrize(
    "action", ["add:pigeon", "add:email", "up:email", "down:email", "turn:email", "up:", ""]
)
def test_what_makes_no_sense_changes_nothing(marketer: Client, action: str) -> None:
    campaign = make.ready(people=0)
    act(marketer, campaign, action)
    assert campaign.message.channels == ["email"]


def test_the_last_channel_stays(marketer: Client) -> None:
    campaign = make.ready(people=0)
    assert "A message needs at least one channel." in act(marketer, campaign, "remove:email")
    assert campaign.message.channels == ["email"]


def test_a_page_that_is_out_of_date_changes_nothing(marketer: Client) -> None:
    campaign = make.ready(people=0)
    act(marketer, campaign, "add:sms")
    assert "Somebody else has changed this campaign" in act(marketer, campaign, "add:push", revision=0)
    assert campaign.message.channels == ["email", "sms"]


def test_each_fault_names_its_channel_and_leads_to_it(marketer: Client) -> None:
    campaign = make.ready(people=1)
    act(marketer, campaign, "add:sms")
    sentences = [fault.sentence for fault in checks.faults(campaign, make.NOON)]
    assert sentences == [
        "There is no provider account for SMS yet. Add one under Settings, Channels.",
        "The message has no content yet for SMS. Write it, or leave the channel out.",
    ]
    Account.objects.create(name="Sandbox SMS", backend="sandbox", channel="sms")
    text = {"id": "b1", "kind": "text", "text": "Hallo {{ nobody_knows }}"}
    campaign.message.contents.create(channel="sms", language="de", blocks=[text])
    fault = checks.faults(campaign, make.NOON)[0]
    assert fault.sentence.startswith("SMS, German, Text")
    assert fault.query == "channel=sms&language=de&block=b1"


def test_a_copy_of_the_campaign_goes_the_same_ways(marketer: Client) -> None:
    campaign = make.ready(people=0)
    act(marketer, campaign, "add:in_app", unread_after="12")
    campaign.message.contents.create(channel="in_app", language="de", options={"place": "modal"})
    copy = drafts.duplicate(campaign, make.user())
    assert (copy.message.channels, copy.message.unread_after) == (["email", "in_app"], timedelta(hours=12))
    assert copy.message.contents.get(channel="in_app").options == {"place": "modal"}


def test_without_script_the_page_comes_again(marketer: Client) -> None:
    campaign = make.ready(people=0)
    data = {"action": "add:sms", "revision": 0}
    response = marketer.post(reverse("campaign_channels", args=[campaign.pk]), data)
    assert response["Location"] == reverse("campaign_content", args=[campaign.pk])
    assert "Tried in this order: E-mail, SMS." in marketer.get(response["Location"]).content.decode()


def test_a_next_channel_that_never_has_its_turn_is_a_fault(marketer: Client) -> None:
    campaign = make.ready(people=0)
    act(marketer, campaign, "add:sms")

    def told() -> list[str]:
        return [each.sentence for each in checks.faults(campaign, NOON) if each.place == "unread_after"]

    for unread, expiry, faulty in (
        ("72", None, True),
        ("48", None, False),
        ("12", 12, True),
        ("6", 12, False),
    ):
        act(marketer, campaign, "", unread_after=unread)
        campaign.message.expires_after = expiry and timedelta(hours=expiry)
        assert bool(told()) is faulty, "without an expiry of its own the shop's three days count"
    campaign.message.expires_after = timedelta(hours=1)
    assert "after 6 hours, but it expires after 1 hours" in told()[0]
    campaign.message.channels = ["email"]
    assert told() == []
