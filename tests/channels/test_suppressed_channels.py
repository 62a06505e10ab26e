"""A suppressed address keeps its own channel from being switched on. Her no counts on every channel, always."""

from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from channels import consent, suppression
from channels.models import Brand, Consent, Delivery, Reach, Suppression, Topic
from customers.models import Customer
from tests.channels.people import customer, sent, topic, yes
from tests.channels.test_preferences import Opened, url

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"
REACHED = ("email", "sms", "push")


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def news() -> Topic:
    return topic("news")


@pytest.fixture
def wine() -> Topic:
    return topic("wine")


@pytest.fixture
def anna(news: Topic, wine: Topic, now: datetime) -> Customer:
    person = customer(language="en", phone=NUMBER)
    Reach.objects.create(customer=person, channel="sms", address=NUMBER)
    Reach.objects.create(customer=person, channel="push", address="browsers-of-anna")
    consent.record([yes(person, news, channel=channel) for channel in REACHED], now)
    return person


ADDRESSES = {"email": "Anna@Example.org", "sms": NUMBER, "push": "browsers-of-anna"}


def suppress(channel: str, reason: str = "bounce") -> None:
    suppression.suppress(channel, [ADDRESSES[channel]], Suppression.Reason(reason), timezone.now())


def cell(channel: str, about: Topic) -> str:
    return f"{channel}:sending:{about.pk}"


def may_send(person: Customer, channel: str, about: Topic) -> bool:
    return consent.load([person.pk], channel, about.pk)[person.pk].may_send


def by_text(person: Customer, about: Topic) -> Delivery:
    return sent(person, about, channel="sms")


@pytest.mark.parametrize("reason", Suppression.Reason.values)
def test_with_a_dead_mailbox_she_ends_texts_by_the_link_of_one(
    anna: Customer, news: Topic, reason: str
) -> None:
    suppress("email", reason)
    page = Opened(by_text(anna, news))
    assert "Saved" in page.save(allowed=[cell("email", news), cell("push", news)])
    assert [may_send(anna, channel, news) for channel in REACHED] == [True, False, True]


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("objection", "somebody objected to it"),
        ("complaint", "reported as spam there"),
        ("staff", "The shop has blocked a•••@e•••.org"),
        ("bounce", "Mail to a•••@e•••.org comes back"),
    ],
)
def test_the_page_says_why_and_blames_nobody_for_what_she_did_not_do(
    anna: Customer, news: Topic, reason: str, why: str
) -> None:
    suppress("email", reason)
    text = Client().get(url(by_text(anna, news))).content.decode()
    assert why in text
    assert ("objected" in text) == (reason == "objection")


@pytest.mark.parametrize("blocked", REACHED)
def test_no_is_heard_on_the_suppressed_channel_itself(anna: Customer, news: Topic, blocked: str) -> None:
    suppress(blocked)
    Opened(by_text(anna, news)).save(allowed=[cell(each, news) for each in REACHED if each != blocked])
    assert [may_send(anna, channel, news) for channel in REACHED] == [
        channel != blocked for channel in REACHED
    ]


@pytest.mark.parametrize("blocked", REACHED)
def test_yes_is_refused_there_and_taken_elsewhere(
    anna: Customer, news: Topic, wine: Topic, blocked: str
) -> None:
    suppress(blocked, "objection")
    page = Opened(by_text(anna, news))
    wanted = [cell(channel, about) for channel in REACHED for about in (news, wine)]
    page.save(allowed=[*wanted, f"{blocked}:tracking:0"])
    for channel in REACHED:
        assert may_send(anna, channel, news)
        assert may_send(anna, channel, wine) == (channel != blocked)
    assert not consent.load([anna.pk], blocked, None)[anna.pk].may_track


def test_control_without_a_suppression_every_yes_is_taken(anna: Customer, news: Topic, wine: Topic) -> None:
    Opened(by_text(anna, news)).save(allowed=[cell(channel, wine) for channel in REACHED])
    assert all(may_send(anna, channel, wine) for channel in REACHED)


@pytest.mark.parametrize("blocked", REACHED)
def test_leaving_everything_stays_possible(anna: Customer, news: Topic, blocked: str) -> None:
    suppress(blocked)
    delivery = by_text(anna, news)
    assert 'value="leave"' in Client().get(url(delivery)).content.decode()
    Client().post(url(delivery), {"choice": "leave"})
    assert not any(may_send(anna, channel, news) for channel in REACHED)


def switches(text: str, channel: str) -> dict[str, tuple[bool, bool]]:
    """By topic, whether its switch is on, and whether it can be moved."""
    found = {}
    for tag in text.split("<input ")[1:]:
        tag = tag.split(">")[0]
        if f'value="{channel}:sending:' in tag:
            found[tag.split(f"{channel}:sending:")[1].split('"')[0]] = (
                "checked" in tag,
                "disabled" not in tag,
            )
    return found


def test_the_page_says_where_and_why_and_leaves_what_is_on_to_be_moved(
    anna: Customer, news: Topic, wine: Topic
) -> None:
    Brand.objects.create(pk=1, imprint={"en": "Linden Ltd\nservice@linden.example"})
    suppress("email")
    text = Client().get(url(by_text(anna, news))).content.decode()
    assert switches(text, "email") == {str(news.pk): (True, True), str(wine.pk): (False, False)}
    assert switches(text, "sms") == {str(news.pk): (True, True), str(wine.pk): (False, True)}
    assert text.count("wish-blocked") == 1
    assert "Mail to a•••@e•••.org comes back" in text
    assert "service@linden.example" in text


@pytest.mark.parametrize(
    ("channel", "reason", "sentence"),
    [
        ("sms", "bounce", "Messages to +49•••78 do not arrive"),
        ("sms", "objection", "+49•••78 is blocked for advertising"),
        ("email", "complaint", "a•••@e•••.org is blocked for advertising"),
        ("push", "bounce", "Messages to your device do not arrive"),
    ],
)
def test_a_suppressed_number_or_browser_is_shown_as_well(
    anna: Customer, news: Topic, channel: str, reason: str, sentence: str
) -> None:
    suppress(channel, reason)
    text = Client().get(url(sent(anna, news))).content.decode()
    assert sentence in text
    assert text.count("wish-blocked") == 1


def test_where_nothing_is_suppressed_nothing_is_said(anna: Customer, news: Topic) -> None:
    suppression.suppress("whatsapp", ["+4915100000000"], Suppression.Reason.BOUNCE, timezone.now())
    assert "wish-blocked" not in Client().get(url(sent(anna, news))).content.decode()


def test_her_renewed_yes_holds_for_the_channels_that_work(anna: Customer, news: Topic) -> None:
    suppress("email")
    delivery = by_text(anna, news)
    address = url(delivery) + "?confirm"
    assert 'value="confirm"' not in Client().get(url(delivery)).content.decode()
    anna.permissions.update(stated_at="2020-01-01T00:00Z")
    assert 'value="confirm"' in Client().get(address).content.decode()
    text = Client().post(address, {"choice": "confirm"}).content.decode()
    assert "except where an address is blocked" in text
    renewed = Consent.objects.filter(evidence__wording__startswith="keep-writing")
    assert set(renewed.values_list("channel", flat=True)) == {"sms", "push"}
    assert all(may_send(anna, channel, news) for channel in REACHED)


def test_where_every_yes_is_for_a_suppressed_address_nothing_is_asked(
    anna: Customer, news: Topic, now: datetime
) -> None:
    anna.permissions.update(stated_at="2020-01-01T00:00Z")
    for channel in REACHED:
        suppress(channel)
    delivery = by_text(anna, news)
    assert 'value="confirm"' not in Client().get(url(delivery) + "?confirm").content.decode()
    Client().post(url(delivery), {"choice": "confirm"})
    assert not Consent.objects.filter(evidence__wording__startswith="keep-writing").exists()


def test_the_text_that_she_came_by_is_named_not_her_mailbox(anna: Customer, news: Topic) -> None:
    text = Client().get(url(by_text(anna, news))).content.decode()
    assert "What +49•••78 receives" in text
    assert NUMBER not in text


def test_her_no_to_mail_holds_for_the_mailbox_and_her_no_to_texts_for_the_number(
    anna: Customer, news: Topic, now: datetime
) -> None:
    berta = customer("berta@example.org", phone=NUMBER)
    clara = customer("ANNA@example.org", phone="+4915187654321")
    for person in (berta, clara):
        consent.record([yes(person, news, channel=channel) for channel in ("email", "sms")], now)
    Opened(by_text(anna, news)).save(allowed=[])
    assert [may_send(berta, channel, news) for channel in ("email", "sms")] == [True, False]
    assert [may_send(clara, channel, news) for channel in ("email", "sms")] == [False, True]
