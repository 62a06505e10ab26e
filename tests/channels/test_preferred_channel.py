"""Which way somebody likes best: she says so on her own page, and it holds wherever a message has several ways."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import consent, preferred, suppression
from channels.delivery import routing
from channels.models import Account, Channel, Delivery, PreferenceChange, Reach
from customers import merging, privacy
from customers.models import Customer, Erasure
from tests.channels.people import NOON, customer, sent, topic, yes
from tests.channels.test_preferences import Opened
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
NUMBER = "+4915112345678"


def reached(email: str = "anna@example.org", phone: str = NUMBER) -> Customer:
    person = customer(email, phone=phone, language="en")
    suppression.refresh_keys([person.pk], [Channel.EMAIL, Channel.SMS])
    consent.record([yes(person), yes(person, channel="sms")], NOON)
    return person


@pytest.fixture
def anna() -> Customer:
    return reached()


@pytest.fixture
def mail(anna: Customer) -> Delivery:
    return sent(anna, topic("news"))


def likes(person: Customer) -> set[str]:
    return set(routing.load_likes([person.pk])[person.pk].preferred)


def test_what_she_chooses_comes_first_and_has_its_evidence(anna: Customer, mail: Delivery) -> None:
    page = Opened(mail)
    assert page.data["preferred"] == ""
    assert "Saved" in page.save(preferred="sms")
    assert likes(anna) == {"sms"}
    change = PreferenceChange.objects.get()
    assert (change.what, change.before, change.after) == ("channel", [], ["sms"])
    assert change.evidence["delivery"] == mail.pk
    assert Opened(mail).data["preferred"] == "sms"


def test_there_is_one_or_none(anna: Customer, mail: Delivery) -> None:
    for way in ("sms", "email", ""):
        Opened(mail).save(preferred=way)
        assert likes(anna) == ({way} if way else set())


def test_a_page_left_open_takes_nothing_back(anna: Customer, mail: Delivery) -> None:
    old = Opened(mail)
    Opened(mail).save(preferred="sms")
    old.save(frequency="weekly")
    assert likes(anna) == {"sms"}


def test_who_has_one_way_only_is_not_asked_and_loses_nothing_she_said(anna: Customer, mail: Delivery) -> None:
    preferred.choose(anna.pk, "sms")
    Reach.objects.filter(channel="sms").update(address="", address_key="")
    page = Opened(mail)
    assert "preferred" not in page.data
    page.save(frequency="weekly")
    assert likes(anna) == {"sms"}


def test_a_no_is_heard_from_a_page_that_offers_a_way_which_she_has_no_more(
    anna: Customer, mail: Delivery
) -> None:
    page = Opened(mail)
    Reach.objects.filter(channel="sms").delete()
    assert "Saved" in page.save(preferred="sms", allowed=["sms:sending:0"])
    assert likes(anna) == set()
    assert not consent.load([anna.pk], "email", None)[anna.pk].may_send
    assert consent.load([anna.pk], "sms", None)[anna.pk].may_send


@pytest.mark.parametrize(("hers", "others", "left"), [("", "sms", "sms"), ("email", "sms", "email")])
def test_it_is_kept_when_two_profiles_are_one(anna: Customer, hers: str, others: str, left: str) -> None:
    twin = reached("anna@work.example", "+4915187654321")
    preferred.choose(anna.pk, hers)
    preferred.choose(twin.pk, others)
    merging.merge(twin.pk, anna.pk, UserFactory(in_role="marketer"), timezone.now())
    assert likes(anna) == {left}


def test_all_the_same_is_an_answer_too_when_two_profiles_are_one(anna: Customer, mail: Delivery) -> None:
    for way in ("email", ""):
        Opened(mail).save(preferred=way)
    twin = reached("anna@work.example", "+4915187654321")
    preferred.choose(twin.pk, "sms")
    merging.merge(twin.pk, anna.pk, UserFactory(in_role="marketer"), timezone.now())
    assert likes(anna) == set()


def test_she_gets_it_with_her_data_and_it_goes_when_she_is_forgotten(anna: Customer) -> None:
    preferred.choose(anna.pk, "sms")
    tables = {table.key: table.rows for table in privacy.export([anna.pk])[anna.pk]}
    assert tables["preferred_channel"] == [{"channel": "sms"}]
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.CUSTOMER, NOON), NOON)
    assert likes(anna) == set()


def test_staff_see_it_with_her_consent(marketer: Client, anna: Customer) -> None:
    address = reverse("customer", args=[anna.pk])
    assert ">preferred<" not in marketer.get(address).content.decode()
    preferred.choose(anna.pk, "sms")
    assert ">preferred<" in marketer.get(address).content.decode()


def test_it_is_kept_before_the_address_of_the_channel_is_known_to_sending() -> None:
    """Her Reach row may not be made yet; making it afterwards must not lose what she said."""
    berta = customer("berta@example.org")
    preferred.choose(berta.pk, "email")
    Account.objects.create(name="Sandbox", backend="sandbox")
    suppression.refresh_keys([berta.pk], ["email"])
    assert likes(berta) == {"email"}
    assert Reach.objects.get(customer=berta).address == berta.email
