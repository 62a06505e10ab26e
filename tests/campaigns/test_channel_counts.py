"""Who gets which channel and why: foreseen in the review, and told of the run in its report."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import approval, launch, running
from campaigns.models import Campaign
from campaigns.reports import figures
from channels import consent
from channels.delivery import batching, fallback, sending
from channels.models import Account, Channel, Delivery, Habit, Reach, SandboxMail
from customers.models import Customer, Origin
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import mails
from tests.channels import people as statements

pytestmark = pytest.mark.django_db
ORDER = ["push", "sms", "email"]


def said(person: Customer, *channels: str) -> None:
    rows = [statements.yes(person), statements.yes(person, purpose="tracking")]
    rows += [
        consent.Statement(**(vars(statements.yes(person, purpose=purpose)) | {"channel": each}))
        for each in channels
        for purpose in ("sending", "tracking")
    ]
    consent.record(rows, NOON, Origin.IMPORT)
    if "push" in channels:
        Reach.objects.update_or_create(
            customer=person, channel="push", defaults={"address": f"device {person.pk}"}
        )


@pytest.fixture
def campaign() -> Campaign:
    """Push, then SMS, then e-mail, if unread after four hours."""
    for channel in ("push", "sms"):
        Account.objects.create(name=channel, backend="sandbox", channel=channel)
    message = mails.message(
        mails.text("Hallo {{ first_name }}"), channels=ORDER, unread_after=timedelta(hours=4)
    )
    return make.campaign(message=message, segment=make.segment())


@pytest.fixture
def audience() -> dict[str, Customer]:
    people = {
        name: make.customer(first_name=name, phone=f"+4915112345{number}")
        for number, name in enumerate(("Pia", "Sam", "Mia", "Hal"), 600)
    }
    said(people["Pia"], "push", "sms")
    said(people["Sam"], "sms")
    said(people["Mia"])
    said(people["Hal"], "push", "sms")
    Habit.objects.create(customer=people["Hal"], channel=Channel.EMAIL)
    return people


def send(at: object) -> None:
    for packed in list(batching.pack(at)):  # type: ignore[arg-type]
        fence = batching.claim(packed.batch_id)
        assert fence is not None
        sending.run(packed.batch_id, fence, lambda: at)  # type: ignore[arg-type, return-value]


def test_the_review_says_who_gets_which_channel_and_why(
    marketer: Client, campaign: Campaign, audience: dict[str, Customer]
) -> None:
    response = marketer.get(reverse("campaign_outcomes", args=[campaign.pk]))
    rows = {
        row.form.key: (row.number, [str(why) for why, _n in row.whys])
        for row in response.context["by_channel"]
    }
    assert rows == {
        "push": (1, ["it is first in the order"]),
        "sms": (1, ["they cannot be reached on the channels before it"]),
        "email": (2, ["they mostly answer to it", "they cannot be reached on the channels before it"]),
    }
    people = marketer.get(response.context["by_channel"][1].url).content.decode()
    assert "Sam" in people
    assert "Mia" not in people


def test_a_campaign_by_mail_alone_has_no_such_table(marketer: Client) -> None:
    page = marketer.get(reverse("campaign_outcomes", args=[make.ready().pk])).content.decode()
    assert "By channel" not in page


def test_what_stays_unread_goes_on_and_the_report_tells_it(
    marketer: Client, campaign: Campaign, audience: dict[str, Customer]
) -> None:
    run = launch.launch(campaign.pk, make.user(), NOON, seen=approval.digest(campaign))
    running.tick(NOON)
    send(NOON + timedelta(seconds=5))
    make.click(Delivery.objects.get(customer=audience["Hal"]), NOON, kind="opened", human=True)
    Delivery.objects.update(called_at=NOON)  # by the clock of the database
    assert fallback.unread(NOON + timedelta(hours=5)) == 3 - 1  # Mia has no other channel
    send(NOON + timedelta(hours=5, seconds=5))
    kept = SandboxMail.objects.filter(delivery__customer=audience["Pia"]).order_by("pk")
    assert [each.channel for each in kept] == ["push", "sms"]
    assert figures.passed_on(run) == {("push", "accepted"): 1, ("sms", "accepted"): 1}
    assert figures.by_channel(run, "sent") == {"sms": 1, "email": 3}
    page = marketer.get(reverse("campaign_report", args=[campaign.pk]))
    assert "1: it stayed unread" in page.content.decode()
    for row in page.context["by_channel"]["channels"]:
        for _why, number, url in row["passed"]:
            assert len(marketer.get(url).context["table"].rows) == number == 1
    url = page.context["by_channel"]["channels"][0]["passed"][0][2]
    assert "Pia" in marketer.get(url).content.decode()
    listed = marketer.get(
        reverse("campaign_people", args=[campaign.pk]), {"figure": "sent", "channel": "sms"}
    )
    assert "Pia" in listed.content.decode()
    assert "Mia" not in listed.content.decode()
