"""Rewards: points and reward go together, once, as far as stock, pool and limits allow; cancelling gives all back."""

from datetime import date
from typing import Any

import pytest

from customers import merging
from customers.models import AuditEntry
from loyalty import books
from loyalty.coupons import redemptions
from loyalty.coupons.refusals import Refused as CodeRefused
from loyalty.models import CouponCode, Entry, Program, Reward, RewardClaim
from loyalty.rewards import claims
from loyalty.rewards.refusals import Refused
from tests.factories import StoreFactory, UserFactory
from tests.loyalty import points
from tests.loyalty.coupons import wish as redeeming
from tests.loyalty.points import DAY, NOON, free
from tests.loyalty.rewards import claim, pool, reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> Program:
    return points.program()


@pytest.fixture
def anna(programme: Program) -> int:
    anna = points.person()
    points.give(programme, anna, 250)
    return anna


def red() -> list[str]:
    return [verdict.invariant.key for verdict in books.check(NOON) if not verdict.green]


def refused(of: Reward, customer_id: int, **fields: Any) -> Refused:
    before = Entry.objects.count(), RewardClaim.objects.count()
    with pytest.raises(Refused) as caught:
        claim(of, customer_id, **fields)
    assert (Entry.objects.count(), RewardClaim.objects.count()) == before
    return caught.value


def test_a_code_is_issued_for_points_once_per_key(programme: Program, anna: int) -> None:
    voucher = reward(programme, "coupon", coupon=pool(2))
    first = claim(voucher, anna, "9")
    again = claim(voucher, anna, "9")
    assert first.pk == again.pk
    assert first.code is not None
    assert (first.code.state, first.code.customer_id, first.state) == ("issued", anna, "done")
    assert free(programme, anna) == 150
    assert Reward.objects.get().used == 1
    assert red() == []


def test_a_key_that_was_used_for_another_customer_is_refused(programme: Program, anna: int) -> None:
    mug, berta = reward(programme), points.person()
    points.give(programme, berta, 100, "b")
    claim(mug, anna, "9")
    assert refused(mug, berta, reference="9").code == "other_request"


def test_who_has_too_few_points_hears_how_many_are_missing(programme: Program, anna: int) -> None:
    why = refused(reward(programme, points=370), anna)
    assert (why.field, why.sentence) == ("points", "120 points are missing.")


def test_stock_pool_limit_window_and_pause_refuse_and_take_nothing(programme: Program, anna: int) -> None:
    assert refused(reward(programme, stock=0), anna).code == "stock"
    assert refused(reward(programme, "coupon", coupon=pool(1), active=False), anna).code == "paused"
    assert refused(reward(programme, starts_on=date(2026, 11, 3)), anna).code == "not_yet"
    assert refused(reward(programme, ends_on=date(2026, 11, 1)), anna).code == "ended"
    assert refused(reward(programme, "money"), anna).code == "pays"
    limited = reward(programme, per_customer_limit=1)
    claim(limited, anna)
    assert refused(limited, anna).code == "limit"
    one = reward(programme, "coupon", coupon=pool(1), points=10)
    claim(one, anna)
    assert refused(one, anna).code == "pool"
    assert red() == []


def test_the_last_day_counts_whole_in_the_programmes_zone(programme: Program, anna: int) -> None:
    mug = reward(programme, ends_on=date(2026, 11, 2))
    late = NOON.replace(hour=22, minute=59)  # 23:59 in Berlin
    assert claims.claim(claims.Wish(mug, anna, "shop", "1"), late).state == "open"
    with pytest.raises(Refused):
        claims.claim(claims.Wish(mug, anna, "shop", "2"), NOON.replace(hour=23))


def test_cancelling_gives_points_stock_slot_and_code_back_once(programme: Program, anna: int) -> None:
    voucher = reward(programme, "coupon", coupon=pool(1), stock=1, per_customer_limit=1)
    made, by = claim(voucher, anna), UserFactory()
    claims.cancel(made.pk, NOON, by)
    claims.cancel(made.pk, NOON, by)
    assert free(programme, anna) == 250
    assert Reward.objects.get().used == 0
    code = CouponCode.objects.get()
    assert code.state == "void"
    with pytest.raises(CodeRefused):
        redemptions.redeem(redeeming(code.text, customer_id=anna), NOON)
    assert AuditEntry.objects.get(action="reward.cancelled").user == by
    assert red() == []


def test_a_claim_whose_code_was_redeemed_stays(programme: Program, anna: int) -> None:
    made = claim(reward(programme, "coupon", coupon=pool(1)), anna)
    assert made.code is not None
    redemptions.redeem(redeeming(made.code.text, customer_id=anna), NOON)
    with pytest.raises(Refused, match="redeemed"):
        claims.cancel(made.pk, NOON)
    assert free(programme, anna) == 150


def test_goods_are_handed_over_by_somebody_in_a_store(programme: Program, anna: int) -> None:
    made, by, store = claim(reward(programme), anna), UserFactory(), StoreFactory()
    given = claims.hand_over(made.pk, by, store, NOON + DAY)
    assert (given.state, given.actor, given.store, given.given_at) == ("done", by, store, NOON + DAY)
    with pytest.raises(Refused, match="given"):
        claims.hand_over(made.pk, by, store, NOON)
    voucher = claim(reward(programme, "coupon", coupon=pool(1)), anna)
    with pytest.raises(Refused, match="no_goods"):
        claims.hand_over(voucher.pk, by, store, NOON)


def test_two_customers_who_are_one_keep_claims_and_limits(programme: Program, anna: int) -> None:
    mug, berta = reward(programme, per_customer_limit=2), points.person()
    points.give(programme, berta, 100, "b")
    first, _second = claim(mug, anna), claim(mug, berta)
    merging.merge(berta, anna, UserFactory(), NOON)
    assert RewardClaim.objects.filter(customer=anna).count() == 2
    assert refused(mug, anna).code == "limit"
    claims.cancel(first.pk, NOON)
    assert claim(mug, anna).state == "open"
    assert red() == []
