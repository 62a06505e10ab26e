"""The customer page says whether we may write to her and why; staff write down what she tells them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from channels import consent, suppression
from channels.models import Consent, Suppression
from customers.models import AuditEntry, Customer
from tests.channels.people import NOON, customer, no, topic, yes
from tests.factories import StoreFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def news():
    return topic("news")


@pytest.fixture
def anna(news):
    person = customer(language="en")
    consent.record([yes(person, news), no(person, topic("wine"))], timezone.now())
    return person


def withdraw(client, person, **data):
    at = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    said = {"how": "by phone", "on": at, "channels": ["email"]} | data
    return client.post(reverse("consent_withdraw", args=[person.pk]), said)


def said_on(channel, statement):
    return consent.Statement(**(vars(statement) | {"channel": channel}))


def test_the_panel_says_what_counts_and_why(marketer, anna):
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    for shown in ("agreed", "withdrawn", "never asked", "stated by the customer", "All statements"):
        assert shown in page


def test_the_panel_tells_of_each_channel_where_and_whether_she_is_reached(
    marketer, administrator, analyst, anna
):
    Customer.objects.filter(pk=anna.pk).update(phone="+491701234567")
    consent.record([said_on("sms", yes(anna)), said_on("whatsapp", no(anna))], timezone.now())
    suppression.suppress("sms", ["+491701234567"], "complaint", timezone.now())
    address = reverse("customer", args=[anna.pk])
    page = marketer.get(address).content.decode()
    for shown in (
        "E-mail",
        "SMS",
        "WhatsApp",
        "Push message",
        "In the shop",
        "no browser",
        "complaint as spam",
    ):
        assert shown in page
    assert page.count("+491701234567") == 3  # her profile, SMS and WhatsApp
    assert page.count("on the suppression list") == 1
    release = reverse("suppression_release", args=[Suppression.objects.get().pk])
    assert release not in page
    assert release in administrator.get(address).content.decode()
    unnamed = analyst.get(address).content.decode()
    assert "+49•••" in unnamed
    assert "+491701234567" not in unnamed


def test_a_word_about_several_channels_is_one_line_that_names_them(marketer, anna):
    withdraw(marketer, anna, scope="everything", channels=["sms", "whatsapp"])
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    rows = Consent.objects.filter(basis="staff")
    assert sorted(rows.values_list("channel", flat=True)) == ["sms", "whatsapp"]
    for row in rows:
        assert f'<a href="{reverse("consent_proof", args=[row.pk])}">{row.get_channel_display()}</a>' in page
    assert page.count('class="consent-proofs"') == 3  # and what she has said of two topics


def test_the_panel_agrees_with_the_gate_where_the_newest_word_is_general(marketer, anna, news):
    consent.record([no(anna, minutes=5)], timezone.now())
    assert not consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    assert consent.deciding(Consent.objects.all(), news, "sending").topic is None


def test_an_opt_out_by_phone_is_written_with_who_and_how(marketer, anna, news):
    assert withdraw(marketer, anna, scope=f"topic:{news.pk}").status_code == 302
    row = Consent.objects.latest("pk")
    assert (row.state, row.topic, row.basis, row.recorded_by) == ("withdrawn", news, "staff", marketer.user)
    assert row.evidence["how"] == "by phone"
    assert not consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.detail) == (
        "consent.withdrawn",
        {"objection": False, "channels": ["email"], "purposes": ["sending"], "topics": [news.pk]},
    )


def test_an_opt_out_is_of_the_channels_that_she_named(marketer, anna, news):
    consent.record([said_on("sms", yes(anna, news))], timezone.now())
    withdraw(marketer, anna, scope="everything", channels=["sms", "push"])
    assert not consent.load([anna.pk], "sms", news.pk)[anna.pk].may_send
    assert consent.load([anna.pk], "email", news.pk)[anna.pk].may_send
    form = marketer.get(reverse("consent_withdraw", args=[anna.pk])).context["form"]
    assert form["channels"].value() == ["email", "sms", "whatsapp", "push", "in_app"]


def test_an_objection_also_suppresses_the_address(marketer, anna, news):
    withdraw(marketer, anna, scope="objection")
    key = suppression.address_key("email", anna.email)
    assert suppression.load("email", [key]) == {key: "objection"}
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    assert "suppression list" in page


def test_it_needs_a_how_and_a_when_that_is_not_ahead(marketer, anna):
    ahead = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    faults = [{"how": ""}, {"on": ahead}, {"scope": "topic:999"}, {"scope": ""}]
    for wrong in [*faults, {"channels": []}, {"channels": ["fax"]}]:
        withdraw(marketer, anna, **{"scope": "everything"} | wrong)
    assert Consent.objects.count() == 2


def test_a_store_manager_does_it_for_her_own_customers_only(sign_in, anna):
    manager = sign_in("store_manager")
    assert withdraw(manager, anna, scope="everything").status_code == 404
    anna.home_store = StoreFactory()
    anna.save()
    manager.user.stores.add(anna.home_store)
    assert withdraw(manager, anna, scope="everything").status_code == 302


def test_the_proof_shows_all_evidence_on_one_page(marketer, anna):
    row = Consent.objects.order_by("pk").first()
    page = marketer.get(reverse("consent_proof", args=[row.pk])).content.decode()
    for shown in (anna.email, "2026-01", "Wording", NOON.strftime("%Y-%m-%dT")):
        assert shown in page


def test_an_analyst_sees_no_proof(analyst, anna):
    assert analyst.get(reverse("consent_proof", args=[Consent.objects.first().pk])).status_code == 403
