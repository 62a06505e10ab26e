"""Nobody is given a code that every till would refuse: for points, for a tier, for a recommendation, as a prize."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from customers.models import CustomerStats
from loyalty import tier_benefits
from loyalty.contests import draws, running
from loyalty.contests.refusals import Refused as ContestRefused
from loyalty.contests.running import Prize
from loyalty.coupons import issuing
from loyalty.models import Budget, Coupon, CouponCode, Program, Referral, Reward, Tier, TierPeriod
from loyalty.referrals import rewarding
from loyalty.rewards import catalogue
from loyalty.rewards.refusals import Refused
from tests.factories import CustomerFactory
from tests.loyalty import ladders, plays, points, referrals
from tests.loyalty.coupons import coupon
from tests.loyalty.points import DAY, NOON, free
from tests.loyalty.rewards import claim, pool, reward

pytestmark = pytest.mark.django_db
LONG_AGO = NOON - 365 * DAY
DEAD = ["off", "over", "limit", "budget"]


def kill(coupon: Coupon, how: str) -> None:
    """Switched off, over, redeemed as often as it may be, or its budget used up."""
    if how == "budget":
        spent = Budget.objects.create(name="Herbst", currency="EUR", cap=100, used=100)
        Coupon.objects.filter(pk=coupon.pk).update(budget=spent)
    fields: dict[str, dict[str, Any]] = {
        "off": {"active": False},
        "over": {"valid_until": LONG_AGO},
        "limit": {"total_limit": 1, "used": 1},
    }
    if how in fields:
        Coupon.objects.filter(pk=coupon.pk).update(**fields[how])


def since_purchase(codes: int, *late: int) -> Coupon:
    """A pool whose codes last 30 days from the last purchase, which was too long ago for these."""
    for pk in late:
        CustomerStats.objects.update_or_create(customer_id=pk, defaults={"last_order_at": NOON - 40 * DAY})
    made = pool(codes)
    Coupon.objects.filter(pk=made.pk).update(days_from_issue=30, relative_to="purchase")
    return Coupon.objects.get(pk=made.pk)


def issued() -> int:
    return CouponCode.objects.filter(state="issued").count()


@pytest.fixture
def program() -> Program:
    return points.program()


@pytest.mark.parametrize("how", DEAD)
def test_points_buy_none(program: Program, how: str) -> None:
    anna = points.person()
    points.give(program, anna, 250)
    voucher = reward(program, "coupon", coupon=pool(1))
    assert list(catalogue.given(program, NOON)) == [voucher]
    kill(voucher.coupon, how)
    with pytest.raises(Refused) as refused:
        claim(voucher, anna)
    assert (refused.value.code, free(program, anna), issued()) == ("coupon", 250, 0)
    assert list(catalogue.given(program, NOON)) == []


def test_points_buy_no_code_whose_days_are_over_already(program: Program) -> None:
    anna = points.person()
    points.give(program, anna, 250)
    with pytest.raises(Refused) as refused:
        claim(reward(program, "coupon", coupon=since_purchase(1, anna)), anna)
    assert (refused.value.code, free(program, anna), issued()) == ("coupon", 250, 0)


def test_a_pool_leaves_out_whose_days_are_over_or_begin_after_its_end() -> None:
    late, fresh = points.person(), points.person()
    assert list(issuing.issue(since_purchase(1, late), [late, fresh], "thanks", NOON)) == [fresh]
    ends = coupon(kind="pool", days_from_issue=7, relative_to="birthday", ends_on=date(2026, 11, 20))
    born = CustomerFactory(birthday=date(1980, 12, 24)).pk
    assert issuing.issue(ends, [born], "birthday", NOON) == {}


def test_who_recommends_misses_a_code_whose_days_are_over_and_others_get_theirs(program: Program) -> None:
    late, fresh = referrals.member(), referrals.member()
    referrals.publish(program, **referrals.for_codes(giver=since_purchase(2, late.pk)))
    rows = [referrals.claim(each, referrals.newcomer()) for each in (late, fresh)]
    for each in rows:
        referrals.buy(each.recommended)
    assert rewarding.sweep(referrals.LATER) == 2
    missed, given = map(referrals.now, rows)
    assert (missed.state, missed.reason, missed.giver_code) == (Referral.State.MISSED, "coupon", None)
    assert (given.state, issued()) == (Referral.State.REWARDED, 1)


def test_a_code_whose_days_are_over_takes_nobody_the_last_place(program: Program) -> None:
    late, fresh = referrals.member(), referrals.member()
    referrals.publish(program, most_in_all=1, **referrals.for_codes(giver=since_purchase(2, late.pk)))
    rows = [referrals.claim(each, referrals.newcomer()) for each in (late, fresh)]
    for each in rows:
        referrals.buy(each.recommended)
    assert rewarding.sweep(referrals.LATER) == 2
    missed, given = map(referrals.now, rows)
    assert (missed.state, missed.reason) == (Referral.State.MISSED, "coupon")
    assert (given.state, given.reason, issued()) == (Referral.State.REWARDED, "", 1)


def test_who_reaches_a_tier_gets_none_whose_days_are_over() -> None:
    program, anna = ladders.ladder(), points.person()
    Tier.objects.filter(name="Gold").update(coupon=since_purchase(1, anna))
    ladders.collect(program, anna, 500, "1")
    CustomerStats.objects.filter(customer=anna).update(last_order_at=LONG_AGO)
    tier_benefits.hand_out(ladders.MAY)
    assert (issued(), TierPeriod.objects.filter(coupon_due=True).count()) == (0, 0)


def test_a_winner_gets_none_whose_days_are_over() -> None:
    anna = plays.people(1)[0]
    made = plays.contest(Prize("Gutschein", 1, since_purchase(1, anna.pk)))
    plays.enter(made, anna)
    running.close(plays.WHEN_OVER)
    (winner,) = draws.draw(made.pk, plays.staff(), plays.WHEN_OVER)
    assert (winner.customer, winner.code, issued()) == (anna, None, 0)


def test_nothing_is_drawn_while_a_prize_cannot_be_redeemed() -> None:
    prize = pool(1)
    made = plays.contest(Prize("Gutschein", 1, prize))
    plays.enter(made, *plays.people(1))
    running.close(plays.WHEN_OVER)
    kill(prize, "over")
    with pytest.raises(ContestRefused) as refused:
        draws.draw(made.pk, plays.staff(), plays.WHEN_OVER)
    assert refused.value.code == "coupon"
    Coupon.objects.update(valid_until=None)
    assert draws.draw(made.pk, plays.staff(), plays.WHEN_OVER)[0].code


def test_no_reward_is_made_of_one(program: Program, marketer: Any) -> None:
    over = pool(1)
    kill(over, "over")
    form = {"program": program.pk, "name": "Gutschein", "kind": "coupon", "points": 100, "coupon": over.pk}
    page = marketer.post(reverse("reward_create"), form)
    assert "coupon" in page.context["form"].errors
    Coupon.objects.update(valid_until=timezone.now() + DAY)
    marketer.post(reverse("reward_create"), form)
    assert Reward.objects.get().coupon == over


@pytest.mark.parametrize(("how", "becomes"), [("off", "pool"), ("over", "coupon"), ("budget", "budget")])
def test_who_recommends_waits_for_one_that_is_off_and_misses_one_that_is_over(
    program: Program, how: str, becomes: str
) -> None:
    thanks = pool(1)
    referrals.publish(program, **referrals.for_codes(giver=thanks))
    made = referrals.claim(referrals.member(), nina := referrals.newcomer())
    referrals.buy(nina)
    kill(thanks, how)
    rewarding.sweep(referrals.LATER)
    state = Referral.State.QUALIFIED if becomes == "pool" else Referral.State.MISSED
    assert (referrals.now(made).state, referrals.now(made).reason, issued()) == (state, becomes, 0)
    Coupon.objects.update(active=True)
    rewarding.sweep(referrals.LATER + timedelta(minutes=1))
    assert issued() == (becomes == "pool")


def test_who_recommends_misses_one_that_is_off_and_over(program: Program) -> None:
    thanks = pool(1)
    referrals.publish(program, **referrals.for_codes(giver=thanks))
    made = referrals.claim(referrals.member(), nina := referrals.newcomer())
    referrals.buy(nina)
    kill(thanks, "off")
    kill(thanks, "over")
    rewarding.sweep(referrals.LATER)
    assert (referrals.now(made).state, referrals.now(made).reason) == (Referral.State.MISSED, "coupon")


def test_who_waits_for_one_that_is_off_keeps_nobody_else_waiting_and_uses_up_no_limit(
    program: Program,
) -> None:
    thanks = pool(1)
    referrals.publish(program, **referrals.for_codes(giver=thanks))
    waits = referrals.claim(referrals.member(), nina := referrals.newcomer())
    referrals.buy(nina)
    referrals.publish(program)
    gets = referrals.claim(referrals.member(), lena := referrals.newcomer())
    referrals.buy(lena)
    referrals.publish(program, most_in_all=1)
    kill(thanks, "off")
    assert rewarding.sweep(referrals.LATER, most=1) == 1
    assert referrals.now(gets).state == Referral.State.REWARDED
    assert (referrals.now(waits).state, referrals.now(waits).reason) == (Referral.State.QUALIFIED, "pool")


@pytest.mark.parametrize("how", DEAD)
def test_no_contest_starts_with_one(how: str) -> None:
    prize = pool(1)
    draft = plays.draft(Prize("Gutschein", 1, prize))
    assert running.faults(draft, NOON) == []
    kill(prize, how)
    assert [each.code for each in running.faults(draft, NOON)] == ["coupon"]


def test_no_contest_starts_with_one_that_is_over_when_it_is_drawn() -> None:
    prize = pool(1)
    draft = plays.draft(Prize("Gutschein", 1, prize))
    Coupon.objects.update(valid_until=draft.ends_at)
    assert [each.code for each in running.faults(draft, NOON)] == ["coupon"]


@pytest.mark.parametrize("how", DEAD)
def test_who_reaches_a_tier_waits_until_its_coupon_can_be_redeemed(how: str) -> None:
    program = ladders.ladder()
    welcome = pool(1)
    Tier.objects.filter(name="Gold").update(coupon=welcome)
    ladders.collect(program, points.person(), 500, "1")
    kill(welcome, how)
    assert (tier_benefits.hand_out(ladders.MAY), issued()) == (0, 0)
    Coupon.objects.update(active=True, valid_until=None, total_limit=None, used=0, budget=None)
    assert (tier_benefits.hand_out(ladders.MAY), issued()) == (1, 1)
