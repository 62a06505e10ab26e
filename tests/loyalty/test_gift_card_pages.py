"""Staff issue a card, see its code once, pay back with a reason, block it and make it void."""

import re
import uuid

import pytest
from django.test import Client

from loyalty.coupons.codes import normalise
from loyalty.gift_cards import bookings
from loyalty.models import GiftCard, GiftEntry
from tests.factories import UserFactory
from tests.loyalty.gift_cards import card, order
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def page() -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(UserFactory(in_role="marketer", language="en"))
    return client


def test_a_code_is_shown_once_even_if_the_form_is_sent_twice(page):
    said = {"key": str(uuid.uuid4()), "amount": "50", "reason": "Sold", "vat": "multi"}
    shown = page.post("/gift-cards/issue/", said)
    text = re.search(r"GK-\w{4}-\w{4}-\w{4}-\w", shown.content.decode())
    made = GiftCard.objects.get()
    assert text
    assert bookings.find(normalise(text[0])) == made
    assert page.post("/gift-cards/issue/", said)["Location"] == f"/gift-cards/{made.pk}/"
    assert GiftCard.objects.count() == 1
    assert text[0] not in page.get(f"/gift-cards/{made.pk}/").content.decode()
    assert "…" in page.get("/gift-cards/").content.decode()


def test_a_payment_comes_back_with_a_reason_and_never_beyond_itself(page):
    paid = bookings.charge(card().pk, order(2000), NOON)
    path, said = f"/gift-cards/charges/{paid.pk}/refund/", {"key": str(uuid.uuid4()), "amount": "20.01"}
    assert GiftEntry.objects.filter(kind="refund").count() == 0
    assert page.post(path, said | {"reason": "x"}).status_code == 200
    assert page.post(path, said | {"amount": "20", "reason": ""}).status_code == 200
    assert not GiftEntry.objects.filter(kind="refund").exists()
    assert page.post(path, said | {"amount": "20", "reason": "Broken"}).status_code == 302
    assert GiftEntry.objects.get(kind="refund").reason == "Broken"


def test_a_card_is_blocked_unblocked_and_made_void_after_a_question(page):
    made = card()
    for act, state in (("block", "blocked"), ("unblock", "active")):
        assert page.get(f"/gift-cards/{made.pk}/{act}/").status_code == 200
        page.post(f"/gift-cards/{made.pk}/{act}/")
        made.refresh_from_db()
        assert made.state == state
    page.post(f"/gift-cards/{made.pk}/void/", {"key": str(uuid.uuid4()), "reason": "Lost"})
    made.refresh_from_db()
    assert (made.state, made.balance) == ("void", 0)
