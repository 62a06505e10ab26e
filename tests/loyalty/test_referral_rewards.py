"""From the first order to both rewards: the return window, the least value, refunds, limits, codes that run out."""

from datetime import timedelta

import pytest

from loyalty import books
from loyalty.coupons import batches, redemptions
from loyalty.models import Budget, CouponCode, Program, Referral
from loyalty.referrals import orders as noting
from loyalty.referrals import rewarding
from tests.loyalty import coupons, orders, points, referrals
from tests.loyalty.points import NOON
from tests.loyalty.referrals import LATER, SOON, buy, claim, member, newcomer, now, publish, send_back

pytestmark = pytest.mark.django_db
State = Referral.State


@pytest.fixture
def program():
    return points.program()


@pytest.fixture(autouse=True)
def honest_books():
    yield
    assert [verdict.invariant.key for verdict in books.check(SOON) if not verdict.green] == []


def pool(codes, **fields):
    made = coupons.coupon(kind="pool", single_use=True, **fields)
    batches.make(batches.order(made, codes, NOON).pk, NOON)
    return made


def sides(program: Program, made: Referral, at=LATER):
    return points.free(program, made.referrer_id, at), points.free(program, made.recommended_id, at)


def test_both_get_their_points_once_the_return_window_has_ended(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    order = buy(nina)
    waiting = now(made)
    assert (waiting.state, waiting.order_id, waiting.value) == (State.QUALIFIED, order.pk, 3000)
    assert rewarding.sweep(SOON) == 0
    assert sides(program, made, SOON) == (0, 0)
    assert rewarding.sweep(LATER) == 1
    assert sides(program, made) == (500, 200)
    assert now(made).state == State.REWARDED


def test_a_second_sweep_and_a_second_order_give_nothing_more(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina)
    rewarding.sweep(LATER)
    buy(nina, at=LATER)
    assert rewarding.sweep(LATER + timedelta(days=30)) == 0
    assert sides(program, made) == (500, 200)


def test_only_the_first_order_counts(program):
    """The first is too small; a large second one does not make up for it."""
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina, "19.99")
    buy(nina, "99.00", at=SOON + timedelta(hours=1))
    assert (now(made).state, now(made).reason) == (State.MISSED, "value")


def test_an_order_of_exactly_the_least_value_counts(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina, "20.00")
    assert now(made).state == State.QUALIFIED


def test_an_order_from_before_that_is_heard_of_later_shows_an_old_customer(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina, at=NOON - timedelta(days=3))
    assert (now(made).state, now(made).reason) == (State.MISSED, "earlier")


def test_a_check_out_that_signs_up_and_orders_at_once_counts(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    buy(nina, at=NOON - timedelta(minutes=2))
    assert now(made).state == State.QUALIFIED


def test_an_order_sent_back_below_the_least_value_is_not_rewarded(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    order = buy(nina)
    send_back(order, "5.00")
    assert (now(made).state, now(made).value) == (State.QUALIFIED, 2500)
    send_back(order, "6.00")
    assert (now(made).state, now(made).reason) == (State.MISSED, "returned")
    assert rewarding.sweep(LATER) == 0


def test_rewards_are_taken_back_when_the_order_comes_back_late(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    order = buy(nina)
    rewarding.sweep(LATER)
    points.spend(program, made.referrer_id, 400, at=LATER)
    send_back(order, "30.00", LATER)
    assert now(made).state == State.RETURNED
    assert rewarding.sweep(LATER) == 1
    assert now(made).state == State.TAKEN_BACK
    assert sides(program, made) == (0, 0)
    assert points.account(program, made.referrer_id).debt == 400
    assert rewarding.sweep(LATER) == 0


def test_without_a_least_value_an_order_that_came_back_as_a_whole_counts_for_nothing(program):
    publish(program, least_value=0)
    made = claim(member(), nina := newcomer())
    send_back(buy(nina, "3.00"), "3.00")
    assert now(made).state == State.MISSED


def test_each_side_may_get_a_code_of_a_coupon(program):
    publish(program, **referrals.for_codes(pool(5), pool(5)))
    berta = member()
    first, second = [claim(berta, newcomer()) for _ in range(2)]
    for each in (first, second):
        buy(each.recommended)
    assert rewarding.sweep(LATER) == 2
    given = [now(each) for each in (first, second)]
    assert len({code for each in given for code in (each.giver_code_id, each.welcome_code_id)}) == 4
    assert {each.giver_code.customer_id for each in given} == {berta.pk}
    assert [each.welcome_code.customer_id for each in given] == [each.recommended_id for each in given]


def test_where_codes_run_out_the_last_wait_until_there_are_more(program):
    presents = pool(1)
    publish(program, **referrals.for_codes(welcome=presents))
    made = [claim(member(), newcomer()) for _ in range(2)]
    for each in made:
        buy(each.recommended)
    assert rewarding.sweep(LATER) == 1
    waiting = Referral.objects.get(state=State.QUALIFIED)
    assert (waiting.reason, waiting.giver_entry_id) == ("pool", None)
    assert [verdict.invariant.key for verdict in books.check(SOON) if not verdict.green] == []
    assert points.free(program, waiting.referrer_id, LATER) == 0
    batches.make(batches.order(presents, 1, NOON).pk, NOON)
    assert rewarding.sweep(LATER) == 1
    assert Referral.objects.filter(state=State.REWARDED, reason="").count() == 2


def test_a_code_is_void_when_its_reward_is_taken_back_unless_it_was_redeemed(program):
    publish(program, **referrals.for_codes(pool(1), pool(1)))
    made = claim(member(), nina := newcomer())
    order = buy(nina)
    rewarding.sweep(LATER)
    used = coupons.wish(now(made).giver_code.text, customer_id=made.referrer_id)
    redemptions.redeem(used, LATER)
    send_back(order, "30.00", LATER)
    rewarding.sweep(LATER)
    states = [
        CouponCode.objects.get(pk=pk).state for pk in (now(made).giver_code_id, now(made).welcome_code_id)
    ]
    assert states == ["issued", "void"]


def test_nobody_gets_more_in_a_year_than_the_rules_say(program):
    publish(program, most_per_year=2)
    berta = member()
    made = [claim(berta, newcomer()) for _ in range(3)]
    for hours, each in enumerate(made):
        buy(each.recommended, at=SOON + timedelta(hours=hours))
    rewarding.sweep(LATER)
    assert [now(each).state for each in made] == [State.REWARDED, State.REWARDED, State.MISSED]
    assert now(made[2]).reason == "limit"
    assert points.free(program, berta.pk, LATER) == 1000


def test_a_new_year_begins_anew(program):
    publish(program, most_per_year=1)
    berta = member()
    first = claim(berta, newcomer())
    buy(first.recommended)
    rewarding.sweep(LATER)
    january = NOON.replace(year=2027, month=1, day=2)
    second = claim(berta, newcomer(acquired_at=january), january)
    buy(second.recommended, at=january)
    rewarding.sweep(january + timedelta(days=20))
    assert now(second).state == State.REWARDED


def test_the_budget_of_the_programme_is_never_passed(program):
    publish(program, most_in_all=1)
    made = [claim(member(), newcomer()) for _ in range(2)]
    for each in made:
        buy(each.recommended)
    rewarding.sweep(LATER)
    assert sorted(now(each).state for each in made) == ["missed", "rewarded"]
    assert Referral.objects.get(state="missed").reason == "budget"


def test_codes_of_a_coupon_whose_budget_is_gone_are_not_given(program):
    spent = Budget.objects.create(name="leer", currency="EUR", cap=0)
    publish(program, **referrals.for_codes(welcome=pool(1, budget=spent)))
    made = claim(member(), nina := newcomer())
    buy(nina)
    rewarding.sweep(LATER)
    assert (now(made).state, now(made).reason) == (State.MISSED, "budget")


def test_a_referral_keeps_the_rules_under_which_it_was_claimed(program):
    publish(program)
    made = claim(member(), nina := newcomer())
    publish(program, giver_points=5, welcome_points=5, least_value=9999, active=False)
    buy(nina)
    rewarding.sweep(LATER)
    assert sides(program, made) == (500, 200)


def test_many_are_noted_and_rewarded_in_a_fixed_number_of_statements(program, django_assert_max_num_queries):
    publish(program)
    for _ in range(12):
        buy(claim(member(), newcomer()).recommended)
    with django_assert_max_num_queries(40):
        assert rewarding.sweep(LATER) == 12


def test_orders_of_others_ask_one_statement(program, django_assert_num_queries):
    orders.buyer("X1")
    order = orders.record("X", ("mug", 1, "30.00"), customer="X1")
    with django_assert_num_queries(3):  # with the savepoint around it
        noting.note([order.pk], NOON)
