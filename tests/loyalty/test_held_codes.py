"""Nobody is offered a coupon that cannot be redeemed any more: not at the till, not by the API, not on her page."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers.models import Customer, Identity, Shop
from loyalty.coupons import holding, redemptions
from loyalty.customer_panels.points import MOST_CODES, Points
from loyalty.models import Budget, CouponCode
from loyalty.till import cards
from tests.customers import door
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import tills
from tests.loyalty.coupons import basket, code, coupon, wish

pytestmark = pytest.mark.django_db
Held = Callable[..., CouponCode]


@pytest.fixture
def anna() -> Customer:
    made = tills.shopper(StoreFactory())
    Identity.objects.create(customer=made, source="shop", number="K1")
    return made


@pytest.fixture
def held(anna: Customer) -> Held:
    return lambda **fields: code(coupon(**fields), customer=anna.pk)


def redeem(of: CouponCode, **fields: Any) -> None:
    redemptions.redeem(wish(of.text, **fields), timezone.now())


def offered(anna: Customer) -> tuple[list[str], list[str], list[str]]:
    """What the till's card, the API and the customer's page offer."""
    at = timezone.now()
    _key, secret = door.made(UserFactory(), scopes=["coupons"])
    headers = {"Authorization": f"Bearer {secret}"}
    told = Client(headers=headers).get("/api/v1/coupons/codes", {"customer": "K1"}).json()["codes"]
    panel = Points().context(anna, UserFactory(), at) or {"codes": []}
    card = [each.label for each in cards.of(anna, at).codes]
    return card, [each["code"] for each in told], [each.label for each in panel["codes"]]


def test_a_coupon_that_others_have_used_up_is_not_offered(anna: Customer, held: Held) -> None:
    own = held(total_limit=1)
    assert offered(anna) == ([own.label],) * 3
    other = code(own.coupon)
    redeem(other)
    assert offered(anna) == ([], [], [])
    with pytest.raises(redemptions.Refused, match="limit"):
        redeem(own, customer_id=anna.pk)


def test_what_she_has_redeemed_as_often_as_she_may_is_not_offered(anna: Customer, held: Held) -> None:
    own, free, endless = held(per_customer_limit=2), held(), held(per_customer_limit=0)
    redeem(own, customer_id=anna.pk)
    assert offered(anna)[2] == [endless.label, free.label, own.label]
    redeem(own, customer_id=anna.pk)
    for found in offered(anna):
        assert set(found) == {free.label, endless.label}


def test_what_others_redeem_takes_nothing_from_her_own_limit(anna: Customer, held: Held) -> None:
    own = held(per_customer_limit=1)
    redeem(code(own.coupon), customer_id=tills.shopper(StoreFactory()).pk)
    assert offered(anna) == ([own.label],) * 3


def test_a_coupon_without_money_left_is_not_offered(anna: Customer, held: Held) -> None:
    budget = Budget.objects.create(name="Herbst", cap=500, currency="EUR")
    own = held(budget=budget)
    assert offered(anna) == ([own.label],) * 3
    redeem(code(own.coupon))
    assert offered(anna) == ([], [], [])


def test_a_coupon_whose_money_is_gone_for_now_is_offered_again_in_the_next_period(
    anna: Customer, held: Held, marketer: Client
) -> None:
    today = timezone.localdate()
    about = {"name": "Herbst", "cap": 1_000_000, "currency": "EUR", "period": "day", "period_cap": 500}
    budget = Budget.objects.create(**about)
    own = held(budget=budget)
    redeem(code(own.coupon), basket=basket(on=today - timedelta(days=1)))
    assert offered(anna) == ([own.label],) * 3
    assert "gone for now" not in marketer.get("/").content.decode()
    redeem(code(own.coupon), basket=basket(on=today))
    assert offered(anna) == ([], [], [own.label])  # her page shows what can be redeemed later, too
    assert "Tills and shops refuse its coupons until its next period." in marketer.get("/").content.decode()
    assert own in holding.usable(anna.pk, timezone.now() + timedelta(days=1))


def test_what_comes_back_is_offered_again(anna: Customer, held: Held) -> None:
    own = held(total_limit=1, per_customer_limit=1)
    made = redemptions.redeem(wish(own.text, customer_id=anna.pk), timezone.now())
    assert offered(anna) == ([], [], [])
    redemptions.reverse(made.source, made.reference, timezone.now())
    assert offered(anna) == ([own.label],) * 3


def test_her_page_shows_an_old_code_that_is_open_behind_many_that_are_not(anna: Customer, held: Held) -> None:
    old, single = held(), coupon(single_use=True)
    for _number in range(MOST_CODES):
        redeem(code(single, customer=anna.pk), customer_id=anna.pk)
    later = held()
    CouponCode.objects.filter(pk=later.pk).update(valid_from=timezone.now() + timedelta(days=3))
    card, told, panel = offered(anna)
    assert (card, told) == ([old.label], [old.label])
    assert panel == [later.label, old.label]


def test_all_of_her_codes_are_asked_for_at_once(anna: Customer, held: Held) -> None:
    for _number in range(5):
        held(total_limit=5, per_customer_limit=2)
    Shop.current()
    with CaptureQueriesContext(connection) as asked:
        assert len(list(holding.usable(anna.pk, timezone.now()))) == 5
    assert len(asked) == 2  # the shop's zone, and the codes
