"""Why did she get it, why not: the delivery's own outcome, else what the sender would say now."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from campaigns import audience, explanations, words
from campaigns.models import Campaign
from channels import consent, suppression
from channels.delivery import dry_runs
from channels.models import Suppression
from customers.models import Customer
from customers.segments import standing
from tests.campaigns import make
from tests.campaigns.make import NOON
from tests.channels import people as statements

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def anna() -> Customer:
    return make.agreed(make.customer(email="anna@example.org"))


@pytest.fixture
def campaign() -> Campaign:
    return make.ready(people=0, name="Advent 2026")


def why(customer: Customer, text: str = "advent") -> explanations.Explanation:
    [found] = explanations.about(customer, text, NOON)
    return found


def labels(found: explanations.Explanation) -> list[str]:
    return [str(reason.label) for reason in found.reasons]


def test_what_was_sent_says_when_and_what_became_of_it(anna: Customer, campaign: Campaign) -> None:
    make.delivery(campaign, anna, called_at=NOON)
    found = why(anna)
    assert found.outcome == "delivered"
    assert found.at == NOON
    assert found.sentence == "It was given to the provider."


def test_what_was_withheld_says_why(anna: Customer, campaign: Campaign) -> None:
    make.delivery(campaign, anna, state="withheld", reason="same_address", ended_at=NOON)
    found = why(anna)
    assert (found.outcome, labels(found)) == ("not sent", ["same address as somebody else"])


def test_the_last_attempt_counts(anna: Customer, campaign: Campaign) -> None:
    make.delivery(campaign, anna, state="bounced", called_at=NOON)
    make.delivery(campaign, anna, attempt=1, state="accepted", called_at=NOON)
    assert why(anna).outcome == "sent"


def test_what_waits_is_asked_of_every_gate_anew(anna: Customer, campaign: Campaign) -> None:
    make.delivery(campaign, anna, state="planned")
    make.occurrence(campaign)
    assert labels(why(anna)) == ["no content in their language"]
    consent.record([statements.no(anna, minutes=5)], NOON)
    suppression.suppress("email", [anna.email], Suppression.Reason.OBJECTION, NOON)
    assert set(labels(why(anna))) == {
        "no consent",
        "on the suppression list",
        "no content in their language",
    }


def test_without_a_delivery_the_sender_is_asked(anna: Customer, campaign: Campaign) -> None:
    assert why(anna).sentence == "In the audience, as things stand now. Nothing is against sending."
    never_asked = make.customer()
    assert labels(why(never_asked)) == ["no consent"]
    without = make.agreed(make.customer(email=""))
    assert labels(why(without)) == ["not reachable on this channel"]


def test_who_is_not_in_the_audience_hears_so(anna: Customer, campaign: Campaign) -> None:
    austrian = make.agreed(make.customer(country="AT"))
    assert why(austrian).sentence == "Not in the audience, as things stand now."
    campaign.exclusions.add(make.segment("DE"))
    assert why(anna).sentence == "In the audience's segment, but held back by an exclusion."
    campaign.segment.__class__.objects.filter(pk=campaign.segment_id).update(rule={"all": []})
    assert why(anna).sentence == "The rule of the audience has a fault, so nobody belongs to it."


def test_after_a_run_it_says_that_she_was_not_in_it(anna: Customer, campaign: Campaign) -> None:
    frozen = audience.rule(campaign)
    make.occurrence(campaign, state="finished", rule=frozen)
    found = why(anna)
    assert found.outcome == "did not get it"
    assert found.sentence.startswith("Not in the audience when the campaign was planned, but would be now.")
    assert "not now either" in why(make.customer(country="AT")).sentence
    campaign.segment.__class__.objects.filter(pk=campaign.segment_id).update(rule=make.rule("AT"))
    assert why(anna).sentence.startswith("Not in the audience when the campaign was planned, but")


def test_it_agrees_with_the_dry_run(anna: Customer, campaign: Campaign) -> None:
    """Of each of many people, the same answer as the count before a launch gives."""
    people = [anna, make.customer(), make.agreed(make.customer(email="")), make.customer(country="AT")]
    people += [make.agreed(make.customer(language="fr")), make.agreed(make.customer(email="no address"))]
    compiled = audience.compiled(audience.rule(campaign), NOON)
    dry = dry_runs.count(campaign.message, compiled, NOON)
    for outcome in dry.counts:
        for customer_id in dry.people[outcome]:
            found = why(Customer.objects.get(pk=customer_id))
            first = labels(found)[:1]
            assert first == ([str(words.reason(outcome.reason).label)] if outcome.reason else [])
    belongs = {each.pk for each in people if standing.of(each.pk, campaign.segment.rule, [], NOON).belongs}
    assert len(belongs) == dry.audience == 5


def test_only_a_few_of_those_with_the_name_are_told(anna: Customer) -> None:
    for number in range(7):
        make.campaign(name=f"Sale {number}")
    assert [each.campaign.name for each in explanations.about(anna, "sale", NOON)] == [
        f"Sale {number}" for number in (6, 5, 4, 3, 2)
    ]


def test_it_is_a_search_on_her_page(anna: Customer, campaign: Campaign, marketer: Client) -> None:
    page = marketer.get(reverse("customer", args=[anna.pk])).content.decode()
    address = reverse("customer_why", args=[anna.pk])
    assert f'hx-get="{address}"' in page
    part = marketer.get(address, {"why": "ADVENT"}, headers={"HX-Request": "true"}).content.decode()
    assert "Advent 2026" in part
    assert "<html" not in part
    assert "<h1" in marketer.get(address, {"why": "advent"}).content.decode()
    nothing = marketer.get(address, {"why": "<b>"}).content.decode()
    assert "&lt;b&gt;" in nothing
    assert "<b>" not in nothing


def test_it_is_about_people_whom_the_reader_may_see(
    anna: Customer, campaign: Campaign, analyst: Client
) -> None:
    page: Any = analyst.get(reverse("customer_why", args=[anna.pk])).content.decode()
    assert anna.last_name not in page
    Customer.objects.filter(pk=anna.pk).update(merged_into=make.customer())
    assert analyst.get(reverse("customer_why", args=[anna.pk])).status_code == 404
