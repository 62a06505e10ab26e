"""A customer's own page of her points, reached from her wishes by the same token, in her language."""

import pytest
from django.test import Client
from django.urls import reverse

from channels import links
from customers.models import Customer
from loyalty import corrections, statements
from loyalty.bookings import Booking
from loyalty.corrections import Correction
from loyalty.models import Entry
from tests.channels import people
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty import orders, points
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db


def token(customer: Customer) -> str:
    return links.preferences_token(people.sent(customer).pk)


def test_she_reads_her_points_in_her_language_without_staffs_words(client: Client) -> None:
    anna, programme = CustomerFactory(language="de", email="anna@example.org"), points.program()
    points.give(programme, anna.pk, 120, ends=NOON + points.DAY * 3000)
    points.spend(programme, anna.pk, 20)
    wish = Correction(anna.pk, 5, "complains a lot", ("t", "1"))
    corrections.adjust(programme, wish, UserFactory(), NOON)
    key = token(anna)
    wishes = client.get(reverse("preferences", args=[key])).content.decode()
    assert reverse("own_points", args=[key]) in wishes
    assert "105 Punkte" in wishes
    page = client.get(reverse("own_points", args=[key]))
    text = page.content.decode()
    assert "<strong>105</strong>" in text
    assert "Korrektur durch unseren Service" in text
    assert "complains" not in text
    assert page["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in page


def test_another_token_or_no_programme_shows_nothing(client: Client) -> None:
    anna = CustomerFactory(email="anna@example.org")
    key = token(anna)
    assert client.get(reverse("own_points", args=[key])).status_code == 404
    assert "points" not in client.get(reverse("preferences", args=[key])).content.decode()
    points.program()
    assert client.get(reverse("own_points", args=[key])).status_code == 200
    assert client.get(reverse("own_points", args=[key[:-2] + "xx"])).status_code == 404
    assert client.post(reverse("own_points", args=[key])).status_code == 405


def test_words_of_a_booking_name_order_and_reason() -> None:
    programme = points.program()
    points.rule(programme, points=1, per=1)
    anna = orders.buyer()
    orders.record("77", ("mug", 1, "10"))
    points.ledger.debit(
        programme, [Booking(anna.pk, 4, "s", "1", kind="adjust", reason="counted twice", whole=True)], NOON
    )
    said = [statements.words(entry) for entry in Entry.objects.order_by("pk")]
    assert said == ["earned: order 77", "corrected: counted twice"]
    assert statements.own_words(Entry.objects.order_by("pk")[0]) == "Order 77"
