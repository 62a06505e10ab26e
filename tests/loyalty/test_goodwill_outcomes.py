"""What became of goodwill stands beside what was given: was it used, and did the customer come back?"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Shop
from loyalty.coupons import redemptions
from loyalty.models import Allowance, GoodwillIssue
from loyalty.till import goodwill, outcomes
from tests.loyalty import orders, tills
from tests.loyalty.coupons import wish
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db
NOTHING = {"given": 1, "worth": 500, "redeemed": 0, "unused": 0, "buyers": 0, "revenue": 0}


@pytest.fixture
def given() -> Callable[..., GoodwillIssue]:
    Shop.objects.update_or_create(pk=1, defaults={"currency": "EUR"})
    store, staff = tills.somewhere()

    def give(customer: Any, days: int = 0) -> GoodwillIssue:
        made = goodwill.give(tills.wish(store, 500, customer=customer), staff, NOON + days * DAY)
        assert isinstance(made, GoodwillIssue)
        return made

    return give


def told() -> dict[str, int]:
    return outcomes.told(Allowance.objects.all()).values(*NOTHING).get()


def test_a_coupon_that_is_used_and_what_she_bought_since(given: Callable[..., GoodwillIssue]) -> None:
    anna = orders.buyer()
    orders.record("before", ("mug", 1, "80"), at=NOON - DAY)
    issue = given(anna)
    assert told() == NOTHING
    redemptions.redeem(wish(issue.code.text, customer_id=anna.pk), NOON + DAY)
    orders.record("since", ("mug", 3, "10"), at=NOON + DAY)
    assert told() == NOTHING | {"redeemed": 1, "buyers": 1, "revenue": 3000}


def test_what_comes_back_counts_only_where_its_order_does(given: Callable[..., GoodwillIssue]) -> None:
    """The broken mug that she was appeased for is brought back afterwards."""
    anna = orders.buyer()
    orders.record("broken", ("mug", 1, "80"), at=NOON - DAY)
    given(anna)
    orders.record("R1", ("mug", 1, "80"), refund_of="broken", at=NOON + DAY)
    orders.record("R0", ("mug", 1, "70"), refund_of="of another system", at=NOON + DAY)
    assert told() == NOTHING
    orders.record("new", ("jar", 2, "20"), at=NOON + DAY)
    orders.record("R2", ("jar", 1, "20"), refund_of="new", at=NOON + 2 * DAY)
    assert told() == NOTHING | {"buyers": 1, "revenue": 2000}


def test_who_got_two_is_counted_once_and_others_apart(given: Callable[..., GoodwillIssue]) -> None:
    anna, bert = orders.buyer(), orders.buyer("C2")
    given(anna)
    given(anna, days=1)
    given(bert)
    orders.record("1", ("mug", 1, "10"), at=NOON + 2 * DAY)
    orders.record("2", ("mug", 1, "15"), at=NOON + 2 * DAY, customer="C2")
    assert told() == NOTHING | {"given": 3, "worth": 1500, "buyers": 2, "revenue": 2500}


def test_what_ended_unused_is_told_and_what_was_undone_is_not(given: Callable[..., GoodwillIssue]) -> None:
    anna, bert = orders.buyer(), orders.buyer("C2")
    given(anna)
    undone = given(bert)
    goodwill.undo(undone, undone.allowance.user, NOON + timedelta(minutes=1))
    orders.record("2", ("mug", 1, "15"), at=NOON + DAY, customer="C2")
    goodwill.release(NOON + 400 * DAY)
    assert told() == NOTHING | {"unused": 1}


def test_the_list_of_what_was_given_says_so(
    given: Callable[..., GoodwillIssue], sign_in: Callable[..., Client]
) -> None:
    given(orders.buyer())
    orders.record("since", ("mug", 3, "10"), at=NOON + DAY)
    page = sign_in("marketer").get(reverse("allowance_list")).content.decode()
    assert "€30.00" in page
    assert "came back" in page
