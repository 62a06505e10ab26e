"""The last mug and the last points, wanted by many at once. The twin looks before it writes, and must go wrong."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from loyalty import books
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused as CodeRefused
from loyalty.models import CouponCode, Redemption, Reward, RewardClaim
from loyalty.rewards import claims
from loyalty.rewards.refusals import Refused
from tests.loyalty import crowd as crowds
from tests.loyalty import points
from tests.loyalty.coupons import wish as redeeming
from tests.loyalty.crowd import SIZE, TRIALS, Crowd
from tests.loyalty.points import NOON
from tests.loyalty.rewards import claim, pool, reward, wish

pytestmark = pytest.mark.django_db(transaction=True)
SOME = max(10, TRIALS // 4)


@pytest.fixture
def crowd(transactional_db: None) -> Iterator[Crowd]:
    with crowds.gathered() as gathered:
        yield gathered
    assert [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green] == []


def wanting(of: Reward, customer_id: int, reference: str = "") -> Callable[[], Any]:
    asked = wish(of, customer_id, reference)
    return lambda: claims.claim(asked, NOON)


def test_the_last_mugs_go_to_as_many_as_there_are(crowd: Crowd) -> None:
    programme = points.program()
    people = [points.person() for _ in range(SIZE)]
    for number, each in enumerate(people):
        points.give(programme, each, 100 * SOME, str(number))
    for _trial in range(SOME):
        mug = reward(programme, stock=3)
        crowd.together([wanting(mug, each) for each in people], Refused)
        assert RewardClaim.objects.filter(reward=mug).count() == 3


def test_looking_at_the_stock_first_gives_away_more_than_there_is(crowd: Crowd) -> None:
    mug, meet = reward(points.program(), stock=1), threading.Barrier(2)
    people = [points.person() for _ in range(2)]

    def look_then_write(customer_id: int) -> None:
        left = Reward.objects.get(pk=mug.pk)
        meet.wait(30)
        if left.used < (left.stock or 0):
            RewardClaim.objects.create(
                reward=mug,
                customer_id=customer_id,
                points=1,
                state="open",
                source="x",
                reference=customer_id,
                at=NOON,
            )

    crowd.together([lambda each=each: look_then_write(each) for each in people])
    assert RewardClaim.objects.filter(reward=mug).count() == 2
    RewardClaim.objects.all().delete()


def test_the_last_points_buy_one_reward(crowd: Crowd) -> None:
    programme = points.program()
    for trial in range(SOME):
        anna, mugs = points.person(), [reward(programme) for _ in range(SIZE)]
        points.give(programme, anna, 150, f"t{trial}")
        crowd.together([wanting(mug, anna) for mug in mugs], Refused)
        assert RewardClaim.objects.filter(customer=anna).count() == 1
        assert points.free(programme, anna) == 50


def test_a_key_that_comes_many_times_at_once_claims_once(crowd: Crowd) -> None:
    programme = points.program()
    for trial in range(SOME):
        anna, mug = points.person(), reward(programme)
        points.give(programme, anna, 1000, f"k{trial}")
        got = crowd.together([wanting(mug, anna, f"key {trial}")] * SIZE, Refused)
        assert len({each.pk for each in got}) == 1
        assert points.free(programme, anna) == 900


def test_a_code_is_redeemed_or_its_claim_cancelled_never_both(crowd: Crowd) -> None:
    programme, both = points.program(), {"cancelled": 0, "redeemed": 0}
    for trial in range(SOME):
        anna = points.person()
        points.give(programme, anna, 100, f"c{trial}")
        made = claim(reward(programme, "coupon", coupon=pool(1)), anna)
        text = CouponCode.objects.get(pk=made.code_id).text
        asked = redeeming(text, customer_id=anna)
        jobs = [lambda pk=made.pk: claims.cancel(pk, NOON), lambda each=asked: redemptions.redeem(each, NOON)]
        crowd.together(jobs, Refused, CodeRefused)
        cancelled = RewardClaim.objects.get(pk=made.pk).state == "cancelled"
        assert cancelled != Redemption.objects.filter(code=made.code_id).exists()
        both["cancelled" if cancelled else "redeemed"] += 1
    assert sum(both.values()) == SOME
