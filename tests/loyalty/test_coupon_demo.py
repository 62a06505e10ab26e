"""The demo shop's coupons add up, as if they had been redeemed one by one."""

from random import Random

import pytest
from django.utils import timezone

from loyalty import books
from loyalty.demo.coupons import Coupons
from loyalty.models import Budget, BudgetShare, Redemption
from tests.factories import CustomerFactory, OrderFactory, StoreFactory
from tests.loyalty.points import DAY

pytestmark = pytest.mark.django_db


def test_what_the_demo_makes_adds_up():
    now = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    store = StoreFactory()
    for number in range(60):
        anna = CustomerFactory(birthday=f"1980-{number % 12 + 1:02}-15")
        for turn in range(12):
            placed = now - (3 + turn * 31 + number) * DAY
            OrderFactory(source="linden", customer=anna, placed_at=placed, total=9000, store=store)
    Coupons().build(Random(1), now)
    assert [verdict.invariant.key for verdict in books.check(now) if not verdict.green] == []
    assert set(Redemption.objects.values_list("coupon__kind", flat=True)) == {"generic", "pool"}
    assert BudgetShare.objects.exists()
    assert all(budget.used for budget in Budget.objects.all())
