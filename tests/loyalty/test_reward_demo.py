"""The demo shop's rewards: claims for those who have points, nothing without a programme."""

from random import Random

import pytest

from loyalty import books
from loyalty.demo.rewards import Rewards
from loyalty.models import Reward, RewardClaim
from tests.factories import StoreFactory
from tests.loyalty import points
from tests.loyalty.points import DAY, NOON

pytestmark = pytest.mark.django_db


def test_without_a_programme_there_are_no_rewards() -> None:
    Rewards().build(Random(1), NOON)
    assert not Reward.objects.exists()


def test_some_have_claimed_what_they_have_points_for() -> None:
    programme = points.program()
    StoreFactory()
    for number in range(9):
        rich = points.person()
        points.give(programme, rich, 400, str(number), ready=NOON - 90 * DAY, at=NOON - 90 * DAY)
    Rewards().build(Random(1), NOON)
    assert set(RewardClaim.objects.values_list("state", flat=True)) == {"open", "done", "cancelled"}
    assert [each.invariant.key for each in books.check(NOON) if not each.green] == []
