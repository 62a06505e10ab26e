"""Marketing takes a redemption back when the five minutes of the till are over: with a reason, and audited."""

import re
from datetime import UTC, datetime, timedelta
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


def test_one_of_long_ago_is_found_by_its_receipt(marketer: Client) -> None:
    text = code(made := coupon(), "LINDEN").text
    for number in range(12):
        key = f"till 7 2026-11-02 {4200 + number}"
        redemptions.redeem(wish(text, key), timezone.now() - timedelta(days=12 - number))
    oldest = Redemption.objects.earliest("at")
    link, found = (
        reverse("redemption_take_back", args=[oldest.pk]),
        reverse("redemption_list", args=[made.pk]),
    )
    page = marketer.get(reverse("coupon", args=[made.pk])).content.decode()
    assert link not in page
    assert found in page
    assert f"{found}?q={text}" in marketer.get(reverse("code", args=[oldest.code_id])).content.decode()
    assert re.findall(r"2026-11-02 42\d\d", (one := marketer.get(found, {"q": "4200"}).content.decode())) == [
        oldest.order_key[-15:]
    ]
    assert link in one
    assert marketer.get(found, {"q": "linden"}).content.decode().count("Take this back") == 12


def test_who_may_not_see_codes_finds_redemptions_without_them(analyst: Client) -> None:
    row = redeemed()
    page = analyst.get(reverse("redemption_list", args=[row.coupon_id])).content.decode()
    assert row.order_key in page
    assert "LINDEN" not in page
    assert "take-back" not in page
    assert row.order_key not in (
        analyst.get(reverse("redemption_list", args=[row.coupon_id]), {"q": "LINDEN"}).content.decode()
    )


def test_a_code_that_is_over_cannot_be_used_again(marketer: Client) -> None:
    row = redeemed()
    Coupon.objects.update(valid_until=datetime(2026, 11, 1, tzinfo=UTC))
    link = reverse("redemption_take_back", args=[row.pk])
    assert "cannot be used again: This coupon was valid until" in marketer.get(link).content.decode()
    assert "cannot be used again: This coupon was valid until" in take_back(marketer, row).content.decode()
    assert (Redemption.objects.get().state, Coupon.objects.get().used) == ("reversed", 0)


def test_a_reservation_ends_by_itself(marketer: Client) -> None:
    row = redemptions.reserve(wish(code(coupon()).text), timezone.now())
    page = marketer.get(reverse("coupon", args=[row.coupon_id])).content.decode()
    assert "take-back" not in page
    assert "ends by itself" in take_back(marketer, row).content.decode()
    assert Redemption.objects.get().state == "reserved"


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
