"""The ladder as marketing works with it."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import AuditEntry
from loyalty import tiers
from loyalty.models import Program, Tier, TierPolicy
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.ladders import collect, ladder, tier_of

pytestmark = pytest.mark.django_db
GOLD = {
    "name": "Gold",
    "threshold": "500",
    "colour": "gold",
    "earning_factor": "1.5",
    "benefits_de": "Versand frei",
}


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(UserFactory(in_role="marketer"))
    return client


def text(client: Client, name: str, *args: int, **query: str) -> str:
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_programme_or_tiers_the_page_says_the_first_step(marketer):
    assert "need an active points programme first" in text(marketer, "tier_list")
    assert marketer.get(reverse("tier_create")).status_code == 302
    points.program()
    assert reverse("tier_create") in text(marketer, "tier_list")


def test_a_tier_is_made_and_members_are_looked_at(marketer):
    programme, anna = points.program(), points.person()
    tiers.look_at_all(programme, timezone.now())
    collect(programme, anna, 600, "1", timezone.now())
    page = text(marketer, "tier_preview", threshold="500")
    assert "1 customer would be in it; 1 would rise into it at once." in page
    assert marketer.post(reverse("tier_create"), GOLD).status_code == 302
    made = Tier.objects.get()
    assert (made.benefits, str(made.earning_factor), made.program) == (
        {"de": "Versand frei"},
        "1.50",
        programme,
    )
    assert TierPolicy.objects.get().program == programme
    tiers.sweep(timezone.now())
    assert tier_of(programme, anna) == "Gold"
    assert AuditEntry.objects.filter(action="tier.added").exists()
    page = text(marketer, "tier_list")
    assert "Gold" in page
    assert "no message goes out by itself" in page
    link = f'"{reverse("segment_create")}?condition=tier_falls&amp;days=30"'
    assert link in marketer.get(reverse("tier_list")).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("threshold", "0", "greater than or equal to 1"),
        ("threshold", "100", "begins with so many points already"),
        ("threshold", "9" * 30, "less than or equal to 1,000,000,000"),
        ("threshold", "many", "Enter a whole number."),
        ("earning_factor", "0.5", "greater than or equal to 1"),
        ("earning_factor", "1000", "less than or equal to 100"),
        ("coupon", "99", "Select a valid choice"),
        ("name", "", "required"),
    ],
)
def test_bad_input_gets_a_sentence_at_its_field(marketer, field, value, sentence):
    ladder()
    answer = marketer.post(reverse("tier_create"), GOLD | {"threshold": "700", field: value})
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert Tier.objects.count() == 3


@pytest.mark.parametrize("threshold", ["", "x", "-5", "²", "9" * 40])
def test_a_preview_of_nonsense_asks_for_points(marketer, threshold):
    points.program()
    assert "Enter the points" in text(marketer, "tier_preview", threshold=threshold, tier="x")


def test_taking_a_tier_away_asks_first(marketer):
    programme, anna = ladder(), points.person()
    collect(programme, anna, 500, "1", timezone.now())
    gold = Tier.objects.get(name="Gold")
    assert "1 customer has it" in text(marketer, "tier_delete", gold.pk)
    assert Tier.objects.get(pk=gold.pk).active
    marketer.post(reverse("tier_delete", args=[gold.pk]))
    assert "Tier “Gold” was taken away." in text(marketer, "tier_list")
    tiers.sweep(timezone.now())
    assert tier_of(programme, anna) == "Silver"
    assert marketer.get(reverse("tier_edit", args=[gold.pk])).status_code == 404
    assert "Gold" not in text(marketer, "tier_members")


def test_rules_are_saved_and_a_calendar_year_has_twelve_months(marketer):
    ladder()
    sent = {"period": "calendar_year", "months": "7", "fall": "by_points", "announce_days": "20"}
    assert marketer.post(reverse("tier_policy"), sent).status_code == 302
    policy = TierPolicy.objects.get()
    assert (policy.months, policy.fall, policy.announce_days) == (12, "by_points", 20)
    sent |= {"period": "rolling", "months": "0"}
    assert marketer.post(reverse("tier_policy"), sent).status_code == 200
    marketer.post(reverse("tier_policy"), sent | {"months": "6"})
    assert "last 6 months" in text(marketer, "tier_list")


def test_members_are_listed_filtered_and_exported(marketer):
    programme = ladder()
    anna, bert = CustomerFactory(first_name="Anna"), CustomerFactory(first_name="Bert")
    collect(programme, anna.pk, 500, "1", timezone.now())
    collect(programme, bert.pk, 100, "2", timezone.now())
    gold = Tier.objects.get(name="Gold")
    page = text(marketer, "tier_members", tier=str(gold.pk))
    assert str(anna) in page
    assert str(bert) not in page
    assert str(bert) in text(marketer, "tier_members", moved="came")
    assert str(anna) not in text(marketer, "tier_members", moved="fell")
    assert str(anna) not in text(marketer, "tier_members", falling="30")
    assert str(bert) in text(marketer, "tier_members", q="Bert")
    sheet = b"".join(marketer.get(reverse("tier_members"), {"export": "csv", "falling": "366"}))
    assert sheet.count(b"\n") >= 1
    customer = text(marketer, "customer", anna.pk)
    assert "Tier holds until" in customer
    assert "Missing to Platinum" in customer


def test_an_analyst_sees_no_names_and_changes_nothing(client):
    client.force_login(UserFactory(in_role="analyst"))
    programme, anna = ladder(), CustomerFactory(first_name="Anna", last_name="Ahrens")
    collect(programme, anna.pk, 500, "1", timezone.now())
    page = text(client, "tier_members")
    assert "Ahrens" not in page
    assert f"#{anna.pk}" in page
    assert client.post(reverse("tier_create"), GOLD).status_code == 403
    assert Program.objects.count() == 1
