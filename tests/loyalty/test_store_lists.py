"""A store manager's lists: the coupons that her tills take, and what was redeemed there."""

import csv
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Store
from loyalty.coupons import redemptions
from loyalty.models import Coupon, Redemption
from tests.factories import StoreFactory
from tests.loyalty import coupons, tills
from tests.loyalty.points import NOON

pytestmark = pytest.mark.django_db
LISTS = "store_coupon_list", "store_redemption_list"


@pytest.fixture
def mine(store_manager: Client) -> Store:
    made = StoreFactory()
    store_manager.user.stores.add(made)  # type: ignore[attr-defined]
    return made


def page(client: Client, name: str, **query: Any) -> str:
    return client.get(reverse(name), query).content.decode()


def exported(client: Client, name: str, **query: Any) -> list[list[str]]:
    answer = client.get(reverse(name), query | {"export": "csv"})
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return list(csv.reader(text.decode("utf-8-sig").splitlines()))[1:]


def coupon(name: str, *rules: dict[str, Any], **fields: Any) -> Coupon:
    return coupons.coupon(*rules, name=name, **fields)


def redeemed(of: Coupon, store: Store, customer: Customer | None = None) -> Redemption:
    wish = coupons.wish(coupons.code(of).text, basket=coupons.basket(store=store.number))
    made = Redemption.objects.get(pk=redemptions.redeem(wish, NOON).pk)
    Redemption.objects.filter(pk=made.pk).update(store=store, customer=customer)
    return made


def test_she_sees_the_coupons_that_her_tills_take(store_manager: Client, mine: Store) -> None:
    other = StoreFactory()
    coupon("Everywhere")
    coupon("Here", coupons.rule("stores", stores=[other.number, mine.number]))
    coupon("Elsewhere", coupons.rule("stores", stores=[other.number]))
    coupon("Only online", coupons.rule("channels", channels=["web"]))
    shown = page(store_manager, "store_coupon_list")
    assert re.findall(r"Everywhere|Here|Elsewhere|Only online", shown) == ["Here", "Everywhere"]
    assert "Everywhere" not in page(store_manager, "store_coupon_list", q="here now")


def test_only_what_her_stores_redeemed_is_counted_and_listed(store_manager: Client, mine: Store) -> None:
    of = coupon("Autumn")
    known, stranger = (
        tills.shopper(mine, last_name="Lindner"),
        tills.shopper(StoreFactory(), last_name="Fremd"),
    )
    redeemed(of, mine, known), redeemed(of, mine, stranger), redeemed(of, StoreFactory())
    assert [row[3] for row in exported(store_manager, "store_coupon_list")] == ["2"]
    listed = page(store_manager, "store_redemption_list", coupon=of.pk)
    assert reverse("customer", args=[known.pk]) in listed
    assert reverse("customer", args=[stranger.pk]) not in listed
    people = {row[4] for row in exported(store_manager, "store_redemption_list")}
    assert people == {str(known), "–"}
    assert len(exported(store_manager, "store_redemption_list", q="Lindner")) == 1
    assert exported(store_manager, "store_redemption_list", q="Fremd") == []


def test_without_a_store_there_is_nothing(store_manager: Client) -> None:
    redeemed(coupon("Autumn"), StoreFactory())
    assert [store_manager.get(reverse(name)).status_code for name in LISTS] == [200, 200]
    assert "Nothing was redeemed" in page(store_manager, "store_redemption_list")


def test_the_navigation_has_coupons_once_for_everybody(store_manager: Client, marketer: Client) -> None:
    for client, has, lacks in (
        (store_manager, "store_coupon_list", "coupon_list"),
        (marketer, "coupon_list", "store_coupon_list"),
    ):
        shown = client.get(reverse("today")).content.decode()
        assert f'href="{reverse(has)}"' in shown
        assert f'href="{reverse(lacks)}"' not in shown


def test_today_tells_of_goodwill_that_waits_for_her(store_manager: Client, mine: Store) -> None:
    tills.request_of(StoreFactory(), tills.staff(StoreFactory()))
    tills.request_of(mine, store_manager.user)  # type: ignore[attr-defined]
    assert "waits for a second person" not in page(store_manager, "today")
    tills.request_of(mine, tills.staff(mine))
    shown = page(store_manager, "today")
    assert "Goodwill that waits for a second person" in shown
    assert "1 goodwill coupon" in shown
