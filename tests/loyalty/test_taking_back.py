"""Marketing takes a redemption back when the five minutes of the till are over: with a reason, and audited."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import privacy
from customers.models import AuditEntry, Erasure
from loyalty import books
from loyalty.coupons import redemptions
from loyalty.models import Budget, Coupon, Redemption
from tests.factories import CustomerFactory, UserFactory
from tests.loyalty.coupons import code, coupon, wish

pytestmark = pytest.mark.django_db


def redeemed(**fields: Any) -> Redemption:
    budget = Budget.objects.create(name="Herbst", currency="EUR", cap=1000)
    text = code(coupon(budget=budget, single_use=True, total_limit=1), "LINDEN").text
    about = {"source": "till"} | fields
    return redemptions.redeem(wish(text, "till 7 2026-11-02 42", **about), timezone.now() - timedelta(days=9))


def take_back(client: Client, row: Redemption, reason: str = "order cancelled") -> Any:
    return client.post(reverse("redemption_take_back", args=[row.pk]), {"reason": reason}, follow=True)


def test_it_asks_first_and_then_the_code_can_be_used_again(marketer: Client) -> None:
    row = redeemed()
    link = reverse("redemption_take_back", args=[row.pk])
    assert link in marketer.get(reverse("coupon", args=[row.coupon_id])).content.decode()
    assert "€5.00" in marketer.get(link).content.decode()
    assert Redemption.objects.get().state == "redeemed"
    assert "LINDEN can be used again" in take_back(marketer, row).content.decode()
    assert Redemption.objects.get().state == "reversed"
    assert (Coupon.objects.get().used, Budget.objects.get().used) == (0, 0)
    noted = AuditEntry.objects.get(action="coupon.taken_back")
    assert noted.detail["amount"] == 500
    assert "order cancelled" in marketer.get(reverse("coupon", args=[row.coupon_id])).content.decode()
    assert not [verdict for verdict in books.check(timezone.now()) if not verdict.green]


def test_it_wants_a_reason_and_happens_once(marketer: Client) -> None:
    row = redeemed()
    assert "reason" in take_back(marketer, row, " ").context["form"].errors
    assert Redemption.objects.get().state == "redeemed"
    take_back(marketer, row)
    assert "taken back already" in take_back(marketer, row).content.decode()
    assert AuditEntry.objects.filter(action="coupon.taken_back").count() == 1
    assert (
        reverse("redemption_take_back", args=[row.pk])
        not in marketer.get(reverse("coupon", args=[row.coupon_id])).content.decode()
    )


def test_the_words_of_staff_go_when_she_is_erased(marketer: Client) -> None:
    anna = CustomerFactory()
    row = redeemed(customer_id=anna.pk)
    take_back(marketer, row, "Anna rief an")
    assert "Anna rief an" in str(privacy.export([anna.pk])[anna.pk])
    privacy.erase(anna.pk, privacy.Asked(Erasure.By.STAFF, timezone.now(), UserFactory()), timezone.now())
    assert Redemption.objects.get().reason == ""


def test_who_may_not_change_coupons_takes_nothing_back(analyst: Client) -> None:
    row = redeemed()
    assert take_back(analyst, row).status_code == 403
    assert "take-back" not in analyst.get(reverse("coupon", args=[row.coupon_id])).content.decode()
    assert Redemption.objects.get().state == "redeemed"
