"""The customer page says why she got a message, why not, and what holds up one that waits."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent
from channels.delivery import planning
from channels.models import Delivery, Message
from tests.campaigns import make
from tests.channels import people as statements
from tests.channels.runs import Everybody

pytestmark = pytest.mark.django_db


def test_each_message_says_what_became_of_it(marketer: Client, store_manager: Client) -> None:
    person = make.customer()
    sent, withheld = make.campaign(name="Advent"), make.campaign(name="Ostern")
    make.delivery(sent, person, called_at=timezone.now())
    make.delivery(withheld, person, state=Delivery.State.WITHHELD, reason="suppressed")
    make.delivery(
        make.campaign(message=Message.objects.create(purpose="service", sender=make.sender())), person
    )
    page = marketer.get(reverse("customer", args=[person.pk])).content.decode()
    assert reverse("campaign", args=[sent.pk]) in page
    assert "delivered" in page
    assert "not sent: on the suppression list" in page
    assert "They objected, complained, or the address bounced." in page
    page = store_manager.get(reverse("customer", args=[person.pk]))
    assert page.status_code == 404 or "Advent" not in page.content.decode()


def test_what_waits_says_until_when_and_everything_in_its_way(marketer: Client) -> None:
    campaign = make.ready(people=1)
    tomorrow = timezone.now() + timedelta(days=1)
    Message.objects.update(allowed_days=[tomorrow.weekday()])
    campaign.message.refresh_from_db()
    version = make.version(campaign)
    planning.plan(version, make.occurrence(campaign).pk, Everybody(), 0, timezone.now())
    row = Delivery.objects.get()
    assert row.reason == "day"
    consent.record([statements.no(row.customer, minutes=9)], timezone.now())
    page = marketer.get(reverse("customer", args=[row.customer_id])).content.decode()
    assert "waiting: not on this day" in page
    assert "Not before" in page
    assert "In its way at this moment:" in page
    assert "no consent" in page


def test_without_messages_it_says_so(marketer: Client) -> None:
    page = marketer.get(reverse("customer", args=[make.customer().pk])).content.decode()
    assert "Not in the audience of any message yet." in page
