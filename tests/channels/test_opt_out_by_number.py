"""The opt-out link of a text message is about its number, as a mail's is about its mailbox."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, links
from channels.models import Consent, Delivery, DeliveryEvent, Reach, Topic
from customers.models import Customer
from tests.channels.people import customer, sent, topic, yes

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
CHANNELS = ("email", "sms", "whatsapp", "push")


@pytest.fixture
def news() -> Topic:
    return topic("news")


def agreed(person: Customer, about: Topic) -> Customer:
    now = timezone.now()
    consent.record([yes(person, about, channel=channel) for channel in CHANNELS], now)
    return person


@pytest.fixture
def anna(news: Topic) -> Customer:
    return agreed(customer(language="en", phone=NUMBER), news)


def url(delivery: Delivery) -> str:
    return reverse("opt_out", args=[links.opt_out_token(delivery.pk)])


def tap(delivery: Delivery, choice: str = "everything") -> str:
    response = Client(enforce_csrf_checks=True).post(url(delivery), {"choice": choice})
    assert response.status_code == 200
    return response.content.decode()


def allowed(person: Customer, about: Topic) -> set[str]:
    return {
        channel for channel in CHANNELS if consent.load([person.pk], channel, about.pk)[person.pk].may_send
    }


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_the_number_is_left_alone_whoever_shares_it(anna: Customer, news: Topic, channel: str) -> None:
    """As with the word STOP: otherwise the next text goes to the other one, at the same phone."""
    berta = agreed(customer("berta@example.org", phone=NUMBER), news)
    tap(sent(anna, news, channel=channel))
    assert allowed(anna, news) == allowed(berta, news) == set(CHANNELS) - {channel}


@pytest.mark.parametrize("choice", ["topic", "everything"])
def test_who_shares_the_mailbox_keeps_another_number(anna: Customer, news: Topic, choice: str) -> None:
    clara = agreed(customer(anna.email, phone="+4915187654321"), news)
    tap(sent(anna, news, channel="sms"), choice)
    assert allowed(anna, news) == set(CHANNELS) - {"sms"}
    assert allowed(clara, news) == set(CHANNELS)


def test_who_shares_the_number_keeps_another_mailbox(anna: Customer, news: Topic) -> None:
    berta = agreed(customer("berta@example.org", phone=NUMBER), news)
    tap(sent(anna, news))
    assert allowed(anna, news) == set(CHANNELS) - {"email"}
    assert allowed(berta, news) == set(CHANNELS)


def test_people_without_a_number_do_not_share_it(news: Topic) -> None:
    dora, emma = (agreed(customer(f"{name}@example.org"), news) for name in ("dora", "emma"))
    tap(sent(dora, news, channel="sms"))
    assert "sms" not in allowed(dora, news)
    assert "sms" in allowed(emma, news)


def test_a_notification_is_about_its_owner_alone(anna: Customer, news: Topic) -> None:
    clara = agreed(customer(anna.email, phone=NUMBER), news)
    for person in (anna, clara):
        Reach.objects.create(customer=person, channel="push", address=f"browsers-of-{person.pk}")
    text = tap(sent(anna, news, channel="push"))
    assert "push" not in allowed(anna, news)
    assert allowed(clara, news) == set(CHANNELS)
    assert "sent to your device" in text
    assert "browsers-of" not in text


def test_a_tap_by_mistake_is_taken_back_for_all_at_the_number_and_nobody_else(
    anna: Customer, news: Topic
) -> None:
    berta = agreed(customer("berta@example.org", phone=NUMBER), news)
    clara = customer(anna.email, phone="+4915187654321")
    delivery = sent(anna, news, channel="sms")
    assert 'value="undo"' in tap(delivery)
    assert "Welcome back" in tap(delivery, "undo")
    assert allowed(anna, news) == allowed(berta, news) == set(CHANNELS)
    assert allowed(clara, news) == set()


def test_tapping_again_changes_nothing(anna: Customer, news: Topic) -> None:
    delivery = sent(anna, news, channel="sms", at=timezone.now() - timedelta(days=4000))
    for _n in range(3):
        assert "Done" in tap(delivery)
    assert allowed(anna, news) == set(CHANNELS) - {"sms"}
    assert DeliveryEvent.objects.count() == 1
    assert set(Consent.objects.filter(state="withdrawn").values_list("channel", flat=True)) == {"sms"}
    tap(delivery, "undo")
    assert allowed(anna, news) == set(CHANNELS)
    assert consent.check_permissions() == []


def test_the_page_masks_the_number_and_not_the_mailbox(anna: Customer, news: Topic) -> None:
    text = Client().get(url(sent(anna, news, channel="sms"))).content.decode()
    assert "+49•••78" in text
    assert NUMBER not in text
    assert "a•••@" not in text


def test_leaving_by_a_text_ends_each_channel_for_who_has_her_address_there(
    anna: Customer, news: Topic
) -> None:
    berta = agreed(customer("berta@example.org", phone=NUMBER), news)
    clara = agreed(customer(anna.email, phone="+4915187654321"), news)
    delivery = sent(anna, news, channel="sms")
    page = reverse("preferences", args=[links.preferences_token(delivery.pk)])
    Client().post(page, {"choice": "leave"})
    assert allowed(anna, news) == set()
    assert allowed(berta, news) == {"email", "push"}
    assert allowed(clara, news) == {"sms", "whatsapp", "push"}
