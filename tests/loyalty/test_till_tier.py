"""A customer's tier is said where she is served, by the checkout's own system too, and on her own page of points."""

import json
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels import links
from customers.models import Store
from loyalty.models import Program, Tier
from loyalty.till_facts import base
from loyalty.till_facts.tier import Tier as TierFact
from tests.channels import people
from tests.customers import door
from tests.factories import CustomerFactory, StoreFactory, UserFactory
from tests.loyalty import ladders, points, tills

pytestmark = pytest.mark.django_db


@pytest.fixture
def store() -> Store:
    return StoreFactory()


@pytest.fixture
def programme() -> Program:
    return ladders.ladder()


def last_day(at: datetime) -> str:
    """Of a tier that is reached now: the last one of the next calendar year."""
    return f"31 Dec {at.year + 1}"


def test_the_card_says_tier_end_and_the_way_to_the_next(store: Store, programme: Program) -> None:
    anna, at = tills.shopper(store), timezone.now()
    ladders.collect(programme, anna.pk, 620, "1", at)
    facts = [(str(label), value) for label, value in base.shown(anna, at)]
    assert facts[:2] == [("Tier", f"Gold, until {last_day(at)}"), ("Missing to Platinum", "380 points")]
    till = Client()
    till.force_login(tills.staff(store))
    assert f"Gold, until {last_day(at)}" in till.get(reverse("till"), {"customer": anna.pk}).content.decode()


def test_the_checkouts_own_system_hears_it(store: Store, programme: Program) -> None:
    anna, at = tills.shopper(store, email="anna@o.example"), timezone.now()
    ladders.collect(programme, anna.pk, 99, "1", at)
    _key, secret = door.made(UserFactory(), "till", store=store, scopes=["till"])
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": "en"}
    body = json.dumps({"query": "anna@o.example"})
    answer = Client().post("/api/v1/till/find", body, content_type="application/json", headers=headers)
    said = {each["label"]: each["value"] for each in answer.json()["customer"]["facts"]}
    assert said["Missing to Silver"] == "1 point"
    assert "Tier" not in said


def test_several_programmes_are_one_query_and_told_apart(store: Store, programme: Program) -> None:
    anna, at = tills.shopper(store), timezone.now()
    second = Program.objects.create(key="club", name="Club")
    Tier.objects.create(program=second, name="Insider", threshold=10)
    quiet = Program.objects.create(key="old", name="Old", active=False)
    Tier.objects.create(program=quiet, name="Gone", threshold=10)
    for reference, each in enumerate((programme, second, quiet)):
        ladders.collect(each, anna.pk, 1000, str(reference), at)
    with CaptureQueriesContext(connection) as asked:
        lines = TierFact().show(anna, at)
    assert len(asked) == 1
    assert [label for label, _value in lines] == [f"Tier in {programme.name}", "Tier in Club"]


def test_a_programme_without_tiers_says_nothing(store: Store) -> None:
    anna = tills.shopper(store)
    points.give(points.program(), anna.pk, 50)
    assert TierFact().show(anna, timezone.now()) == []


def test_her_own_page_says_her_tier_and_what_it_brings(client: Client, programme: Program) -> None:
    anna, at = CustomerFactory(language="en", email="anna@example.org"), timezone.now()
    page = reverse("own_points", args=[links.preferences_token(people.sent(anna).pk)])
    assert "Your tier" not in client.get(page).content.decode()
    ladders.collect(programme, anna.pk, 620, "1", at)
    text = client.get(page).content.decode()
    assert "<strong>Gold</strong>" in text
    assert f"until {last_day(at)}" in text
    assert "Gold en" in text
    assert "380 more points to Platinum" in text
