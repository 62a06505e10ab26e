"""The demo shop's referrals: nothing without a programme, else some in each state, and honest books."""

from random import Random

import pytest

from loyalty import books
from loyalty.demo.referrals import Referrals
from loyalty.models import Referral, ReferralTerms
from tests.loyalty import points
from tests.loyalty.points import DAY, NOON
from tests.loyalty.referrals import buy, member, newcomer, send_back

pytestmark = pytest.mark.django_db


def test_without_a_programme_there_are_no_referrals() -> None:
    Referrals().build(Random(1), NOON)
    assert not ReferralTerms.objects.exists()


def test_those_who_came_lately_came_by_members_of_old() -> None:
    points.program()
    for _ in range(3):
        friend = member()
        for days in (300, 290, 280):
            buy(friend, at=NOON - days * DAY)
    for days in (120, 90, 60, 30, 5, 4):
        nina = newcomer(acquired_at=NOON - (days + 3) * DAY)
        order = buy(nina, at=NOON - days * DAY)
        if days == 60:
            send_back(order, "30.00", NOON - 58 * DAY)
    newcomer(acquired_at=NOON - 2 * DAY)
    Referrals().build(Random(1), NOON)
    states = list(Referral.objects.order_by("state").values_list("state", flat=True))
    assert states == ["claimed", "missed", "qualified", "qualified", "rewarded", "rewarded", "rewarded"]
    assert [each.invariant.key for each in books.check(NOON) if not each.green] == []
